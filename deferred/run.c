/* SPDX-License-Identifier: MIT */
/*
 * Everything that lets a chain go on ends in evert_deferred_go_on, a loop that
 * works through the links, hands the outcome to whoever waits for it, and goes
 * on there: however long a chain of Deferreds is, the stack does not grow.
 */
#include "run_internal.h"

#include "base/trace_internal.h"

static EVERT_APART struct evert_result
call_traced(struct evert_deferred *d, evert_callback call,
	    const struct evert_link *link)
{
	const char *label = link->label;
	struct evert_result after;

	evert_trace_begin("callback", label);
	after = call(&d->result, link->arg);
	evert_trace_end("callback", label);
	return after;
}

/* What a link returned has to be waited for, is a failure, or takes the place
   of something that is to be released. */
static EVERT_APART void replace_result(struct evert_deferred *d,
				       struct evert_result after)
{
	struct evert_result before = d->result;

	if (after.type == before.type &&
	    after.value.integer == before.value.integer)
		return; /* passed on */
	evert_deferred_accept(d, after);
	if (evert_result_is_failure(&d->result))
		d->failed_at = d->head ? d->head - 1 : 0;
	evert_result_release(before);
}

/* What came is lost: the link has no memory to work with it. */
static EVERT_APART void fail_starved(struct evert_deferred *d,
				     struct evert_link link)
{
	struct evert_result before = d->result;

	if (evert_result_is_failure(&before))
		return; /* it has no errback */
	d->result = evert_result_no_memory();
	d->failed_at = d->head - 1;
	evert_result_release(before);
	if (link.errback)
		replace_result(d, link.errback(&d->result, link.arg));
}

/* Most often they are the same, and one look is enough. */
static inline bool are_plain(const struct evert_type *before,
			     const struct evert_type *after)
{
	if (before == after)
		return evert_type_is_plain(after);
	return evert_type_is_plain(after) && evert_type_is_plain(before);
}

static inline void run_link(struct evert_deferred *d, bool traced)
{
	const struct evert_link *link = &d->links[d->head++];
	evert_callback call = evert_result_is_failure(&d->result) ?
				      link->errback :
				      link->callback;
	struct evert_result after;

	if (!call) {
		if (evert_link_is_starved(link))
			fail_starved(d, *link);
		return;
	}
	if (traced)
		after = call_traced(d, call, link);
	else
		after = call(&d->result, link->arg);
	if (are_plain(d->result.type, after.type))
		d->result = after;
	else
		replace_result(d, after);
}

/* Runs what may run before it is the waiter's turn. */
static void run_links(struct evert_deferred *d)
{
	bool traced = evert_trace_is_recording();

	while (d->head != d->tail && d->head != d->waiter_at &&
	       !evert_deferred_is_held(d))
		run_link(d, traced);
}

static bool waiter_is_next(const struct evert_deferred *d)
{
	return d->head == d->waiter_at && !evert_deferred_is_held(d);
}

/* Hands `outcome` to who waits for `d`. Returns the Deferred to go on with,
   which is kept in place until then, or NULL. */
static struct evert_deferred *hand_over(struct evert_deferred *d,
					struct evert_result outcome)
{
	struct evert_waiter *waiter = d->waiter;
	struct evert_deferred *outer;

	d->waiter = NULL;
	d->waiter_at = EVERT_NO_LINK;
	waiter->on = NULL;
	if (waiter->class)
		return waiter->class->deliver(waiter, outcome);
	outer = evert_waiter_owner(waiter);
	outer->held &= ~(uint32_t)EVERT_HELD_BY_INNER;
	outer->canceller = NULL; /* of one that was chained */
	outer->result = outcome;
	outer->failed_at = outer->head;
	if (outer->running)
		return NULL; /* further down on the stack */
	outer->running = true;
	return outer;
}

/* Works through `d`, then through whatever its outcome sets going. */
void evert_deferred_go_on(struct evert_deferred *d)
{
	struct evert_deferred *next;

	for (; d; d = next) {
		next = NULL;
		run_links(d);
		if (waiter_is_next(d)) {
			next = hand_over(d, evert_result_take(&d->result));
			run_links(d);
		}
		d->running = false;
		evert_deferred_settle(d);
	}
}

void evert_ring_break(struct evert_deferred *d, struct evert_deferred *inner)
{
	if (!evert_ring_would_close(d, inner))
		return;
	evert_deferred_go_on(hand_over(d, evert_deferred_deadlock(d, inner)));
	evert_deferred_settle(d);
}
