/* SPDX-License-Identifier: MIT */
/* The sequence, done as deferred.h promises it. Numbers are those of the
   contract's statements. */
#include "world.h"

enum { NOBODY = -1, USER = -2 };

static struct promised {
	bool fired, busy, cancelling;
	enum model_canceller canceller;
	int result;
	int pauses;
	int waits_for; /* also the one whose outcome a chain will fire it with */
	int reader;    /* who gets the outcome */
	const struct model_step *links[MODEL_LINKS];
	int run, count;
} all[MODEL_DEFERREDS];

static void go_on(int n);
static void cancel(int n);

static bool has_outcome(const struct promised *d)
{
	return d->fired && !d->busy && !d->pauses && d->waits_for == NOBODY &&
	       d->run == d->count;
}

static void hand_over(int n, int outer)
{
	struct promised *d = &all[n];
	struct promised *out = &all[outer];

	out->waits_for = NOBODY;
	out->fired = true;
	out->result = d->result;
	d->result = NOTHING; /* 9 */
	d->reader = NOBODY;
	go_on(outer);
}

/* Whoever reads it gets it; what nobody will read is given up, a failure with
   a report (15). */
static void end(int n)
{
	struct promised *d = &all[n];
	int last = d->result;

	if (!has_outcome(d) || d->reader == USER)
		return;
	if (d->reader != NOBODY) {
		hand_over(n, d->reader);
		return;
	}
	d->result = NOTHING;
	if (last < 0)
		user_report(&world_of_model, last);
}

/* 11: does `from` wait, over however many, for `n`? */
static bool leads_to(int from, int n)
{
	while (from != n && from != NOBODY)
		from = all[from].waits_for;
	return from == n;
}

static void release(int n)
{
	all[n].reader = NOBODY;
	end(n);
}

/* 8; what would wait for itself stays its reader's. */
static void wait_for(int n, int inner)
{
	all[n].result = NOTHING;
	if (leads_to(inner, n)) {
		all[n].result = DEADLOCK;
		if (inner != n)
			release(inner);
		return;
	}
	all[n].waits_for = inner;
	all[inner].reader = n;
	end(inner);
}

static void take(int n, struct outcome outcome)
{
	if (outcome.give == MODEL_WAIT)
		wait_for(n, outcome.number);
	else if (outcome.give != MODEL_PASS)
		all[n].result = outcome.number;
}

/* 3, 12: one after the other, never one inside another. */
static void go_on(int n)
{
	struct promised *d = &all[n];
	const struct model_step *link;

	if (!d->fired || d->busy)
		return;
	d->busy = true;
	while (d->run < d->count && !d->pauses && d->waits_for == NOBODY) {
		link = d->links[d->run++];
		if (link->half != (d->result < 0 ? MODEL_CALLBACK :
						   MODEL_ERRBACK))
			take(n, user_link(&world_of_model, link, d->result));
	}
	d->busy = false;
	end(n);
}

static void begin(const struct model_deferreds *those)
{
	int i;

	for (i = 0; i < those->count; i++) {
		all[i] = (struct promised){ .canceller = those->cancellers[i],
					    .waits_for = NOBODY,
					    .reader = USER };
	}
}

static void add(const struct model_step *link)
{
	struct promised *d = &all[link->on];

	d->links[d->count++] = link;
	go_on(link->on);
}

static void add_table(const struct model_step *table)
{
	struct promised *d = &all[table->on];
	int i;

	for (i = 0; i < table->count; i++)
		d->links[d->count++] = &table->inside[i];
	go_on(table->on);
}

/* 20: what comes after a cancel is released. */
static void fire(int n, struct outcome outcome)
{
	if (all[n].fired) {
		if (outcome.give == MODEL_WAIT)
			release(outcome.number);
		return;
	}
	all[n].fired = true;
	take(n, outcome);
	go_on(n);
}

static void fail(int n, int kind)
{
	fire(n, (struct outcome){ MODEL_FAIL, kind });
}

/* 16 */
static void give_up(int n)
{
	fail(n, all[n].cancelling ? CANCELLED : ABANDONED);
}

/* 20, 21, 14 */
static void cancel_unfired(int n)
{
	struct promised *d = &all[n];
	bool later = false;

	if (d->cancelling)
		return;
	d->cancelling = true;
	if (d->canceller != MODEL_NONE)
		later = user_canceller(&world_of_model, n);
	d->cancelling = false;
	if (later || d->fired)
		return;
	d->canceller = MODEL_NONE; /* it was called once */
	if (d->waits_for != NOBODY)
		cancel(d->waits_for);
	else
		fail(n, CANCELLED);
}

/* 22 */
static void cancel(int n)
{
	if (!all[n].fired)
		cancel_unfired(n);
	else if (all[n].waits_for != NOBODY)
		cancel(all[n].waits_for);
}

static void pause_it(int n)
{
	all[n].pauses++;
}

static void unpause(int n)
{
	all[n].pauses--;
	go_on(n);
}

static void chain(int n, int other)
{
	if (all[other].fired) {
		release(n);
	} else if (leads_to(n, other)) {
		release(n);
		fail(other, DEADLOCK);
	} else {
		all[other].waits_for = n;
		all[n].reader = other;
		end(n);
	}
}

/* Its firing end is used up, though a chain's outcome is still to come. */
static bool has_fired(int n)
{
	return all[n].fired || all[n].waits_for != NOBODY;
}

static int result(int n)
{
	const struct promised *d = &all[n];

	return d->fired && d->waits_for == NOBODY ? d->result : NO_RESULT;
}

static int live(void)
{
	int i, values = 0;

	for (i = 0; i < world_of_model.count; i++)
		values += all[i].result > 0;
	return values;
}

static const struct world_class class = {
	.begin = begin,
	.add = add,
	.add_table = add_table,
	.fire = fire,
	.abandon = give_up,
	.cancel = cancel,
	.pause = pause_it,
	.unpause = unpause,
	.release = release,
	.chain = chain,
	.has_fired = has_fired,
	.result = result,
	.live = live,
};

struct world world_of_model = { .does = &class };
