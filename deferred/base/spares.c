/* SPDX-License-Identifier: MIT */
#include "spares_internal.h"

#include <stdlib.h>

#include "debug_internal.h"
#include "sanitizer_internal.h"
#include "thread_end_internal.h"
#include "trace_internal.h"

#if defined(EVERT_VALGRIND)
#include <valgrind/memcheck.h>
#endif

enum {
	QUARANTINED = 4096, /* blocks of a thread */
};

enum { MOST_BLOCKS = 64 }; /* of each size */

static const size_t most[EVERT_SPARES_BLOCKS] = {
	[EVERT_SPARES_DEFERRED] = 1024,
	[EVERT_SPARES_SHORT_DEFERRED] = 1024,
	[EVERT_SPARES_LINKS] = 64,
	[EVERT_SPARES_FAILURE] = 64,
};

/* Blocks that wait before they go, the oldest first. */
struct quarantine {
	struct evert_spare *first, *last;
	size_t count;
};

static _Thread_local struct quarantine quarantine;
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

static void free_oldest(void)
{
	struct evert_spare *oldest = quarantine.first;

	quarantine.first = oldest->next;
	if (!--quarantine.count)
		quarantine.last = NULL;
	free(oldest);
}

void evert_spares_drain(void)
{
	unsigned kind;

	for (kind = 0; kind < EVERT_SPARES_KINDS; kind++)
		drain(&evert_spares[kind]);
}

static void end_thread(void)
{
	evert_spares_drain();
	while (quarantine.count)
		free_oldest();
}

/* Does somebody look at every access? Then what is kept would hide some. Of
   Valgrind's tools only Memcheck answers. */
static bool memory_is_watched(void)
{
#if defined(EVERT_ASAN)
	return true;
#elif defined(EVERT_VALGRIND)
	char probe = 0;

	return VALGRIND_MAKE_MEM_DEFINED(&probe, sizeof(probe));
#else
	return false;
#endif
}

/* What is used after its end shows then as what it was. */
static void hold_back(void *block)
{
	struct evert_spare *spare = block;

	spare->next = NULL;
	*(quarantine.last ? &quarantine.last->next : &quarantine.first) = spare;
	quarantine.last = spare;
	if (++quarantine.count > QUARANTINED)
		free_oldest();
}

void evert_spares_give_none(void *block)
{
	if (evert_memory_is_malloc && evert_debug() && !memory_is_watched() &&
	    evert_thread_end_add(&thread_end, end_thread))
		hold_back(block);
	else
		evert_free(block);
}

/* The first of this kind that is given back, or one more than is kept. */
void evert_spares_give_first(enum evert_spares_kind kind, void *block)
{
	struct evert_spares *spares = &evert_spares[kind];

	if (!spares->first && evert_memory_is_malloc && !evert_debug() &&
	    !memory_is_watched() && !evert_trace_is_recording() && evert_thread_end_add(&thread_end, end_thread)) {
		spares->room = kind < EVERT_SPARES_BLOCKS ? most[kind] :
							    MOST_BLOCKS;
		evert_spares_give(kind, block);
	} else {
		evert_spares_give_none(block);
	}
}
