/* SPDX-License-Identifier: MIT */
/* A Deferred, or a waiter of another kind, comes to wait for a Deferred. */
#include "run_internal.h"

#include "tell_internal.h"

static void release_wait(void *pointer)
{
	evert_deferred_release(pointer);
}

const struct evert_type evert_type_wait = { "Deferred to wait for",
					    release_wait };

struct evert_result evert_result_wait(struct evert_deferred *deferred)
{
	if (!deferred)
		return evert_result_no_memory();
	return evert_result_of(&evert_type_wait, deferred);
}

struct evert_result
evert_deferred_deadlock(const struct evert_deferred *outer,
			const struct evert_deferred *inner)
{
	return evert_result_fail(
		EVERT_DEADLOCK, 0,
		"the Deferred made at %s would wait for %s made at %s",
		outer->place,
		inner == outer ? "itself," : "one that waits for it,",
		inner->place);
}

/* Does it wait for others, so that waiting for it might close a ring? */
static inline bool waits(const struct evert_deferred *d)
{
	return evert_deferred_fired(d) ? d->waits.on != NULL : d->is_joint;
}

/* The outcome, if it is there. */
static inline bool take_outcome(struct evert_deferred *d,
				struct evert_result *result)
{
	evert_deferred_take_reading_end(d, "waiting for a Deferred");
	if (!evert_deferred_is_complete(d))
		return false;
	*result = evert_result_take(&d->result);
	evert_deferred_settle(d);
	return true;
}

/* Would a wait of `waiter`, which is a joint's, close a ring? */
static bool joint_closes_ring(const struct evert_waiter *waiter,
			      const struct evert_deferred *d,
			      struct evert_result *result)
{
	const struct evert_waiter_class *class = waiter->class;
	const struct evert_deferred *outer =
		class->outer ? class->outer(waiter) : NULL;

	if (!outer || !evert_ring_would_close(outer, d))
		return false;
	*result = evert_deferred_deadlock(outer, d);
	return true;
}

static EVERT_APART bool wait_any(struct evert_deferred *d,
				 struct evert_waiter *waiter,
				 struct evert_result *result)
{
	if (!d) {
		*result = evert_result_no_memory();
		return true;
	}
	if (take_outcome(d, result) ||
	    (waits(d) && joint_closes_ring(waiter, d, result)))
		return true;
	evert_deferred_wait_on(d, waiter);
	if (evert_trace_is_recording())
		evert_tell_waits(waiter, d);
	return false;
}

bool evert_deferred_wait(struct evert_deferred *d, struct evert_waiter *waiter,
			 struct evert_result *result)
{
	if (!evert_deferred_wait_simply(d, waiter))
		return wait_any(d, waiter, result);
	if (evert_trace_is_recording())
		evert_tell_waits(waiter, d);
	return false;
}

/* Is none left to run but the one that does? A table is the next place until
   its last has returned. */
static bool runs_the_last(const struct evert_deferred *d)
{
	const union evert_place *next = d->next;

	if (next == d->room.free)
		return true;
	return evert_place_kind(next) == EVERT_PLACE_TABLE &&
	       next[1].table.at == next[1].table.end &&
	       next + 2 == d->room.free;
}

/*
 * Nothing is left to do in `d` but to hand on what it is about to wait for,
 * and nobody can add to it any more: then who waits for `d` may wait for that
 * directly, and a loop that chains for ever keeps constant memory.
 */
static bool only_passes_on(const struct evert_deferred *d)
{
	return d->waiter && runs_the_last(d) &&
	       d->room.hold < EVERT_HELD_BY_INNER && !d->reading_end &&
	       !d->firing_end && !d->cancelling &&
	       !d->canceller;
}

void evert_deferred_wait_for(struct evert_deferred *d,
			     struct evert_deferred *inner)
{
	struct evert_waiter *waiter = &d->waits;

	waiter->class = NULL; /* a Deferred's own */
	d->result = evert_result_none();
	if (inner == d) { /* its own chain goes on: its reader stays */
		d->result = evert_deferred_deadlock(d, d);
		return;
	}
	if (take_outcome(inner, &d->result))
		return;
	if (waits(inner) && evert_ring_would_close(d, inner)) {
		d->result = evert_deferred_deadlock(d, inner);
		return;
	}
	if (only_passes_on(d)) {
		waiter = d->waiter;
		d->waiter = NULL;
	} else {
		evert_links_hold(d, EVERT_HELD_BY_INNER);
	}
	evert_deferred_wait_on(inner, waiter);
	if (evert_trace_is_recording())
		evert_tell_waits(waiter, inner);
}
