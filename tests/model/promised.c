/* SPDX-License-Identifier: MIT */
/* Numbers are those of the contract's statements. */
#include "promised.h"

#include <stdlib.h>

enum {
	USER = -2,
	WAITER = -3,
	LINKS = MODEL_LINKS + 4
};

static struct promised {
	bool fired, busy, cancelling;
	const struct promised_work *work;
	int arg;
	int result;
	int pauses;
	int waits_for; /* also the one whose outcome a chain will fire it with
			*/
	int reader;    /* who gets the outcome */
	struct promised_waiter waiter;
	struct promised_link links[LINKS];
	int run, count;
} all[PROMISED];

static int made;
static void (*report)(int failure);
static void (*dropped)(int result);

static void go_on(int n);

void promised_begin(void (*reports)(int failure), void (*drops)(int result))
{
	made = 0;
	report = reports;
	dropped = drops;
}

int promised_create(const struct promised_work *work, int arg)
{
	struct promised *d = &all[made];

	if (made == PROMISED)
		abort();
	d->fired = d->busy = d->cancelling = false;
	d->work = work;
	d->arg = arg;
	d->result = NOTHING;
	d->pauses = d->run = d->count = 0;
	d->waits_for = NOBODY;
	d->reader = USER;
	return made++;
}

/* ---- The outcome ---- */

static bool has_outcome(const struct promised *d)
{
	return d->fired && !d->busy && !d->pauses && d->waits_for == NOBODY &&
	       d->run == d->count;
}

int promised_take(int n)
{
	int result = all[n].result;

	all[n].result = NOTHING;
	return result;
}

static void drop(int result)
{
	if (result > 0 && dropped)
		dropped(result);
}

static int take_result(struct promised *d)
{
	int result = d->result;

	d->result = NOTHING; /* 9 */
	d->reader = NOBODY;
	return result;
}

static void hand_over(int n, int outer)
{
	struct promised *out = &all[outer];

	out->waits_for = NOBODY;
	out->fired = true;
	out->result = take_result(&all[n]);
	go_on(outer);
}

/* Whoever reads it gets it; what nobody will read is given up, a failure with
   a report (15), but not while it is being cancelled: it stays until then. */
static void end(int n)
{
	struct promised *d = &all[n];
	int last = d->result;

	if (!has_outcome(d) || d->reader == USER)
		return;
	if (d->reader == WAITER) {
		last = take_result(d);
		d->waiter.deliver(d->waiter.arg, last);
	} else if (d->reader != NOBODY) {
		hand_over(n, d->reader);
	} else if (!d->cancelling) {
		d->result = NOTHING;
		if (last < 0)
			report(last);
		drop(last);
	}
}

void promised_release(int n)
{
	if (n == NOBODY)
		return;
	all[n].reader = NOBODY;
	end(n);
}

/* ---- Waiting ---- */

/* The k-th that it waits for. */
static int inner_of(int n, int k)
{
	const struct promised *d = &all[n];

	if (d->waits_for != NOBODY)
		return k ? NOBODY : d->waits_for;
	if (d->fired || !d->work || !d->work->waits_for)
		return NOBODY;
	return d->work->waits_for(d->arg, k);
}

/* 11: does `from` wait, over however many, for `n`? */
static bool leads_to(int from, int n)
{
	int k, inner;

	if (from == n)
		return true;
	for (k = 0; (inner = inner_of(from, k)) != NOBODY; k++) {
		if (leads_to(inner, n))
			return true;
	}
	return false;
}

bool promised_closes_ring(int n, int inner)
{
	return leads_to(inner, n);
}

/* 8; what would wait for itself stays its reader's. */
static void wait_for(int n, int inner)
{
	all[n].result = NOTHING;
	if (inner == NOBODY) {
		all[n].result = NO_MEMORY;
		return;
	}
	if (leads_to(inner, n)) {
		all[n].result = DEADLOCK;
		if (inner != n)
			promised_release(inner);
		return;
	}
	all[n].waits_for = inner;
	all[inner].reader = n;
	end(inner);
}

bool promised_wait(int n, struct promised_waiter waiter, int *outcome)
{
	struct promised *d;

	if (n == NOBODY) {
		*outcome = NO_MEMORY;
		return true;
	}
	d = &all[n];
	if (has_outcome(d)) {
		*outcome = take_result(d);
		return true;
	}
	if (waiter.outer != NOBODY && leads_to(n, waiter.outer)) {
		*outcome = DEADLOCK;
		promised_release(n);
		return true;
	}
	d->reader = WAITER;
	d->waiter = waiter;
	return false;
}

void promised_break_ring(int n, int inner)
{
	struct promised *d = &all[n];
	int outer = d->reader;

	if ((outer != WAITER && outer < 0) || !leads_to(inner, n))
		return;
	d->reader = NOBODY;
	if (outer == WAITER) {
		d->waiter.deliver(d->waiter.arg, DEADLOCK);
		return;
	}
	all[outer].waits_for = NOBODY;
	all[outer].result = DEADLOCK;
	go_on(outer);
}

/* ---- The chain ---- */

static void take(int n, struct outcome outcome)
{
	int before = all[n].result;

	if (outcome.give == MODEL_PASS)
		return;
	if (outcome.give == MODEL_WAIT)
		wait_for(n, outcome.number);
	else
		all[n].result = outcome.number;
	drop(before);
}

static void run_link(int n, const struct promised_link *link)
{
	struct promised *d = &all[n];
	int before = d->result;

	if (link->starved && before >= 0) {
		d->result = NO_MEMORY;
		drop(before);
	}
	if (link->half != (d->result < 0 ? MODEL_CALLBACK : MODEL_ERRBACK))
		take(n, link->run(link->arg, d->result));
}

/* 3, 12: one after the other, never one inside another. */
static void go_on(int n)
{
	struct promised *d = &all[n];

	if (!d->fired || d->busy)
		return;
	d->busy = true;
	while (d->run < d->count && !d->pauses && d->waits_for == NOBODY)
		run_link(n, &d->links[d->run++]);
	d->busy = false;
	end(n);
}

void promised_add(int n, struct promised_link link)
{
	struct promised *d = &all[n];

	if (d->count == LINKS)
		abort();
	d->links[d->count++] = link;
	go_on(n);
}

void promised_pause(int n)
{
	all[n].pauses++;
}

void promised_unpause(int n)
{
	all[n].pauses--;
	go_on(n);
}

/* ---- The firing end ---- */

/* 20: what comes after a cancel is released. */
void promised_fire(int n, struct outcome outcome)
{
	if (all[n].fired) {
		if (outcome.give == MODEL_WAIT)
			promised_release(outcome.number);
		else if (outcome.give == MODEL_VALUE)
			drop(outcome.number);
		return;
	}
	all[n].fired = true;
	take(n, outcome);
	go_on(n);
}

void promised_fail(int n, int kind)
{
	promised_fire(n, (struct outcome){ MODEL_FAIL, kind });
}

/* 16 */
void promised_give_up(int n)
{
	promised_fail(n, all[n].cancelling ? CANCELLED : ABANDONED);
}

void promised_chain(int n, int other)
{
	if (all[other].fired) {
		promised_release(n);
	} else if (leads_to(n, other)) {
		promised_release(n);
		promised_fail(other, DEADLOCK);
	} else {
		all[other].waits_for = n;
		all[n].reader = other;
		end(n);
	}
}

/* ---- Cancelling ---- */

/* 20, 21, 14 */
static void cancel_unfired(int n)
{
	struct promised *d = &all[n];
	bool later = false;

	if (d->cancelling)
		return;
	d->cancelling = true;
	if (d->work && d->work->cancel)
		later = d->work->cancel(d->arg);
	d->cancelling = false;
	end(n);
	if (later || d->fired)
		return;
	d->work = NULL; /* it was called once */
	if (d->waits_for != NOBODY)
		promised_cancel(d->waits_for);
	else
		promised_fail(n, CANCELLED);
}

/* One that walks through what it waits for is told of another cancel, too. */
static void cancel_joint(int n)
{
	struct promised *d = &all[n];
	bool outermost = d->work->walks && !d->cancelling;

	if (outermost)
		d->cancelling = true;
	d->work->cancel(d->arg);
	if (!outermost)
		return;
	d->cancelling = false;
	end(n);
}

/* 22 */
void promised_cancel(int n)
{
	struct promised *d;

	if (n == NOBODY)
		return;
	d = &all[n];
	if (d->fired && d->waits_for != NOBODY)
		promised_cancel(d->waits_for);
	else if (!d->fired && d->work && d->work->is_joint)
		cancel_joint(n);
	else if (!d->fired)
		cancel_unfired(n);
}

/* ---- Looking at it ---- */

/* Its firing end is used up, though a chain's outcome is still to come. */
bool promised_has_fired(int n)
{
	return all[n].fired || all[n].waits_for != NOBODY;
}

int promised_result(int n)
{
	const struct promised *d = &all[n];

	return d->fired && d->waits_for == NOBODY ? d->result : NO_RESULT;
}

int promised_live(void)
{
	int i, values = 0;

	for (i = 0; i < made; i++)
		values += all[i].result > 0;
	return values;
}
