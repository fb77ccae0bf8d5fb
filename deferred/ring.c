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
	if (evert_deferred_fired(d))
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
	if (evert_deferred_fired(d) || !d->is_joint || !d->joint->hold)
		return NULL;
	return d->joint->hold(d->canceller_arg);
}

/* ---- Rings ---- */

_Thread_local unsigned long evert_ring_steps;

/* From one Deferred to all that it waits for, or to all that wait for it. */
struct walk {
	unsigned search;
	bool leads_out; /* up */
	const struct evert_deferred *at;
	const struct evert_deferred *top; /* down: of the tree that it is in */
	struct evert_hold *list;	  /* found, and still to be followed */
	struct evert_hold *hold;	  /* up: whose waiters are gone through */
	const void *place;		  /* among them */
};

enum found { NEW, KNOWN, MET };

/* Something that is held, on the way. Where the other walk has found it, the
   two ways meet. */
static enum found find(struct walk *walk, struct evert_hold *hold)
{
	if (hold->search == walk->search)
		return hold->leads_out == walk->leads_out ? KNOWN : MET;
	hold->search = walk->search;
	hold->leads_out = walk->leads_out;
	hold->next = walk->list;
	walk->list = hold;
	return NEW;
}

static struct evert_hold *take_found(struct walk *walk)
{
	struct evert_hold *hold = walk->list;

	if (hold)
		walk->list = hold->next;
	return hold;
}

/* Through the tree below, then through those of who holds what is waited for
   there. False: the ways meet. */
static bool step_down(struct walk *walk)
{
	struct evert_hold *hold = waits_for_hold(walk->at);

	if (hold && hold->holder && find(walk, hold) == MET)
		return false;
	walk->at = evert_ring_down(walk->at, walk->top);
	if (walk->at)
		return true;
	hold = take_found(walk);
	walk->at = walk->top = hold ? hold->holder : NULL;
	return true;
}

/* One of those who wait for what was found. */
static const struct evert_deferred *next_waiting(struct walk *walk)
{
	const struct evert_deferred *d = NULL;

	while (!d && (walk->hold || walk->list)) {
		if (!walk->hold)
			walk->hold = take_found(walk);
		d = walk->hold->waiting(walk->hold, &walk->place);
		if (!d)
			walk->hold = NULL;
	}
	return d;
}

/* Up, then up from all who wait for what is held there. */
static bool step_up(struct walk *walk)
{
	enum found found = NEW;

	if (walk->at->holds)
		found = find(walk, walk->at->canceller_arg);
	if (found == MET)
		return false;
	/* From what is known, it was gone up already. */
	walk->at = found == NEW ? evert_ring_up(walk->at) : NULL;
	if (!walk->at)
		walk->at = next_waiting(walk);
	return true;
}

/*
 * Both ways at once, step by step, until one of them ends. Whoever builds a
 * long chain adds to it at one end, where one of the ways is short; and in any
 * order, it is the shorter one of two that counts.
 */
bool evert_ring_would_close(const struct evert_deferred *outer,
			    const struct evert_deferred *inner)
{
	static _Thread_local unsigned latest;
	struct walk up = { .search = ++latest, .leads_out = true, .at = outer };
	struct walk down = { .search = latest, .at = inner, .top = inner };

	while (up.at && down.at) {
		if (up.at == inner || down.at == outer)
			return true;
		evert_ring_steps++;
		if (!step_up(&up) || !step_down(&down))
			return true;
	}
	return false;
}
