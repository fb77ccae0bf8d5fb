/* SPDX-License-Identifier: MIT */
/* Which call is to fail; and those for memory, on top of whatever allocator
   the test puts in. Calls by the test itself don't count. */
#include "torture.h"

#include <errno.h>
#include <pthread.h>

#include "../../deferred/base/memory.h"

static size_t fails_at;
static uint64_t fails_in;
static long in_a_row;
static atomic_long fails_next; /* that many more */
static atomic_long live;
static bool counts, forked;

static void let_alone(void)
{
	counts = false;
	forked = true;
}

void faults_begin(const struct run *run)
{
	pthread_atfork(NULL, NULL, let_alone);
	fails_at = run->n;
	fails_in = run->site;
	in_a_row = run->in_a_row;
	counts = true;
}

bool is_forked(void)
{
	return forked;
}

long faults_live(void)
{
	return atomic_load(&live);
}

/* Without a failure, all sites are noted. */
static bool is_in_site(size_t errors)
{
	uint64_t site;

	if (the_record->failed)
		return false;
	site = site_here();
	if (!fails_at)
		sites_note(site, errors);
	return fails_at && site == fails_in;
}

/* And those that come next, whatever they are. */
static bool fails_now(size_t number, size_t errors)
{
	if (fails_next > 0 && fails_next-- > 0)
		return true;
	if (sites_wanted() ? !is_in_site(errors) : number != fails_at)
		return false;
	fails_next = in_a_row - 1;
	return true;
}

int fault(const char *name, const int *errors, size_t count)
{
	size_t number;

	if (!counts)
		return 0;
	number = atomic_fetch_add(&the_record->calls, 1) + 1;
	if (!fails_now(number, count))
		return 0;
	if (fails_in)
		number = fails_at - 1;
	the_record->failed = name;
	the_record->error = errors[number % count];
	stack_take(&the_record->failure);
	return -the_record->error;
}

/* ---- Memory ---- */

void *__real_evert_allocate(size_t size);
void *__real_evert_reallocate(void *memory, size_t size);
void __real_evert_free(void *memory);
void *__wrap_evert_allocate(size_t size);
void *__wrap_evert_reallocate(void *memory, size_t size);
void __wrap_evert_free(void *memory);

static bool is_refused(const char *name, void *caller)
{
	static const int errors[] = {ENOMEM};

	if (owner_of((uintptr_t)caller) != OWNER_EVERT ||
	    !fault(name, errors, 1))
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_evert_allocate(size_t size)
{
	void *memory = NULL;

	if (!is_refused("allocate", __builtin_return_address(0)))
		memory = __real_evert_allocate(size);
	live += memory != NULL;
	return memory;
}

void *__wrap_evert_reallocate(void *memory, size_t size)
{
	void *moved = NULL;

	if (!is_refused("reallocate", __builtin_return_address(0)))
		moved = __real_evert_reallocate(memory, size);
	live += !memory && moved;
	return moved;
}

void __wrap_evert_free(void *memory)
{
	live -= memory != NULL;
	__real_evert_free(memory);
}
