/* SPDX-License-Identifier: MIT */
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/clock/clock_internal.h"
#include "../../deferred/coroutine/sleep.h"
#include "../../deferred/periodic.h"
#include "../support/diary.h"
#include "../support/memory.h"

static struct evert_clock *c;
static struct evert_periodic *p;
static struct evert_deferred *done; /* kept so that a test may cancel */
static struct evert_firing *slot;   /* of what a call waits for */

static void begin(void)
{
	diary_unhandled();
	c = evert_clock_create();
}

static void finish(void)
{
	evert_periodic_destroy(p);
	evert_deferred_release(done);
	evert_clock_destroy(c);
}

TestSuite(periodic, .init = begin, .fini = finish);

/* Adds the time, and how many intervals it stands for, if not one. */
static struct evert_result note(void *arg, size_t count)
{
	(void)arg;
	diary_add("%g", evert_clock_seconds(c));
	if (count != 1)
		diary_add("(%zu)", count);
	return evert_result_none();
}

static void start(evert_tick tick, double interval, bool now)
{
	p = evert_periodic_create(c, tick, NULL);
	done = evert_periodic_start(p, interval, now);
	evert_deferred_add_both(done, diary_end, "done");
}

Test(periodic, calls_at_every_interval_until_it_is_stopped)
{
	start(note, 2, false);
	evert_clock_advance(c, 7);
	cr_assert(evert_periodic_is_running(p));
	evert_periodic_stop(p);
	cr_assert(not(evert_periodic_is_running(p)));
	evert_periodic_stop(p);
	evert_clock_advance(c, 7);
	cr_assert(eq(str, diary, "2 4 6 done:nothing"));
}

Test(periodic, calls_at_once_when_asked_to)
{
	start(note, 2, true);
	cr_assert(eq(str, diary, "0 (0)"));
	evert_clock_advance(c, 2);
	cr_assert(eq(str, diary, "0 (0) 2"));
}

/* Time ends after 292 years. */
Test(periodic, calls_at_an_interval_of_which_the_time_has_only_one)
{
	start(note, 5e9, false);
	evert_clock_advance(c, 4e9);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 1e9);
	cr_assert(eq(str, diary, "5e+09"));
	evert_clock_advance(c, 4e9);
	cr_assert(eq(str, diary, "5e+09"));
}

Test(periodic, never_drifts)
{
	int i;

	start(note, 0.1, false);
	for (i = 0; i < 100; i++)
		evert_clock_advance(c, 0.25);
	diary_clear();
	evert_clock_advance(c, 0.1);
	cr_assert(eq(str, diary, "25.1"));
}

Test(periodic, what_was_missed_is_left_out_and_counted)
{
	start(note, 1, false);
	evert_clock_jump(c, 3.5);
	evert_clock_jump(c, 1.0);
	evert_clock_jump(c, 0.5);
	cr_assert(eq(str, diary, "3.5 (3) 4.5 5"));
}

static struct evert_result begin_work(void *arg, size_t count)
{
	note(arg, count);
	return evert_result_wait(evert_deferred_create(&slot));
}

Test(periodic, never_overlaps_what_its_call_waits_for)
{
	start(begin_work, 1, false);
	evert_clock_advance(c, 3.5);
	cr_assert(eq(str, diary, "1"));
	fire(&slot, 1);
	evert_clock_advance(c, 1);
	cr_assert(eq(str, diary, "1 4 (3)"));
	fire(&slot, 1);
}

static struct evert_result fail(void *arg, size_t count)
{
	note(arg, count);
	return plain_failure();
}

Test(periodic, ends_with_the_failure_of_its_call)
{
	start(fail, 1, false);
	evert_clock_advance(c, 3);
	cr_assert(eq(str, diary, "1 done:ERROR"));
	cr_assert(not(evert_periodic_is_running(p)));
}

Test(periodic, ends_with_the_failure_of_what_its_call_waits_for)
{
	start(begin_work, 1, true);
	evert_deferred_fire(&slot, plain_failure());
	evert_clock_advance(c, 3);
	cr_assert(eq(str, diary, "0 (0) done:ERROR"));
}

Test(periodic, stopped_it_waits_for_what_its_call_waits_for)
{
	start(begin_work, 1, true);
	evert_periodic_stop(p);
	cr_assert(eq(str, diary, "0 (0)"));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0 (0) done:nothing"));
}

static struct evert_result stop_inside(void *arg, size_t count)
{
	note(arg, count);
	evert_periodic_stop(p);
	return diary_value("value");
}

Test(periodic, may_be_stopped_from_inside)
{
	start(stop_inside, 1, false);
	evert_clock_advance(c, 3);
	cr_assert(eq(str, diary, "1 freed:value done:nothing"));
}

static struct evert_result destroy_inside(void *arg, size_t count)
{
	note(arg, count);
	evert_periodic_destroy(p);
	p = NULL;
	return evert_result_none();
}

/* Promise 85. */
Test(periodic, may_be_destroyed_from_inside)
{
	start(destroy_inside, 1, false);
	evert_clock_advance(c, 3);
	cr_assert(eq(str, diary, "1 done:nothing"));
}

static struct evert_result start_again(void *arg, size_t count)
{
	struct evert_deferred *d;

	note(arg, count);
	d = evert_periodic_start(p, 2, false);
	evert_deferred_add_both(d, diary_end, "again");
	evert_deferred_release(d);
	return evert_result_none();
}

Test(periodic, may_be_started_again_from_inside)
{
	start(start_again, 1, false);
	evert_clock_advance(c, 2);
	cr_assert(eq(str, diary, "1 done:nothing"));
	evert_clock_advance(c, 1);
	cr_assert(eq(str, diary, "1 done:nothing 3 again:nothing"));
}

static struct evert_result stop_again(struct evert_result *in, void *arg)
{
	evert_periodic_stop(p);
	return diary_end(in, arg);
}

Test(periodic, may_be_stopped_by_the_end_of_the_round_before)
{
	struct evert_deferred *second;

	p = evert_periodic_create(c, note, NULL);
	done = evert_periodic_start(p, 1, false);
	evert_deferred_add_both(done, stop_again, "first");
	second = evert_periodic_start(p, 1, true);
	evert_deferred_add_both(second, diary_end, "second");
	evert_deferred_release(second);
	cr_assert(eq(str, diary, "first:nothing second:nothing"));
}

/* Promise 24. */
Test(periodic, cancelled_it_cancels_what_its_call_waits_for)
{
	start(begin_work, 1, true);
	evert_deferred_cancel(done);
	cr_assert(eq(str, diary, "0 (0) done:CANCELLED"));
	cr_assert(zero(sz, evert_clock_pending(c)));
	evert_deferred_abandon(&slot);
}

Test(periodic, cancelled_between_calls_it_leaves_nothing_waiting)
{
	start(note, 1, false);
	evert_deferred_cancel(done);
	cr_assert(eq(str, diary, "done:CANCELLED"));
	cr_assert(zero(sz, evert_clock_pending(c)));
}

Test(periodic, destroyed_it_cancels_what_its_call_waits_for)
{
	start(begin_work, 1, true);
	evert_periodic_destroy(p);
	p = NULL;
	cr_assert(eq(str, diary, "0 (0) done:CANCELLED"));
	evert_deferred_abandon(&slot);
}

/* Promise 85. */
Test(periodic, fails_when_its_clock_is_destroyed)
{
	start(note, 1, false);
	evert_clock_destroy(c);
	c = NULL;
	cr_assert(eq(str, diary, "done:CLOCK_DESTROYED"));
	cr_assert(not(evert_periodic_is_running(p)));
}

/* Promise 90. */
Test(periodic, an_interval_that_is_not_finite_is_refused)
{
	start(note, NAN, true);
	cr_assert(eq(str, diary, "done:SYSTEM"));
	cr_assert(not(evert_periodic_is_running(p)));
}

Test(periodic, without_an_interval_it_is_called_whenever_the_clock_moves)
{
	start(note, -1, false);
	evert_clock_run_due(c);
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "0 0"));
	evert_periodic_stop(p);
}

static struct evert_result count_calls(void *arg, size_t count)
{
	*(size_t *)arg += count;
	return evert_result_text("x", 1);
}

static void call_some(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_periodic *mine = NULL;
	struct evert_deferred *d;
	size_t calls = 0;

	(void)arg;
	if (clock)
		mine = evert_periodic_create(clock, count_calls, &calls);
	if (mine) {
		d = evert_periodic_start(mine, 1, true);
		evert_clock_advance(clock, 3);
		evert_deferred_add_both(d, diary_end, "x");
		evert_deferred_release(d);
	}
	evert_periodic_destroy(mine);
	evert_clock_destroy(clock);
	diary_clear();
}

Test(periodic, memory_may_run_out_anywhere)
{
	fail_every_allocation(call_some, NULL);
}

/* Promise 24. */
static struct evert_result destroy_and_wait(void *arg, size_t count)
{
	struct evert_result result = begin_work(arg, count);

	evert_periodic_destroy(p);
	p = NULL;
	return result;
}

Test(periodic, destroyed_inside_it_cancels_what_its_call_then_waits_for)
{
	start(destroy_and_wait, 1, true);
	cr_assert(eq(str, diary, "0 (0) done:CANCELLED"));
	evert_deferred_abandon(&slot);
}

static void destroy_clock(void)
{
	evert_clock_destroy(c);
	c = NULL;
}

/* Promise 85. */
Test(periodic, p85_the_clock_may_end_while_it_waits_for_its_call)
{
	start(begin_work, 1, true);
	destroy_clock();
	cr_assert(evert_periodic_is_running(p) == false);
	evert_deferred_fire(&slot, evert_result_none());
	cr_assert(eq(str, diary, "0 (0) done:CLOCK_DESTROYED"));
}

static struct evert_result clock_ends(struct evert_result *in, void *arg)
{
	(void)arg;
	destroy_clock();
	return *in;
}

static struct evert_result work_ends(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	evert_deferred_fire(&slot, evert_result_none());
	return evert_result_none();
}

/* As a sleep that begins then. */
Test(periodic, p85_what_its_call_waits_for_may_end_while_the_clock_does)
{
	struct evert_deferred *first = evert_clock_sleep(c, 1);
	struct evert_deferred *second = evert_clock_sleep(c, 2);

	start(begin_work, 1, true);
	evert_deferred_add_both(first, work_ends, NULL);
	evert_deferred_release(first);
	evert_deferred_add_both(second, diary_end, "second");
	evert_deferred_release(second);
	destroy_clock();
	cr_assert(eq(str, diary, "0 (0) done:CLOCK_DESTROYED "
				 "second:CLOCK_DESTROYED"));
}

static struct evert_result start_now(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	start(note, 1, true);
	return evert_result_none();
}

Test(periodic, p85_started_while_its_clock_ends_it_calls_nothing)
{
	struct evert_deferred *sleep = evert_clock_sleep(c, 1);

	evert_deferred_add_both(sleep, start_now, NULL);
	evert_deferred_release(sleep);
	destroy_clock();
	cr_assert(eq(str, diary, "done:CLOCK_DESTROYED"));
}

Test(periodic, p85_the_clock_may_end_where_the_round_before_does)
{
	struct evert_deferred *second;

	p = evert_periodic_create(c, note, NULL);
	done = evert_periodic_start(p, 1, false);
	evert_deferred_add_both(done, clock_ends, NULL);
	second = evert_periodic_start(p, 1, true);
	evert_deferred_add_both(second, diary_end, "second");
	evert_deferred_release(second);
	cr_assert(eq(str, diary, "second:CLOCK_DESTROYED"));
}

static struct evert_result wait_for_the_end(void *arg, size_t count)
{
	(void)arg;
	(void)count;
	return evert_result_wait(done);
}

Test(periodic, p88_a_call_that_waits_for_the_end_of_the_calls)
{
	struct evert_deferred *outer = evert_deferred_create(&slot);

	p = evert_periodic_create(c, wait_for_the_end, NULL);
	done = evert_periodic_start(p, 1, false);
	evert_deferred_add_both(done, diary_end, "done");
	evert_clock_advance(c, 1);
	cr_assert(eq(str, diary, "done:DEADLOCK"));
	evert_deferred_fire(&slot, evert_result_none());
	done = outer;
}

/* ---- One waits for another ---- */

enum { DEEP = 50000 };

static struct evert_periodic *nested[DEEP];

static struct evert_result wait_for_inner(void *arg, size_t count)
{
	(void)arg;
	(void)count;
	return evert_result_wait(done);
}

static void nest(void)
{
	int i;

	done = evert_deferred_create(&slot);
	for (i = 0; i < DEEP; i++) {
		nested[i] = evert_periodic_create(c, wait_for_inner, NULL);
		done = evert_periodic_start(nested[i], 1, true);
	}
	evert_deferred_add_both(done, diary_end, "done");
}

static void destroy_nested(void)
{
	int i;

	for (i = 0; i < DEEP; i++)
		evert_periodic_destroy(nested[i]);
}

static void *fail_innermost(void *arg)
{
	(void)arg;
	evert_deferred_fire(&slot, plain_failure());
	return NULL;
}

static void *cancel_outermost(void *arg)
{
	(void)arg;
	evert_deferred_cancel(done);
	return NULL;
}

Test(periodic, p87_a_failure_passes_through_however_many)
{
	nest();
	run_on_small_stack(fail_innermost, NULL);
	cr_assert(eq(str, diary, "done:ERROR"));
	destroy_nested();
}

Test(periodic, p87_a_cancel_passes_through_however_many)
{
	nest();
	run_on_small_stack(cancel_outermost, NULL);
	cr_assert(eq(str, diary, "done:CANCELLED"));
	destroy_nested();
	evert_deferred_abandon(&slot);
}
