/* SPDX-License-Identifier: MIT */
#include "spares_internal.h"

#include <stdlib.h>

#include "sanitizer_internal.h"
#include "thread_end_internal.h"

/* That a thread keeps at most. */
#if defined(EVERT_ASAN)
static const size_t most[EVERT_SPARES_KINDS];
#else
static const size_t most[EVERT_SPARES_KINDS] = {
	[EVERT_SPARES_DEFERRED] = 1024,
	[EVERT_SPARES_LINKS] = 64,
};
#endif

_Thread_local struct evert_spares evert_spares[EVERT_SPARES_KINDS];
static _Thread_local struct evert_thread_end thread_end;

static void drain(struct evert_spares *spares)
{
	struct evert_spare *spare;

	while ((spare = spares->first)) {
		spares->first = spare->next;
		free(spare);
	}
	spares->room = 0;
}

static void end_thread(void)
{
	unsigned kind;

	for (kind = 0; kind < EVERT_SPARES_KINDS; kind++)
		drain(&evert_spares[kind]);
}

/* The first of this kind that is given back, or one more than is kept. */
void evert_spares_give_first(enum evert_spares_kind kind, void *block)
{
	struct evert_spares *spares = &evert_spares[kind];

	if (!spares->first && most[kind] && evert_memory_is_malloc &&
	    evert_thread_end_add(&thread_end, end_thread)) {
		spares->room = most[kind];
		evert_spares_give(kind, block);
	} else {
		evert_free(block);
	}
}
