/* SPDX-License-Identifier: MIT */
/*
 * What stands beneath the sources that are analysed: memory, which may run
 * out; failures, of which only the kind is kept; and bugs of the caller, which
 * no driver has, so that each is an alarm.
 */
#include <errno.h>
#include <stdlib.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../deferred/base/spares_internal.h"
#include "../../deferred/failure.h"

void *evert_allocate(size_t size)
{
	return malloc(size);
}

void *evert_reallocate(void *memory, size_t size)
{
	return realloc(memory, size);
}

void evert_free(void *memory)
{
	free(memory);
}

_Thread_local struct evert_spares evert_spares[EVERT_SPARES_KINDS];

void evert_spares_give_first(enum evert_spares_kind kind, void *block)
{
	(void)kind;
	free(block);
}

void evert_bug(const char *format, ...)
{
	(void)format;
	/*@ assert \false; */
	abort();
}

char eva_text[1024];
static struct evert_failure failed;

struct evert_failure *eva_failure(const struct evert_error *kind)
{
	failed.kind = kind;
	failed.message = "what was wrong";
	return &failed;
}

void evert_failure_release(struct evert_failure *failure)
{
	(void)failure;
}

const struct evert_error evert_error_connection_lost = { "LOST", NULL, { NULL } };
