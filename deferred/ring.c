/* SPDX-License-Identifier: MIT */
/*
 * Who waits for whom. Each Deferred is waited for by one at most, so that what
 * a Deferred waits for, directly or through joints, is a tree, which can be
 * walked without a stack: down by what is first, along by what is next, up by
 * who waits.
 */
#include "links_internal.h"

static const struct evert_deferred *first_inner(const struct evert_deferred *d)
{
	if (d->fired)
		return d->waits.on;
	return d->is_joint ? d->joint->first(d->canceller_arg) : NULL;
}

const struct evert_deferred *evert_ring_up(const struct evert_deferred *d)
{
	const struct evert_waiter *waiter = d->waiter;

	if (!waiter)
		return NULL;
	if (!waiter->class)
		return evert_waiter_owner(waiter);
	return waiter->class->outer ? waiter->class->outer(waiter) : NULL;
}

static const struct evert_deferred *next_inner(const struct evert_deferred *d)
{
	const struct evert_waiter *waiter = d->waiter;

	if (!waiter || !waiter->class || !waiter->class->next)
		return NULL;
	return waiter->class->next(waiter);
}

const struct evert_deferred *evert_ring_down(const struct evert_deferred *d,
					     const struct evert_deferred *top)
{
	const struct evert_deferred *next = first_inner(d);

	while (!next && d && d != top) {
		next = next_inner(d);
		d = evert_ring_up(d);
	}
	return next;
}

void evert_waiter_move(struct evert_waiter *from, struct evert_waiter *to)
{
	to->on = from->on;
	to->on->waiter = to;
	from->on = NULL;
}

/* Both ways at once: up from `outer` and down from `inner`. Chains grow at one
   end, where one of the two ways is short. */
bool evert_ring_would_close(const struct evert_deferred *outer,
			    const struct evert_deferred *inner)
{
	const struct evert_deferred *up = outer;
	const struct evert_deferred *down = inner;

	while (up && down) {
		if (up == inner || down == outer)
			return true;
		up = evert_ring_up(up);
		down = evert_ring_down(down, inner);
	}
	return false;
}
