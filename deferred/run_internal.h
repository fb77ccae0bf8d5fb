/* SPDX-License-Identifier: MIT */
/*
 * What lets a chain go on. Whatever may do that (firing, adding, unpausing, an
 * inner outcome) says so here.
 */
#ifndef EVERT_DEFERRED_RUN_INTERNAL_H
#define EVERT_DEFERRED_RUN_INTERNAL_H

#include "base/spares_internal.h"
#include "links_internal.h"
#include "live_internal.h"

/* Runs the links that may run. It may be gone afterwards. */
static inline void evert_deferred_run(struct evert_deferred *d)
{
	if (d->room.hold & (EVERT_HELD_UNFIRED | EVERT_HELD_RUNNING))
		return;
	d->room.hold |= EVERT_HELD_RUNNING;
	evert_deferred_go_on(d);
}

/*
 * Fires what somebody waits for, where no link stands between and nothing else
 * keeps it: the outcome goes straight to who waits, and it is gone before.
 */
void evert_deferred_hand_on(struct evert_deferred *d,
			    struct evert_result outcome);

static inline enum evert_spares_kind evert_deferred_kind(bool is_short)
{
	return is_short ? EVERT_SPARES_SHORT_DEFERRED : EVERT_SPARES_DEFERRED;
}

/* Keeps its memory, if there is room among the spares. Each kind for itself,
   where the compiler knows it. */
static inline bool evert_deferred_keep(struct evert_deferred *d, bool is_short)
{
	if (is_short)
		return evert_spares_keep(EVERT_SPARES_SHORT_DEFERRED, d);
	return evert_spares_keep(EVERT_SPARES_DEFERRED, d);
}

static inline void evert_deferred_give(struct evert_deferred *d, bool is_short)
{
	if (!evert_deferred_keep(d, is_short))
		evert_live_give(evert_deferred_kind(is_short), d);
}

void evert_deferred_end_chunks(struct evert_deferred *d);

/* Both its ends are given up, and its result is. */
static inline void evert_deferred_end(struct evert_deferred *d)
{
	if (d->chunk)
		evert_deferred_end_chunks(d);
	else
		evert_deferred_give(d, d->is_short);
}

/* Has the chain come to its end, with the outcome in `result`? */
static inline bool evert_deferred_is_complete(const struct evert_deferred *d)
{
	return !d->room.hold && d->next == d->room.free;
}

/* Has its reader the last part in it, whose the outcome is? */
static inline bool evert_deferred_is_only_read(const struct evert_deferred *d)
{
	unsigned parts = EVERT_DEFERRED_FLAGS(.reading_end = true,
					      .firing_end = true,
					      .cancelling = true);

	return (d->flags & parts) == EVERT_DEFERRED_FLAGS(.reading_end = true) &&
	       evert_deferred_is_complete(d) && !d->chunk;
}

struct evert_result evert_deferred_end_read_apart(struct evert_deferred *d,
						  bool is_short,
						  struct evert_result outcome);

/* That one gives it up. Returns `outcome`: so nothing need be kept meanwhile. */
static inline struct evert_result
evert_deferred_end_read(struct evert_deferred *d, struct evert_result outcome)
{
	bool is_short = d->is_short;

	d->flags = 0;
	if (!evert_deferred_keep(d, is_short))
		return evert_deferred_end_read_apart(d, is_short, outcome);
	return outcome;
}

/* Fires it, where there is nobody yet who would hear of it but its reader.
   False: there is. */
static inline bool evert_deferred_fire_unheard(struct evert_deferred *d,
					       struct evert_result outcome)
{
	unsigned parts = EVERT_DEFERRED_FLAGS(.reading_end = true,
					      .is_told = true);

	if (d->waiter ||
	    (d->flags & parts) != EVERT_DEFERRED_FLAGS(.reading_end = true) ||
	    d->next != d->room.free || d->room.hold != EVERT_HELD_UNFIRED ||
	    outcome.type == &evert_type_wait)
		return false;
	d->firing_end = false;
	d->room.hold = 0;
	d->canceller = NULL;
	d->result = outcome;
	return true;
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

/* Nothing to release, to wait for, to handle? */
static inline bool evert_type_is_plain(const struct evert_type *type)
{
	return !type || !type->release;
}

static inline void evert_deferred_wait_on(struct evert_deferred *d,
					  struct evert_waiter *waiter)
{
	waiter->on = d;
	d->waiter = waiter;
	d->waiter_at = d->room.free;
}

/* The common case of evert_deferred_wait: it has not fired, and waits for
   nothing itself. False: it is another one. */
static inline bool evert_deferred_wait_simply(struct evert_deferred *d,
					      struct evert_waiter *waiter)
{
	unsigned kinds = EVERT_DEFERRED_FLAGS(.reading_end = true,
					      .is_joint = true);

	if (!d || evert_deferred_fired(d) ||
	    (d->flags & kinds) != EVERT_DEFERRED_FLAGS(.reading_end = true))
		return false;
	d->reading_end = false;
	evert_deferred_wait_on(d, waiter);
	return true;
}

#endif
