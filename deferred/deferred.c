/* SPDX-License-Identifier: MIT */
/*
 * Everything that lets a chain go on (firing, adding, unpausing, an inner
 * outcome) ends in run(), a loop that works through the links, hands the
 * outcome to whoever waits for it, and goes on there: however long a chain of
 * Deferreds is, the stack does not grow.
 */
#include "links_internal.h"
#include "handle_internal.h"

#include <errno.h>

#include "base/bug_internal.h"
#include "base/spares_internal.h"
#include "base/trace_internal.h"

static void run(struct evert_deferred *d);

/* ---- Life and death ---- */

static inline struct evert_deferred *create(struct evert_firing **slot,
					    const char *place, void *arg)
{
	struct evert_deferred *d =
		evert_spares_take(EVERT_SPARES_DEFERRED, sizeof(*d));

	*slot = evert_deferred_firing(d);
	if (!d)
		return NULL;
	/* One by one: a memset here costs more than all the rest. */
	d->result = evert_result_none();
	evert_links_init(d);
	d->pauses = 0;
	d->firing_end = true;
	d->reading_end = true;
	d->fired = false;
	d->running = false;
	d->cancelling = false;
	d->holds = false;
	d->waits.on = NULL;
	d->waits.class = NULL;
	d->waiter = NULL;
	d->place = place;
	d->canceller_arg = arg;
	return d;
}

struct evert_deferred *evert_deferred_create_at(struct evert_firing **slot,
						const char *place,
						evert_canceller canceller,
						void *arg)
{
	struct evert_deferred *d = create(slot, place, arg);

	if (d) {
		d->is_joint = false;
		d->canceller = canceller;
	}
	return d;
}

struct evert_deferred *
evert_deferred_create_joint_at(struct evert_firing **slot, const char *place,
			       const struct evert_joint_class *class,
			       void *joint)
{
	struct evert_deferred *d = create(slot, place, joint);

	if (d) {
		d->is_joint = true;
		d->joint = class;
	}
	return d;
}

struct evert_deferred *
evert_deferred_create_fired_at(const char *place, struct evert_result result)
{
	struct evert_firing *slot;
	struct evert_deferred *d =
		evert_deferred_create_at(&slot, place, NULL, NULL);

	evert_deferred_fire(&slot, result);
	return d;
}

/* Must the links wait? */
static bool is_held(const struct evert_deferred *d)
{
	return d->pauses || d->waits.on;
}

/* Has the chain come to its end, with the outcome in `result`? */
static bool is_complete(const struct evert_deferred *d)
{
	return d->fired && !d->running && d->head == d->tail && !is_held(d);
}

/* Nothing to release, to wait for, to handle? */
static inline bool is_plain(const struct evert_type *type)
{
	return !type || !type->release;
}

/* Nobody takes the outcome any more. Whoever is called by this may use this
   Deferred once more. */
static EVERT_APART void drop_outcome(struct evert_deferred *d)
{
	d->running = true;
	if (evert_result_is_failure(&d->result))
		evert_links_report(d);
	evert_result_release(evert_result_take(&d->result));
	d->running = false;
}

/* Lets go of a Deferred that nobody reads any more, once it is complete. */
void evert_deferred_settle(struct evert_deferred *d)
{
	if (d->reading_end || d->waiter || d->cancelling || !is_complete(d))
		return;
	if (is_plain(d->result.type))
		d->result = evert_result_none();
	else
		drop_outcome(d);
	if (!is_complete(d)) {
		run(d);
	} else if (!d->firing_end) {
		evert_links_finish(d);
		evert_spares_give(EVERT_SPARES_DEFERRED, d);
	}
}

/* ---- Waiting ---- */

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

static void take_reading_end(struct evert_deferred *d, const char *what)
{
	if (!d->reading_end)
		evert_bug("%s: the reading end of the Deferred made at %s was "
			  "given up before; it can be released, awaited, "
			  "returned to wait for or given to a combinator only "
			  "once",
			  what, d->place);
	d->reading_end = false;
}

static struct evert_result deadlock(const struct evert_deferred *outer,
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
	return d->fired ? d->waits.on != NULL : d->is_joint;
}

/* The outcome, if it is there. */
static inline bool take_outcome(struct evert_deferred *d,
				struct evert_result *result)
{
	take_reading_end(d, "waiting for a Deferred");
	if (!is_complete(d))
		return false;
	*result = evert_result_take(&d->result);
	evert_deferred_settle(d);
	return true;
}

static inline void wait_on(struct evert_waiter *waiter,
			   struct evert_deferred *d)
{
	waiter->on = d;
	d->waiter = waiter;
	d->waiter_at = d->tail;
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
	*result = deadlock(outer, d);
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
	wait_on(waiter, d);
	return false;
}

bool evert_deferred_wait(struct evert_deferred *d, struct evert_waiter *waiter,
			 struct evert_result *result)
{
	/* The common case: it has not fired, and waits for nothing itself. */
	if (!d || !d->reading_end || d->fired || d->is_joint)
		return wait_any(d, waiter, result);
	d->reading_end = false;
	wait_on(waiter, d);
	return false;
}

/*
 * Nothing is left to do in `d` but to hand on what it is about to wait for,
 * and nobody can add to it any more: then who waits for `d` may wait for that
 * directly, and a loop that chains for ever keeps constant memory.
 */
static bool only_passes_on(const struct evert_deferred *d)
{
	return d->waiter && d->head == d->tail && !d->pauses &&
	       !d->reading_end && !d->firing_end && !d->cancelling &&
	       !d->canceller;
}

static void wait_for(struct evert_deferred *d, struct evert_deferred *inner)
{
	struct evert_waiter *waiter = &d->waits;

	d->result = evert_result_none();
	if (inner == d) { /* its own chain goes on: its reader stays */
		d->result = deadlock(d, d);
		return;
	}
	if (take_outcome(inner, &d->result))
		return;
	if (waits(inner) && evert_ring_would_close(d, inner)) {
		d->result = deadlock(d, inner);
		return;
	}
	if (only_passes_on(d)) {
		waiter = d->waiter;
		d->waiter = NULL;
	}
	wait_on(waiter, inner);
}

/* Puts a result in place; one that says "wait" makes `d` wait. */
static void accept_result(struct evert_deferred *d, struct evert_result result)
{
	if (result.type == &evert_type_wait)
		wait_for(d, result.value.pointer);
	else
		d->result = result;
}

/* ---- The loop ---- */

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
	accept_result(d, after);
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
	if (is_plain(after.type) &&
	    (after.type == d->result.type || is_plain(d->result.type)))
		d->result = after;
	else
		replace_result(d, after);
}

/* Runs what may run before it is the waiter's turn. */
static void run_links(struct evert_deferred *d)
{
	bool traced = evert_trace_is_recording();

	while (d->head != (d->waiter ? d->waiter_at : d->tail) && !is_held(d))
		run_link(d, traced);
}

static bool waiter_is_next(const struct evert_deferred *d)
{
	return d->waiter && d->head == d->waiter_at && !is_held(d);
}

/* Hands `outcome` to who waits for `d`. Returns the Deferred to go on with,
   which is kept in place until then, or NULL. */
static struct evert_deferred *hand_over(struct evert_deferred *d,
					struct evert_result outcome)
{
	struct evert_waiter *waiter = d->waiter;
	struct evert_deferred *outer;

	d->waiter = NULL;
	waiter->on = NULL;
	if (waiter->class)
		return waiter->class->deliver(waiter, outcome);
	outer = evert_waiter_owner(waiter);
	outer->canceller = NULL; /* of one that was chained */
	outer->result = outcome;
	outer->failed_at = outer->head;
	if (outer->running)
		return NULL; /* further down on the stack */
	outer->running = true;
	return outer;
}

/* Works through `d`, then through whatever its outcome sets going. */
static void work_through(struct evert_deferred *d)
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

void evert_deferred_go_on(struct evert_deferred *d)
{
	work_through(d);
}

static void run(struct evert_deferred *d)
{
	if (!d->fired || d->running)
		return;
	d->running = true;
	work_through(d);
}

void evert_ring_break(struct evert_deferred *d, struct evert_deferred *inner)
{
	if (!evert_ring_would_close(d, inner))
		return;
	work_through(hand_over(d, deadlock(d, inner)));
	evert_deferred_settle(d);
}

/* ---- The firing end ---- */

/* Releases what came too late. It may own the reading end. */
static void ignore(struct evert_deferred *d, struct evert_result result)
{
	evert_deferred_pause(d); /* not to go away meanwhile */
	evert_result_drop(result);
	evert_deferred_unpause(d);
}

static void fire(struct evert_deferred *d, struct evert_result result)
{
	d->fired = true;
	d->canceller = NULL;
	accept_result(d, result);
	/* Without links and a waiter there is nothing to run yet. */
	if (d->head != d->tail || d->waiter || !d->reading_end)
		run(d);
}

void evert_deferred_fail(struct evert_deferred *d, struct evert_result failure)
{
	fire(d, failure);
}

/* Empties the slot. Returns NULL, and the result is released, if there is
   nothing to fire. */
static struct evert_deferred *take_firing_end(struct evert_firing **slot,
					      struct evert_result result)
{
	struct evert_deferred *d = evert_firing_deferred(*slot);

	*slot = NULL;
	if (!d) {
		evert_result_drop(result);
		return NULL;
	}
	if (!d->firing_end)
		evert_bug("the Deferred made at %s was fired twice, through a "
			  "kept copy of its pointer; fire it through one slot",
			  d->place);
	d->firing_end = false;
	if (!d->fired)
		return d;
	ignore(d, result); /* it was cancelled meanwhile */
	return NULL;
}

void evert_deferred_fire(struct evert_firing **slot,
			 struct evert_result result)
{
	struct evert_deferred *d = take_firing_end(slot, result);

	if (d)
		fire(d, result);
}

struct evert_deferred *evert_deferred_set(struct evert_firing **slot,
					  struct evert_result result)
{
	struct evert_deferred *d = take_firing_end(slot, result);

	if (!d)
		return NULL;
	d->fired = true;
	d->canceller = NULL;
	accept_result(d, result);
	if (d->running)
		return NULL;
	d->running = true;
	return d;
}

void evert_deferred_chain(struct evert_deferred *from,
			  struct evert_firing **slot)
{
	struct evert_result result = evert_result_wait(from);
	struct evert_deferred *d = take_firing_end(slot, result);

	if (!d)
		return;
	d->fired = true;
	accept_result(d, result);
	if (!d->waits.on)
		d->canceller = NULL; /* there is nothing left to cancel */
	run(d);
}

void evert_deferred_abandon_at(struct evert_firing **slot, const char *place)
{
	const struct evert_deferred *d = evert_firing_deferred(*slot);

	if (!d)
		return;
	evert_deferred_fire(slot,
			    d->cancelling ?
				    evert_cancelled() :
				    evert_result_failure(evert_failure_at(
					    place, EVERT_ABANDONED)));
}

/* ---- The reading end ---- */

/* There is not even a place to be starved in. */
static void refuse_link(struct evert_deferred *d, evert_callback errback,
			void *arg)
{
	struct evert_result failure = evert_result_no_memory();

	if (!errback)
		return;
	evert_deferred_pause(d); /* not to go away meanwhile */
	evert_result_release(errback(&failure, arg));
	evert_deferred_unpause(d);
}

static EVERT_APART int add_without_room(struct evert_deferred *d,
					evert_callback callback,
					evert_callback errback, void *arg,
					const char *label)
{
	if (d && evert_links_make_room(d, 1))
		return evert_deferred_add_at(d, callback, errback, arg, label);
	if (!d || !evert_links_add_starved(d, errback, arg))
		refuse_link(d, errback, arg);
	else if (d->fired)
		run(d);
	return -ENOMEM;
}

int evert_deferred_reserve(struct evert_deferred *d, size_t count)
{
	if (!d)
		return -ENOMEM;
	if (d->tail <= d->capacity && d->capacity - d->tail >= count)
		return 0;
	return evert_links_make_room(d, count) ? 0 : -ENOMEM;
}

int evert_deferred_add_at(struct evert_deferred *d, evert_callback callback,
			  evert_callback errback, void *arg, const char *label)
{
	struct evert_link *link;

	if (!d || d->tail >= d->capacity)
		return add_without_room(d, callback, errback, arg, label);
	link = &d->links[d->tail++];
	link->callback = callback;
	link->errback = errback;
	link->arg = arg;
	link->label = label;
	if (d->fired)
		run(d);
	return 0;
}

void evert_deferred_pause(struct evert_deferred *d)
{
	if (d)
		d->pauses++;
}

void evert_deferred_unpause(struct evert_deferred *d)
{
	if (!d)
		return;
	if (!d->pauses)
		evert_bug("the Deferred made at %s was unpaused more often "
			  "than paused",
			  d->place);
	if (!--d->pauses)
		run(d);
}

void evert_deferred_release(struct evert_deferred *d)
{
	if (!d)
		return;
	take_reading_end(d, "evert_deferred_release");
	evert_deferred_settle(d);
}
