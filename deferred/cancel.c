/* SPDX-License-Identifier: MIT */
/*
 * Cancelling goes down to what has not fired yet, through joints, which may
 * have several to cancel: a walk through a tree, that keeps its way back in
 * the Deferreds it came through. Each of them stays in place until then.
 */
#include "links_internal.h"
#include "tell_internal.h"

/* Of the cancel on the stack, however it came to what fails in the end: by a
   joint, by a canceller that cancels another. */
static _Thread_local const char *place_of_cancel;

struct evert_result evert_cancelled(void)
{
	if (!place_of_cancel)
		return evert_result_failure(
			evert_failure_bare(EVERT_CANCELLED));
	return evert_result_failure(
		evert_failure_at(place_of_cancel, EVERT_CANCELLED));
}

static bool call_canceller(struct evert_deferred *d)
{
	return d->canceller && d->canceller(d, d->canceller_arg);
}

static void cancel_plain(struct evert_deferred *d)
{
	if (d->cancelling)
		return;
	d->cancelling = true;
	if (!call_canceller(d) && !evert_deferred_fired(d))
		evert_deferred_fail(d, evert_cancelled());
	d->cancelling = false;
	evert_deferred_settle(d);
}

static bool comes_too_late(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	return true;
}

void evert_joint_leave(struct evert_firing *slot)
{
	struct evert_deferred *d = evert_firing_deferred(slot);

	d->is_joint = false;
	d->canceller = comes_too_late;
}

/* `d` was chained to another one, but is still the work of its maker. Returns
   whom to cancel as well. */
static EVERT_APART struct evert_deferred *
cancel_chained(struct evert_deferred *d)
{
	struct evert_deferred *inner = d->waits.on;
	bool fires_later;

	if (d->cancelling)
		return NULL;
	d->cancelling = true;
	fires_later = call_canceller(d);
	if (!fires_later)
		d->canceller = NULL;
	if (fires_later || d->waits.on != inner)
		inner = NULL;
	d->cancelling = false;
	evert_deferred_settle(d);
	return inner;
}

/* Follows a chain to the one that has not fired. */
static struct evert_deferred *find_unfired(struct evert_deferred *d)
{
	while (d && evert_deferred_fired(d))
		d = d->canceller ? cancel_chained(d) : d->waits.on;
	return d;
}

/* Cancels one that has not fired, or begins with what its joint waits for, of
   which those in `within` are the first. Returns whom to cancel next. */
static struct evert_deferred *begin(struct evert_deferred *d,
				    struct evert_deferred **within)
{
	if (!d->is_joint) {
		cancel_plain(d);
		return NULL;
	}
	if (d->joint->pass)
		return d->joint->pass(d->canceller_arg);
	if (d->cancelling) {
		d->joint->again(d->canceller_arg);
		return NULL;
	}
	d->cancelling = true;
	d->cancelled_within = *within;
	*within = d;
	d->joint->begin(d->canceller_arg);
	return NULL;
}

/* The next of those that the joint of `*within` waits for; if there is none,
   the walk leaves it. */
static struct evert_deferred *go_on(struct evert_deferred **within)
{
	struct evert_deferred *d = *within;
	struct evert_deferred *next =
		evert_deferred_fired(d) ? NULL : d->joint->next(d->canceller_arg);

	if (next)
		return next;
	*within = d->cancelled_within;
	d->cancelling = false;
	evert_deferred_settle(d);
	return NULL;
}

static void cancel(struct evert_deferred *d, const char *place)
{
	const char *outer = place_of_cancel;
	struct evert_deferred *within = NULL;

	if (place)
		place_of_cancel = place;
	do {
		d = find_unfired(d);
		if (d)
			d = begin(d, &within);
		while (!d && within)
			d = go_on(&within);
	} while (d);
	place_of_cancel = outer;
}

static EVERT_APART void cancel_told(struct evert_deferred *d,
				    const char *place)
{
	evert_tell_cancelled(d, place ? place : place_of_cancel);
	cancel(d, place);
}

void evert_deferred_cancel_at(struct evert_deferred *d, const char *place)
{
	if (d && evert_trace_is_recording())
		cancel_told(d, place);
	else
		cancel(d, place);
}
