/* SPDX-License-Identifier: MIT */
/* The firing end: one outcome, once, from whoever made the Deferred. */
#include "run_internal.h"

#include "base/bug.h"
#include "handle_internal.h"
#include "tell_internal.h"

/* Releases what came too late. It may own the reading end. */
static EVERT_APART void release_late(struct evert_deferred *d,
				     struct evert_result result)
{
	evert_deferred_pause(d); /* not to go away meanwhile */
	evert_result_drop(result);
	evert_deferred_unpause(d);
}

static inline void fire_untold(struct evert_deferred *d,
			       struct evert_result result)
{
	d->room.hold &= ~(unsigned)EVERT_HELD_UNFIRED;
	d->canceller = NULL;
	evert_deferred_accept(d, result);
	/* Without links and a waiter there is nothing to run yet. */
	if (d->next != d->room.free || d->waiter || !d->reading_end)
		evert_deferred_run(d);
}

static EVERT_APART void fire_told(struct evert_deferred *d,
				  struct evert_result result)
{
	evert_tell_fired(d, result);
	fire_untold(d, result);
}

static void fire(struct evert_deferred *d, struct evert_result result)
{
	if (evert_trace_is_recording())
		fire_told(d, result);
	else
		fire_untold(d, result);
}

void evert_deferred_fail(struct evert_deferred *d, struct evert_result failure)
{
	fire(d, failure);
}

/* There is nothing to fire, or nothing any more. */
static EVERT_APART void fire_nothing(struct evert_deferred *d,
				     struct evert_result result)
{
	if (!d) {
		evert_result_drop(result);
		return;
	}
	if (!d->firing_end)
		evert_bug("the Deferred made at %s was fired twice, through a "
			  "kept copy of its pointer; fire it through one slot",
			  d->place);
	d->firing_end = false; /* it was cancelled meanwhile */
	if (evert_type_is_plain(result.type))
		evert_deferred_settle(d);
	else
		release_late(d, result);
}

/* Empties the slot, of the Deferred or NULL. False: there is nothing to fire,
   which is left to fire_nothing. */
static inline bool take_firing_end(struct evert_firing **slot,
				   struct evert_deferred *d)
{
	*slot = NULL;
	if (!EVERT_LIKELY(d && d->firing_end && !evert_deferred_fired(d)))
		return false;
	d->firing_end = false;
	return true;
}

/* Is there nothing to do but to hand the result to who waits? */
static inline bool only_hands_on(const struct evert_deferred *d,
				 struct evert_result result)
{
	unsigned parts = EVERT_DEFERRED_FLAGS(.firing_end = true,
					      .cancelling = true,
					      .is_told = true);

	return d->waiter &&
	       (d->flags & parts) == EVERT_DEFERRED_FLAGS(.firing_end = true) &&
	       d->room.hold == EVERT_HELD_UNFIRED &&
	       d->next == d->room.free && !d->chunk &&
	       result.type != &evert_type_wait;
}

void evert_deferred_fire(struct evert_firing **slot,
			 struct evert_result result)
{
	struct evert_deferred *d = evert_firing_deferred(*slot);

	if (d && only_hands_on(d, result)) {
		*slot = NULL;
		evert_deferred_hand_on(d, result);
	} else if (EVERT_LIKELY(take_firing_end(slot, d))) {
		fire(d, result);
	} else {
		fire_nothing(d, result);
	}
}

static inline struct evert_deferred *set(struct evert_deferred *d,
					 struct evert_result result)
{
	d->room.hold &= ~(unsigned)EVERT_HELD_UNFIRED;
	d->canceller = NULL;
	evert_deferred_accept(d, result);
	if (d->room.hold & EVERT_HELD_RUNNING)
		return NULL;
	d->room.hold |= EVERT_HELD_RUNNING;
	return d;
}

static EVERT_APART struct evert_deferred *set_told(struct evert_deferred *d,
						   struct evert_result result)
{
	evert_tell_fired(d, result);
	return set(d, result);
}

struct evert_deferred *evert_deferred_set(struct evert_firing **slot,
					  struct evert_result result)
{
	struct evert_deferred *d = evert_firing_deferred(*slot);

	if (!take_firing_end(slot, d)) {
		fire_nothing(d, result);
		return NULL;
	}
	if (evert_trace_is_recording())
		return set_told(d, result);
	return set(d, result);
}

void evert_deferred_chain(struct evert_deferred *from,
			  struct evert_firing **slot)
{
	struct evert_result result = evert_result_wait(from);
	struct evert_deferred *d = evert_firing_deferred(*slot);

	if (!take_firing_end(slot, d)) {
		fire_nothing(d, result);
		return;
	}
	if (evert_trace_is_recording())
		evert_tell_fired(d, result);
	d->room.hold &= ~(unsigned)EVERT_HELD_UNFIRED;
	evert_deferred_accept(d, result);
	if (!d->waits.on)
		d->canceller = NULL; /* there is nothing left to cancel */
	evert_deferred_run(d);
}

/* Nobody would see why, where it was cancelled meanwhile. */
static struct evert_result why_abandoned(const struct evert_deferred *d,
					 const char *place)
{
	if (evert_deferred_fired(d))
		return evert_result_none();
	if (d->cancelling)
		return evert_cancelled();
	return evert_result_failure(evert_failure_at(place, EVERT_ABANDONED));
}

void evert_deferred_abandon_at(struct evert_firing **slot, const char *place)
{
	const struct evert_deferred *d = evert_firing_deferred(*slot);

	if (d)
		evert_deferred_fire(slot, why_abandoned(d, place));
}
