/* SPDX-License-Identifier: MIT */
/*
 * What lets a chain go on. Whatever may do that (firing, adding, unpausing, an
 * inner outcome) says so here.
 */
#ifndef EVERT_DEFERRED_RUN_INTERNAL_H
#define EVERT_DEFERRED_RUN_INTERNAL_H

#include "links_internal.h"

/* Runs the links that may run. It may be gone afterwards. */
static inline void evert_deferred_run(struct evert_deferred *d)
{
	if (d->room.hold & (EVERT_HELD_UNFIRED | EVERT_HELD_RUNNING))
		return;
	d->room.hold |= EVERT_HELD_RUNNING;
	evert_deferred_go_on(d);
}

/* Lets it wait for `inner`, whose reading end is taken over, or has the
   outcome at once. */
void evert_deferred_wait_for(struct evert_deferred *d,
			     struct evert_deferred *inner);

/* EVERT_DEADLOCK: `outer` can't wait for `inner`. */
struct evert_result
evert_deferred_deadlock(const struct evert_deferred *outer,
			const struct evert_deferred *inner);

/* Given up by `what`, which is named where it was given up before. */
void evert_deferred_take_reading_end(struct evert_deferred *d,
				     const char *what);

/* Puts a result in place; one that says "wait" makes `d` wait. */
static inline void evert_deferred_accept(struct evert_deferred *d,
					 struct evert_result result)
{
	if (result.type == &evert_type_wait)
		evert_deferred_wait_for(d, result.value.pointer);
	else
		d->result = result;
}

/* Has the chain come to its end, with the outcome in `result`? */
static inline bool evert_deferred_is_complete(const struct evert_deferred *d)
{
	return !d->room.hold && d->next == d->room.free;
}

/* Nothing to release, to wait for, to handle? */
static inline bool evert_type_is_plain(const struct evert_type *type)
{
	return !type || !type->release;
}

#endif
