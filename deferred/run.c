/* SPDX-License-Identifier: MIT */
/*
 * Everything that lets a chain go on ends in evert_deferred_go_on, a loop that
 * works through the links, hands the outcome to whoever waits for it, and goes
 * on there: however long a chain of Deferreds is, the stack does not grow.
 */
#include "run_internal.h"

#include "base/probe_internal.h"
#include "base/running_internal.h"
#include "tell_internal.h"

static EVERT_APART struct evert_result call_traced(struct evert_deferred *d,
						   evert_callback call,
						   void *arg, const char *label)
{
	struct evert_running_mark mark;
	struct evert_result after;

	evert_running_begin(&mark, "callback", label,
			    " of the Deferred made at ",
			    evert_deferred_place(d));
	evert_tell_callback(d, label);
	EVERT_PROBE2(callback__begin, label, evert_deferred_place(d));
	after = call(&d->result, arg);
	EVERT_PROBE1(callback__end, label);
	evert_trace_end();
	evert_running_end(&mark);
	return after;
}

/* What a link returned has to be waited for, is a failure, or takes the place
   of something that is to be released. Has it made a failure? */
static EVERT_APART bool replace_result(struct evert_deferred *d,
				       struct evert_result after)
{
	struct evert_result before = d->result;

	if (after.type == before.type &&
	    after.value.integer == before.value.integer)
		return false; /* passed on */
	evert_deferred_accept(d, after);
	evert_result_release(before);
	return evert_result_is_failure(&d->result);
}

/* No type is one of these. */
static const struct evert_type not_plain, changed_sides;

/* The result's type, if it is plain: a value that is of it, too, needs no more
   than its place. */
static inline const struct evert_type *known_type(const struct evert_deferred *d)
{
	const struct evert_type *type = d->result.type;

	return evert_type_is_plain(type) ? type : &not_plain;
}

/* The same for another plain value, where there was one. */
static inline bool store_plain(struct evert_deferred *d,
			       struct evert_result after,
			       const struct evert_type **known)
{
	if (EVERT_LIKELY(after.type == *known)) {
		d->result.type = *known; /* it may have been taken out */
		d->result.value = after.value;
		return true;
	}
	if (*known == &not_plain || !evert_type_is_plain(after.type))
		return false;
	*known = after.type;
	d->result = after;
	return true;
}

static inline struct evert_result run_side(struct evert_deferred *d,
					   const struct evert_link *link,
					   evert_callback call, void *arg,
					   bool traced)
{
	if (traced)
		return call_traced(d, call, arg, link->label);
	return call(&d->result, arg);
}

/* ---- Places that hold something else than a link ---- */

/* What came is lost: the link has no memory to work with it. */
static void fail_starved(struct evert_deferred *d, struct evert_link link,
			 void *arg)
{
	struct evert_result before = d->result;

	if (evert_result_is_failure(&before))
		return; /* it has no errback */
	d->result = evert_result_no_memory();
	d->failed_at = d->next - 1;
	evert_result_release(before);
	if (link.errback &&
	    replace_result(d, link.errback(&d->result, arg)))
		d->failed_at = d->next - 1;
}

/* A link of a table has returned something else than a plain value in place of
   another. Returns what is known now, or that the chain has changed sides, and
   does not go on here. */
static EVERT_APART const struct evert_type *
change_in_table(struct evert_deferred *d, struct evert_result after,
		union evert_place *place, bool failed)
{
	if (replace_result(d, after)) {
		d->failed_at = place;
		place[1].table.from = place[1].table.at - 1;
	}
	if (evert_result_is_failure(&d->result) != failed)
		return &changed_sides;
	return known_type(d);
}

/*
 * It stays the next place until all its links have run, and in place; as long
 * as the chain stays on the side of values, or of failures.
 */
EVERT_INLINE void run_table(struct evert_deferred *d, union evert_place *place,
			    bool failed, bool traced)
{
	const struct evert_type *known = known_type(d);
	const struct evert_link *link = place[1].table.at;
	struct evert_result after;
	evert_callback call;

	d->next = place;
	d->table_stop = place[1].table.end;
	while (link < d->table_stop) {
		call = failed ? link->errback : link->callback;
		place[1].table.at = ++link;
		if (!EVERT_LIKELY(call != NULL))
			continue;
		after = run_side(d, link - 1, call, place->added.arg, traced);
		if (EVERT_LIKELY(!failed && after.type == known)) {
			d->result.type = known; /* it may have been taken out */
			d->result.value = after.value;
			continue;
		}
		if (!failed && known != &not_plain &&
		    evert_type_is_plain(after.type)) {
			known = after.type;
			d->result = after;
			continue;
		}
		known = change_in_table(d, after, place, failed);
		if (known == &changed_sides)
			break;
	}
	if (link != place[1].table.end)
		return;
	d->next = place + 2;
	if (d->stop == place) /* the last of it holds the others up */
		d->stop = d->next;
}

static EVERT_APART void run_table_values(struct evert_deferred *d,
					 union evert_place *place)
{
	run_table(d, place, false, false);
}

static EVERT_APART void run_table_apart(struct evert_deferred *d,
					union evert_place *place)
{
	bool failed = evert_result_is_failure(&d->result);

	if (!evert_is_observed())
		run_table(d, place, true, false);
	else if (failed)
		run_table(d, place, true, true);
	else
		run_table(d, place, false, true);
}

static EVERT_APART void run_special(struct evert_deferred *d,
				    union evert_place *place)
{
	if (evert_place_kind(place) == EVERT_PLACE_JUMP)
		d->next = place->added.arg;
	else if (evert_place_kind(place) == EVERT_PLACE_STARVED)
		fail_starved(d, place->added.link, place->added.arg);
	else
		run_table_apart(d, place);
}

/* ---- The loop ---- */

/* As long as the chain stays on the side of values, or of failures. */
EVERT_INLINE void run_to_stop(struct evert_deferred *d, bool failed,
			      bool traced)
{
	const struct evert_type *known = known_type(d);
	union evert_place *place;
	struct evert_result after;
	evert_callback call;

	while ((place = d->next) != d->stop) {
		d->next = place + 1;
		call = failed ? place->added.link.errback :
				place->added.link.callback;
		if (EVERT_LIKELY(call != NULL)) {
			after = run_side(d, &place->added.link, call,
					 place->added.arg, traced);
			if (!failed && store_plain(d, after, &known))
				continue;
			if (replace_result(d, after))
				d->failed_at = d->next - 1;
		} else if (evert_place_kind(place) >= EVERT_PLACE_LINK) {
			continue;
		} else if (!failed && !traced &&
			   evert_place_kind(place) == EVERT_PLACE_TABLE) {
			run_table_values(d, place);
		} else {
			run_special(d, place);
		}
		if (evert_result_is_failure(&d->result) != failed)
			return;
		known = known_type(d);
	}
}

static EVERT_APART void run_failed(struct evert_deferred *d)
{
	if (evert_is_observed())
		run_to_stop(d, true, true);
	else
		run_to_stop(d, true, false);
}

static EVERT_APART void run_traced(struct evert_deferred *d)
{
	run_to_stop(d, false, true);
}

static EVERT_APART void run_values(struct evert_deferred *d)
{
	run_to_stop(d, false, false);
}

/* Is it a table's turn? Most chains that are tables are nothing else. */
static inline bool begins_with_table(const struct evert_deferred *d)
{
	return evert_place_kind(d->next) == EVERT_PLACE_TABLE;
}

/* Runs what may run before it is the waiter's turn. More may be added
   meanwhile. */
static inline void run_links(struct evert_deferred *d)
{
	for (;;) {
		d->stop = d->waiter ? d->waiter_at : d->room.free;
		if (d->next == d->stop || d->room.hold != EVERT_HELD_RUNNING)
			return;
		if (evert_result_is_failure(&d->result))
			run_failed(d);
		else if (evert_is_observed())
			run_traced(d);
		else if (begins_with_table(d))
			run_table_values(d, d->next);
		else
			run_values(d);
	}
}

/* ---- Who waits ---- */

static inline bool waiter_is_next(const struct evert_deferred *d)
{
	return d->waiter && d->next == d->waiter_at &&
	       d->room.hold == EVERT_HELD_RUNNING;
}

/* A failure has come from elsewhere. */
static void take_failure(struct evert_deferred *d)
{
	union evert_place *next = d->next;

	d->failed_at = next;
	if (next != d->room.free && evert_place_kind(next) == EVERT_PLACE_TABLE)
		next[1].table.from = next[1].table.at;
}

/* Nobody waits for `d` any more. */
static inline struct evert_waiter *take_waiter(struct evert_deferred *d)
{
	struct evert_waiter *waiter = d->waiter;

	d->waiter = NULL;
	waiter->on = NULL;
	return waiter;
}

/* Hands `outcome` to who has waited. Returns the Deferred to go on with, which
   is kept in place until then, or NULL. */
static inline struct evert_deferred *hand_over(struct evert_waiter *waiter,
					       struct evert_result outcome)
{
	struct evert_deferred *outer;

	if (waiter->class)
		return waiter->class->deliver(waiter, outcome);
	outer = evert_waiter_owner(waiter);
	outer->room.hold &= ~(unsigned)EVERT_HELD_BY_INNER;
	outer->canceller = NULL; /* of one that was chained */
	outer->result = outcome;
	if (evert_result_is_failure(&outcome))
		take_failure(outer);
	if (outer->room.hold & EVERT_HELD_RUNNING)
		return NULL; /* further down on the stack */
	outer->room.hold |= EVERT_HELD_RUNNING;
	return outer;
}

/* Works through `d`, then through whatever its outcome sets going. */
void evert_deferred_go_on(struct evert_deferred *d)
{
	struct evert_deferred *next;

	for (; d; d = next) {
		next = NULL;
		for (;;) {
			run_links(d);
			if (!waiter_is_next(d))
				break;
			if (evert_trace_is_recording())
				evert_tell_hand_over(d->waiter, d);
			next = hand_over(take_waiter(d),
					 evert_result_take(&d->result));
		}
		d->room.hold &= ~(unsigned)EVERT_HELD_RUNNING;
		evert_deferred_settle(d);
	}
}

static inline void hand_on_to(struct evert_waiter *waiter,
			      struct evert_result outcome)
{
	struct evert_deferred *next = hand_over(waiter, outcome);

	if (next)
		evert_deferred_go_on(next);
}

static EVERT_APART void hand_on_apart(struct evert_deferred *d,
				      struct evert_waiter *waiter,
				      struct evert_result outcome)
{
	evert_deferred_give(d, d->is_short);
	hand_on_to(waiter, outcome);
}

void evert_deferred_hand_on(struct evert_deferred *d,
			    struct evert_result outcome)
{
	struct evert_waiter *waiter = take_waiter(d);

	if (evert_deferred_keep(d, d->is_short))
		hand_on_to(waiter, outcome);
	else
		hand_on_apart(d, waiter, outcome);
}

void evert_ring_break(struct evert_deferred *d, struct evert_deferred *inner)
{
	if (!evert_ring_would_close(d, inner))
		return;
	evert_deferred_go_on(hand_over(take_waiter(d),
				       evert_deferred_deadlock(d, inner)));
	evert_deferred_settle(d);
}

void evert_deferred_run_added(struct evert_deferred *d)
{
	evert_deferred_run(d);
}
