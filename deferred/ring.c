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

/* ---- What is held ---- */

void evert_hold_set(struct evert_hold *hold, struct evert_deferred *deferred)
{
	if (hold->holder)
		hold->holder->holds = false;
	hold->holder = deferred;
	if (!deferred)
		return;
	deferred->holds = true;
	deferred->canceller_arg = hold; /* of no other use since it fired */
}

static struct evert_hold *waits_for_hold(const struct evert_deferred *d)
{
	if (d->fired || !d->is_joint || !d->joint->hold)
		return NULL;
	return d->joint->hold(d->canceller_arg);
}

/* Everything that leads to `outer`: there are ways to it by what is held on
   the way up from it. */
static void mark_ways_out(const struct evert_deferred *outer, unsigned search)
{
	struct evert_hold *hold;

	for (; outer; outer = evert_ring_up(outer)) {
		if (!outer->holds)
			continue;
		hold = outer->canceller_arg;
		hold->search = search;
		hold->leads_out = true;
	}
}

/* Through the tree below `top`. Is `outer` there? What is held and was not
   seen before is put before `*list`. */
static bool search_tree(const struct evert_deferred *top,
			const struct evert_deferred *outer, unsigned search,
			struct evert_hold **list)
{
	const struct evert_deferred *d;
	struct evert_hold *hold;

	for (d = top; d; d = evert_ring_down(d, top)) {
		hold = waits_for_hold(d);
		if (d == outer)
			return true;
		if (!hold || !hold->holder)
			continue;
		if (hold->search == search && hold->leads_out)
			return true;
		if (hold->search == search)
			continue;
		hold->search = search;
		hold->leads_out = false;
		hold->next = *list;
		*list = hold;
	}
	return false;
}

/* From `inner`, through whatever is held, to `outer`? */
static EVERT_APART bool leads_to(const struct evert_deferred *outer,
				 const struct evert_deferred *inner)
{
	static _Thread_local unsigned latest;
	unsigned search = ++latest;
	struct evert_hold *list = NULL;

	mark_ways_out(outer, search);
	while (!search_tree(inner, outer, search, &list)) {
		if (!list)
			return false;
		inner = list->holder;
		list = list->next;
	}
	return true;
}

/* ---- Rings ---- */

/*
 * Both ways at once: up from `outer` and down from `inner`. Chains grow at one
 * end, where one of the two ways is short. A ring through what is held leaves
 * both ways open.
 */
bool evert_ring_would_close(const struct evert_deferred *outer,
			    const struct evert_deferred *inner)
{
	const struct evert_deferred *up = outer;
	const struct evert_deferred *down = inner;
	bool up_is_open = false, down_is_open = false;

	while (up && down) {
		if (up == inner || down == outer)
			return true;
		up_is_open |= up->holds;
		down_is_open |= waits_for_hold(down) != NULL;
		up = evert_ring_up(up);
		down = evert_ring_down(down, inner);
	}
	if ((!up && !up_is_open) || (!down && !down_is_open))
		return false;
	return leads_to(outer, inner);
}
