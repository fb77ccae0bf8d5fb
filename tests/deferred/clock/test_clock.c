/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/clock/clock_internal.h"
#include "../../support/death.h"
#include "../../support/diary.h"
#include "../../support/memory.h"

#define YEAR 31556952.0

static struct evert_clock *c;

static void begin(void)
{
	c = evert_clock_create();
}

static void finish(void)
{
	evert_clock_destroy(c);
}

TestSuite(clock, .init = begin, .fini = finish);

static void note(void *name)
{
	diary_add("%s", (char *)name);
}

/* Adds the name and the time. */
static void note_time(void *name)
{
	diary_add("%s@%g", (char *)name, evert_clock_seconds(c));
}

static struct evert_delayed_call later(double seconds, char *name)
{
	return evert_clock_call_later(c, seconds, note, name);
}

/* ---- Running ---- */

Test(clock, stands_still_until_it_is_advanced)
{
	later(1.0, "a");
	cr_assert(eq(dbl, evert_clock_seconds(c), 0.0));
	evert_clock_advance(c, 0.5);
	cr_assert(eq(dbl, evert_clock_seconds(c), 0.5));
	cr_assert(eq(str, diary, ""));
}

Test(clock, a_call_runs_once_when_its_time_has_come)
{
	later(1.0, "a");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a"));
	evert_clock_advance(c, 10.0);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, calls_run_in_the_order_of_their_times)
{
	later(3.0, "c");
	later(1.0, "a");
	later(2.0, "b");
	evert_clock_advance(c, 5.0);
	cr_assert(eq(str, diary, "a b c"));
}

Test(clock, each_call_runs_at_its_own_time)
{
	evert_clock_call_later(c, 3.0, note_time, "b");
	evert_clock_call_later(c, 1.0, note_time, "a");
	evert_clock_advance(c, 5.0);
	cr_assert(eq(str, diary, "a@1 b@3"));
	cr_assert(eq(dbl, evert_clock_seconds(c), 5.0));
}

Test(clock, small_steps_add_up_exactly)
{
	int i;

	later(0.3, "a");
	for (i = 0; i < 3; i++)
		evert_clock_advance(c, 0.1);
	cr_assert(eq(str, diary, "a"));
	cr_assert(eq(dbl, evert_clock_seconds(c), 0.3));
}

static void make_another(void *name)
{
	note_time(name);
	evert_clock_call_later(c, 1.0, note_time, "made");
}

Test(clock, calls_made_on_the_way_run_at_their_own_time)
{
	evert_clock_call_later(c, 1.0, make_another, "a");
	evert_clock_call_later(c, 3.0, note_time, "b");
	evert_clock_advance(c, 5.0);
	cr_assert(eq(str, diary, "a@1 made@2 b@3"));
}

Test(clock, counts_the_calls_that_wait)
{
	struct evert_delayed_call call = later(1.0, "a");

	later(2.0, "b");
	later(3.0, "c");
	cr_assert(eq(sz, evert_clock_pending(c), 3));
	evert_delayed_call_cancel(call);
	cr_assert(eq(sz, evert_clock_pending(c), 2));
	evert_clock_advance(c, 2.0);
	cr_assert(eq(sz, evert_clock_pending(c), 1));
}

/* ---- Ties ---- */

Test(clock, p37_calls_due_at_the_same_instant_run_in_the_order_they_were_made)
{
	later(1.0, "a");
	later(1.0, "b");
	later(1.0, "c");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a b c"));
}

Test(clock, p37_ties_of_calls_made_at_different_times_keep_their_order)
{
	later(2.0, "a");
	evert_clock_advance(c, 1.0);
	later(1.0, "b");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a b"));
}

static int64_t last_run;

static void expect_next(void *number)
{
	int64_t *now = number;

	cr_assert(eq(i64, *now, last_run + 1));
	last_run = *now;
}

Test(clock, p37_a_thousand_at_one_instant_keep_their_order)
{
	static int64_t numbers[1000];
	int64_t i;

	for (i = 0; i < 1000; i++) {
		numbers[i] = i + 1;
		evert_clock_call_later(c, 1.0, expect_next, &numbers[i]);
	}
	evert_clock_advance(c, 1.0);
	cr_assert(eq(i64, last_run, 1000));
}

Test(clock, p37_a_call_that_was_moved_keeps_its_place_among_ties)
{
	struct evert_delayed_call first = later(5.0, "a");
	struct evert_delayed_call last;

	later(2.0, "b");
	last = later(1.0, "c");
	evert_delayed_call_reset(first, 2.0); /* earlier */
	evert_delayed_call_reset(last, 2.0);  /* later */
	evert_clock_advance(c, 2.0);
	cr_assert(eq(str, diary, "a b c"));
}

Test(clock, p37_ties_keep_their_order_while_others_are_cancelled)
{
	struct evert_delayed_call calls[300];
	static int64_t numbers[300];
	int64_t i, kept = 0;

	for (i = 0; i < 300; i++)
		calls[i] = evert_clock_call_later(c, 1.0, expect_next,
						  &numbers[i]);
	for (i = 0; i < 300; i++)
		if (i % 7)
			evert_delayed_call_cancel(calls[i]);
		else
			numbers[i] = ++kept;
	evert_clock_advance(c, 1.0);
	cr_assert(eq(i64, last_run, kept));
}

/* ---- Turns: what a reactor's loop does with a clock ---- */

static void call_at_once(void *name)
{
	note(name);
	later(0.0, "made");
}

Test(clock, p38_a_call_made_inside_a_call_waits_for_the_next_turn)
{
	evert_clock_call_later(c, 0.0, call_at_once, "a");
	later(0.0, "b");
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a b"));
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a b made"));
}

Test(clock, p38_a_late_turn_runs_what_was_due_before_what_is_made_in_it)
{
	evert_clock_call_later(c, 1.0, call_at_once, "a");
	later(2.0, "b");
	c->now = 3000000000; /* the loop was held up */
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a b"));
}

static struct evert_delayed_call target;

static void cancel_target(void *name)
{
	note(name);
	evert_delayed_call_cancel(target);
}

Test(clock, p39_a_call_cancelled_by_an_earlier_one_of_its_instant_does_not_run)
{
	evert_clock_call_later(c, 1.0, cancel_target, "a");
	target = later(1.0, "b");
	later(1.0, "c");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a c"));
}

Test(clock, p39_a_call_cancelled_by_an_earlier_one_of_its_turn_does_not_run)
{
	evert_clock_call_later(c, 1.0, cancel_target, "a");
	target = later(2.0, "b");
	c->now = 3000000000;
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a"));
	cr_assert(zero(sz, evert_clock_pending(c)));
}

static void delay_target(void *name)
{
	note(name);
	evert_delayed_call_delay(target, 5.0);
}

Test(clock, p39_a_call_moved_by_an_earlier_one_of_its_instant_runs_later)
{
	evert_clock_call_later(c, 1.0, delay_target, "a");
	target = evert_clock_call_later(c, 1.0, note_time, "b");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a"));
	evert_clock_advance(c, 5.0);
	cr_assert(eq(str, diary, "a b@6"));
}

/* ---- Cancelling and moving ---- */

Test(clock, p40_a_cancelled_call_does_not_run)
{
	struct evert_delayed_call call = later(1.0, "a");

	cr_assert(evert_delayed_call_active(call));
	cr_assert(zero(int, evert_delayed_call_cancel(call)));
	cr_assert(not(evert_delayed_call_active(call)));
	evert_clock_advance(c, 2.0);
	cr_assert(eq(str, diary, ""));
}

Test(clock, p40_reset_moves_a_call_later)
{
	struct evert_delayed_call call = later(1.0, "a");

	evert_clock_advance(c, 0.5);
	cr_assert(zero(int, evert_delayed_call_reset(call, 3.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 3.5));
	evert_clock_advance(c, 2.9);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 0.1);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p40_reset_moves_a_call_earlier)
{
	struct evert_delayed_call call = later(10.0, "a");

	cr_assert(zero(int, evert_delayed_call_reset(call, 1.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 1.0));
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a"));
	evert_clock_advance(c, 20.0);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p40_a_call_may_be_moved_there_and_back)
{
	struct evert_delayed_call call = later(5.0, "a");

	evert_delayed_call_reset(call, 9.0);
	evert_delayed_call_reset(call, 2.0);
	evert_delayed_call_reset(call, 7.0);
	evert_delayed_call_reset(call, 4.0);
	evert_clock_advance(c, 3.9);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 0.1);
	cr_assert(eq(str, diary, "a"));
	evert_clock_advance(c, 10.0);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p45_of_two_clocks_each_moves_its_own_calls)
{
	struct evert_clock *other;
	struct evert_delayed_call call = later(1.0, "a");

	other = evert_clock_create();
	evert_clock_advance(other, 100.0);
	cr_assert(eq(int, evert_delayed_call_reset(call, 2.0), 0));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 2.0));
	cr_assert(eq(int, evert_delayed_call_reset(call, 0.5), 0));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 0.5));
	evert_clock_advance(other, 100.0);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 0.5);
	cr_assert(eq(str, diary, "a"));
	evert_clock_destroy(other);
}

Test(clock, p40_delay_counts_from_when_it_was_due)
{
	struct evert_delayed_call call = later(2.0, "a");

	evert_clock_advance(c, 1.0);
	cr_assert(zero(int, evert_delayed_call_delay(call, 3.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 5.0));
	evert_clock_advance(c, 3.9);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 0.1);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p40_asking_the_time_is_exact_at_once)
{
	struct evert_delayed_call call = later(0.1, "a");

	cr_assert(eq(dbl, evert_delayed_call_time(call), 0.1));
	evert_delayed_call_reset(call, 0.7);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 0.7));
	evert_delayed_call_reset(call, 0.3);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 0.3));
	evert_delayed_call_delay(call, 0.1);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 0.4));
}

Test(clock, p40_the_next_call_is_exact_after_a_move)
{
	struct evert_delayed_call call = later(1.0, "a");

	later(2.0, "b");
	evert_delayed_call_reset(call, 3.0);
	cr_assert(eq(i64, evert_clock_next(c), 2000000000));
	evert_delayed_call_reset(call, 0.5);
	cr_assert(eq(i64, evert_clock_next(c), 500000000));
	evert_delayed_call_cancel(call);
	cr_assert(eq(i64, evert_clock_next(c), 2000000000));
}

Test(clock, p40_with_only_cancelled_calls_there_is_no_next)
{
	evert_delayed_call_cancel(later(1.0, "a"));
	evert_delayed_call_cancel(later(2.0, "b"));
	cr_assert(eq(i64, evert_clock_next(c), EVERT_CLOCK_NEVER));
}

static void assert_refused(struct evert_delayed_call call)
{
	cr_assert(not(evert_delayed_call_active(call)));
	cr_assert(eq(int, evert_delayed_call_cancel(call), -ENOENT));
	cr_assert(eq(int, evert_delayed_call_reset(call, 1.0), -ENOENT));
	cr_assert(eq(int, evert_delayed_call_delay(call, 1.0), -ENOENT));
	cr_assert(isnan(evert_delayed_call_time(call)));
}

Test(clock, p40_on_a_call_that_has_run_they_are_refused)
{
	struct evert_delayed_call call = later(1.0, "a");

	evert_clock_advance(c, 1.0);
	assert_refused(call);
	evert_clock_advance(c, 10.0);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p40_on_a_call_that_was_cancelled_they_are_refused)
{
	struct evert_delayed_call call = later(1.0, "a");

	evert_delayed_call_cancel(call);
	assert_refused(call);
	cr_assert(zero(sz, evert_clock_pending(c)));
}

Test(clock, p40_all_zero_names_no_call)
{
	assert_refused((struct evert_delayed_call){ NULL, 0 });
}

Test(clock, p40_an_old_handle_does_not_touch_the_call_that_took_its_place)
{
	struct evert_delayed_call old = later(1.0, "old"), call;
	int i = 0;

	evert_delayed_call_cancel(old);
	while (call = later(2.0, "new"), call.timer != old.timer) {
		cr_assert(lt(int, i++, 1000)); /* or this tests nothing */
		evert_delayed_call_cancel(call);
	}
	assert_refused(old);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 2.0));
	evert_clock_advance(c, 2.0);
	cr_assert(eq(str, diary, "new"));
}

static void use_own_handle(void *name)
{
	note(name);
	assert_refused(target);
}

Test(clock, p40_while_it_runs_a_call_counts_as_run)
{
	target = evert_clock_call_later(c, 1.0, use_own_handle, "a");
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a"));
}

static void call_again(void *name)
{
	note_time(name);
	if (evert_clock_seconds(c) < 3.0)
		target = evert_clock_call_later(c, 1.0, call_again, name);
}

Test(clock, p40_a_call_may_make_itself_again)
{
	evert_clock_call_later(c, 1.0, call_again, "a");
	evert_clock_advance(c, 10.0);
	cr_assert(eq(str, diary, "a@1 a@2 a@3"));
}

/* ---- What is refused ---- */

static void assert_delay_refused(double seconds)
{
	struct evert_delayed_call call;

	errno = 0;
	call = later(seconds, "never");
	cr_assert(zero(ptr, call.timer));
	cr_assert(eq(int, errno, EINVAL));
	cr_assert(zero(sz, evert_clock_pending(c)));
}

Test(clock, p41_delays_that_are_not_finite_are_refused)
{
	assert_delay_refused(-INFINITY);
	assert_delay_refused(INFINITY);
	assert_delay_refused(NAN);
}

Test(clock, p41_a_refused_move_changes_nothing)
{
	struct evert_delayed_call call = later(1.0, "a");

	cr_assert(eq(int, evert_delayed_call_reset(call, NAN), -EINVAL));
	cr_assert(eq(int, evert_delayed_call_delay(call, NAN), -EINVAL));
	cr_assert(eq(int, evert_delayed_call_reset(call, -INFINITY), -EINVAL));
	cr_assert(eq(int, evert_delayed_call_delay(call, INFINITY), -EINVAL));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 1.0));
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a"));
}

Test(clock, p41_a_delay_of_a_thousand_years_is_fine)
{
	struct evert_delayed_call call = later(1000 * YEAR, "far");

	cr_assert(evert_delayed_call_active(call));
	cr_assert(gt(dbl, evert_delayed_call_time(call), 292 * YEAR));
	later(1.0, "near");
	evert_clock_advance(c, 290 * YEAR);
	cr_assert(eq(str, diary, "near"));
	cr_assert(evert_delayed_call_active(call));
}

Test(clock, p41_a_delay_of_a_thousand_years_comes_to_its_end)
{
	later(1000 * YEAR, "far");
	evert_clock_advance(c, 1000 * YEAR);
	cr_assert(eq(str, diary, "far"));
}

Test(clock, p41_the_longest_delay_there_is_is_fine)
{
	struct evert_delayed_call call = later(1.7976931348623157e308, "far");

	cr_assert(evert_delayed_call_active(call));
	cr_assert(zero(int, evert_delayed_call_delay(call, YEAR)));
	cr_assert(zero(int, evert_delayed_call_reset(call, 1.0)));
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "far"));
}

Test(clock, p41_no_delay_runs_when_the_clock_next_moves)
{
	later(0.0, "a");
	later(-0.0, "b");
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 0.0);
	cr_assert(eq(str, diary, "a b"));
}

Test(clock, p90_a_negative_delay_is_due_now)
{
	evert_clock_advance(c, 5.0);
	evert_clock_call_later(c, -0.001, note_time, "a");
	evert_clock_call_later(c, -1e300, note_time, "b");
	evert_clock_call_later(c, 0.0, note_time, "c");
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "a@5 b@5 c@5"));
}

Test(clock, p90_a_reset_by_a_negative_time_is_due_now)
{
	struct evert_delayed_call call = evert_clock_call_later(
		c, 9.0, note_time, "a");

	evert_clock_advance(c, 2.0);
	cr_assert(zero(int, evert_delayed_call_reset(call, -3.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 2.0));
	evert_clock_advance(c, 0.0);
	cr_assert(eq(str, diary, "a@2"));
}

Test(clock, p90_a_negative_delay_moves_a_call_earlier_but_not_before_now)
{
	struct evert_delayed_call call = evert_clock_call_later(
		c, 9.0, note_time, "a");

	evert_clock_advance(c, 2.0);
	cr_assert(zero(int, evert_delayed_call_delay(call, -3.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 6.0));
	cr_assert(zero(int, evert_delayed_call_delay(call, -30.0)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 2.0));
	cr_assert(zero(int, evert_delayed_call_delay(call, -1e300)));
	evert_clock_advance(c, 0.0);
	cr_assert(eq(str, diary, "a@2"));
}

Test(clock, p90_what_is_overdue_is_not_moved_later_by_moving_it_earlier)
{
	struct evert_delayed_call call = later(1.0, "a");

	c->now = 3000000000;
	cr_assert(zero(int, evert_delayed_call_delay(call, -0.5)));
	cr_assert(eq(dbl, evert_delayed_call_time(call), 1.0));
}

static int times_called;

static void call_again_after_next_to_nothing(void *arg)
{
	times_called++;
	evert_clock_call_later(c, 1e-12, call_again_after_next_to_nothing,
			       arg);
}

Test(clock, p90_next_to_nothing_is_a_nanosecond)
{
	struct evert_delayed_call call = later(1e-300, "a");

	cr_assert(eq(dbl, evert_delayed_call_time(call), 1e-9));
	evert_delayed_call_delay(call, 0.4e-9);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 2e-9));
	evert_delayed_call_reset(call, 0.4e-9);
	cr_assert(eq(dbl, evert_delayed_call_time(call), 1e-9));
	evert_delayed_call_cancel(call);
	call_again_after_next_to_nothing(NULL);
	evert_clock_advance(c, 100e-9);
	cr_assert(eq(int, times_called, 101));
}

/* ---- A clock that is late ---- */

Test(clock, after_a_jump_what_was_due_runs_late)
{
	evert_clock_call_later(c, 3.0, note_time, "b");
	evert_clock_call_later(c, 1.0, note_time, "a");
	evert_clock_call_later(c, 9.0, note_time, "c");
	evert_clock_jump(c, 5.0);
	cr_assert(eq(str, diary, "a@5 b@5"));
	evert_clock_advance(c, 5.0);
	cr_assert(eq(str, diary, "a@5 b@5 c@9"));
}

Test(clock, what_a_late_call_asks_for_counts_from_then)
{
	evert_clock_call_later(c, 1.0, make_another, "a");
	evert_clock_jump(c, 5.0);
	cr_assert(eq(str, diary, "a@5"));
	evert_clock_jump(c, 1.0);
	cr_assert(eq(str, diary, "a@5 made@6"));
}

Test(clock, p37_a_jump_keeps_the_order_of_times_and_of_making)
{
	later(2.0, "c");
	later(1.0, "a");
	later(2.0, "d");
	later(1.0, "b");
	evert_clock_jump(c, 100.0);
	cr_assert(eq(str, diary, "a b c d"));
}

static void delay_a_little(void *name)
{
	note(name);
	evert_delayed_call_delay(target, 20e-9);
}

Test(clock, p37_what_a_late_call_moves_later_is_in_order_with_what_is_due)
{
	evert_clock_call_later(c, 5000e-9, delay_a_little, "a");
	target = later(5010e-9, "c");
	later(5040e-9, "e");
	later(5030e-9, "d");
	later(5020e-9, "b");
	evert_clock_jump(c, 1.0);
	cr_assert(eq(str, diary, "a b c d e"));
}

static void jump_inside(void *arg)
{
	(void)arg;
	evert_clock_jump(c, 1.0);
}

Test(clock, jumping_from_inside_a_call_is_a_bug, .signal = SIGABRT)
{
	evert_clock_call_later(c, 1.0, jump_inside, NULL);
	evert_clock_advance(c, 1.0);
}

/* ---- The time goes on while calls run ---- */

static int64_t real_time;

static int64_t read_real_time(struct evert_clock *clock)
{
	(void)clock;
	return real_time;
}

static void work_for_300_ms(void *name)
{
	note(name);
	real_time += 300000000;
	target = evert_clock_call_later(c, 0.2, note, "made");
}

Test(clock, p90_relative_time_counts_from_the_call)
{
	c->read = read_real_time;
	evert_clock_call_later(c, 0.0, work_for_300_ms, "a");
	evert_clock_run_due(c);
	cr_assert(eq(dbl, evert_delayed_call_time(target), 0.5));
	evert_delayed_call_reset(target, 0.4);
	cr_assert(eq(dbl, evert_delayed_call_time(target), 0.7));
}

Test(clock, p38_what_comes_due_while_calls_run_waits_for_the_next_turn)
{
	c->read = read_real_time;
	evert_clock_call_later(c, 0.0, work_for_300_ms, "a");
	later(0.1, "b");
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a"));
	evert_clock_refresh(c);
	evert_clock_run_due(c);
	cr_assert(eq(str, diary, "a b"));
}

/* ---- The processor's ticks ---- */

static double asked_in(double seconds, int64_t passed)
{
	real_time += passed;
	target = evert_clock_call_later(c, seconds, note, "asked");
	return evert_delayed_call_time(target);
}

static void hold_for(uint64_t ticks)
{
	evert_delayed_call_cancel(later(1, "makes room"));
	c->read = read_real_time;
	evert_clock_hold(c, ticks);
	evert_clock_refresh(c);
}

Test(clock, p90_the_time_is_taken_to_be_the_same_for_some_ticks)
{
	hold_for(UINT64_MAX);
	cr_assert(eq(dbl, asked_in(0.2, 300), 0.2));
	evert_delayed_call_reset(target, 0.4);
	cr_assert(eq(dbl, evert_delayed_call_time(target), 0.4));
}

Test(clock, p90_the_time_is_read_again_when_the_ticks_are_over)
{
	hold_for(1000);
	c->ticks = evert_ticks() - 1000;
	cr_assert(eq(dbl, asked_in(0.2, 300000000), 0.5));
	c->ticks = evert_ticks() - 1000;
	real_time += 100000000;
	evert_delayed_call_reset(target, 0.2);
	cr_assert(eq(dbl, evert_delayed_call_time(target), 0.6));
}

Test(clock, p90_ticks_that_went_back_hold_nothing)
{
	hold_for(1000);
	c->ticks = evert_ticks() + UINT32_MAX;
	cr_assert(eq(dbl, asked_in(0.2, 300000000), 0.5));
}

Test(clock, who_asks_for_the_time_has_it_read)
{
	hold_for(UINT64_MAX);
	real_time = 300;
	cr_assert(eq(dbl, evert_clock_seconds(c), 300e-9));
	cr_assert(epsilon_eq(dbl, asked_in(0.2, 0), 0.2 + 300e-9, 1e-12));
}

/* ---- A caller's bugs ---- */

static void advance_inside(void *arg)
{
	(void)arg;
	evert_clock_advance(c, 1.0);
}

Test(clock, advancing_from_inside_a_call_is_a_bug, .signal = SIGABRT)
{
	evert_clock_call_later(c, 1.0, advance_inside, NULL);
	evert_clock_advance(c, 1.0);
}

static void destroy_inside(void *arg)
{
	(void)arg;
	evert_clock_destroy(c);
}

Test(clock, destroying_from_inside_a_call_is_a_bug, .signal = SIGABRT)
{
	evert_clock_call_later(c, 1.0, destroy_inside, NULL);
	evert_clock_advance(c, 1.0);
}

static void advance_backwards(void *arg)
{
	(void)arg;
	evert_clock_advance(c, -1.0);
}

Test(clock, p41_advancing_backwards_is_a_bug)
{
	dies(advance_backwards, NULL, SIGABRT,
	     "evert_clock_advance(-1): a clock moves forward");
}

static void advance_what_is_read(void *arg)
{
	(void)arg;
	c->read = read_real_time;
	evert_clock_advance(c, 1.0);
}

static void jump_what_is_read(void *arg)
{
	(void)arg;
	c->read = read_real_time;
	evert_clock_jump(c, 1.0);
}

Test(clock, moving_a_clock_that_is_a_reactors_is_a_bug)
{
	dies(advance_what_is_read, NULL, SIGABRT,
	     "evert_clock_advance was called for a reactor's clock");
	dies(jump_what_is_read, NULL, SIGABRT,
	     "evert_clock_jump was called for a reactor's clock");
}

static void call_nothing(void *arg)
{
	(void)arg;
	evert_clock_call_later(c, 1.0, NULL, NULL);
}

Test(clock, a_call_that_is_none_is_a_bug)
{
	dies(call_nothing, NULL, SIGABRT,
	     "evert_clock_call_later was given no call");
}

/* ---- Memory ---- */

Test(clock, destroyed_it_drops_the_calls_that_wait)
{
	struct evert_clock *other;
	int i;

	failing_allocator_start(0, false);
	other = evert_clock_create();
	for (i = 0; i < 1000; i++)
		evert_clock_call_later(other, 1.0, note, "a");
	evert_clock_destroy(other);
	evert_clock_destroy(NULL);
	cr_assert(eq(str, diary, ""));
	cr_assert(zero(sz, failing_allocator_stop().live));
}

static void use_a_clock(void *arg)
{
	struct evert_clock *other = evert_clock_create();
	struct evert_delayed_call call;
	size_t made = 0, i;
	double time;

	(void)arg;
	if (!other)
		return;
	for (i = 0; i < 200; i++) {
		errno = 0;
		call = evert_clock_call_later(other, 5.0, note, "a");
		if (!call.timer) {
			cr_assert(eq(int, errno, ENOMEM));
			continue;
		}
		made++;
		if (evert_delayed_call_reset(call, 1.0 / (double)(i + 1)))
			time = 5.0;
		else
			time = 1.0 / (double)(i + 1);
		cr_assert(lt(dbl, fabs(evert_delayed_call_time(call) - time),
			     1e-9));
	}
	cr_assert(eq(sz, evert_clock_pending(other), made));
	diary_clear();
	evert_clock_advance(other, 5.0);
	cr_assert(zero(sz, evert_clock_pending(other)));
	cr_assert(eq(sz, strlen(diary), made ? 2 * made - 1 : 0));
	evert_clock_destroy(other);
}

Test(clock, p40_whichever_allocation_fails_nothing_else_changes)
{
	fail_every_allocation(use_a_clock, NULL);
}

Test(clock, p40_to_move_a_call_later_takes_no_memory)
{
	struct evert_clock *other;
	struct evert_delayed_call call;
	int i;

	failing_allocator_start(0, false);
	other = evert_clock_create();
	call = evert_clock_call_later(other, 1.0, note, "a");
	failing_allocator_fail(1, true);
	for (i = 2; i < 1000; i++)
		cr_assert(zero(int, evert_delayed_call_reset(call, i)));
	evert_clock_destroy(other);
	failing_allocator_stop();
}

Test(clock, calls_that_come_and_go_keep_constant_memory)
{
	struct evert_clock *other;
	struct evert_delayed_call call;
	struct memory_counts before;
	int i;

	failing_allocator_start(0, false);
	other = evert_clock_create();
	evert_delayed_call_cancel(evert_clock_call_later(other, 9, note, "a"));
	before = failing_allocator_counts();
	for (i = 0; i < 100000; i++) {
		call = evert_clock_call_later(other, 60.0, note, "a");
		evert_delayed_call_cancel(call);
		evert_clock_advance(other, 0.001);
	}
	cr_assert(eq(sz, failing_allocator_counts().requests, before.requests));
	evert_clock_destroy(other);
	failing_allocator_stop();
}

/* Each round leaves the call where an entry of it lay before. */
Test(clock, a_call_moved_to_and_fro_keeps_constant_memory)
{
	struct evert_clock *other;
	struct evert_delayed_call call;
	struct memory_counts before;
	int i;

	failing_allocator_start(0, false);
	other = evert_clock_create();
	call = evert_clock_call_later(other, 10.0, note, "a");
	before = failing_allocator_counts();
	for (i = 0; i < 10000; i++) {
		evert_delayed_call_reset(call, 5.0);
		evert_delayed_call_reset(call, 10.0);
		evert_clock_next(other);
	}
	cr_assert(eq(sz, failing_allocator_counts().requests, before.requests));
	evert_clock_destroy(other);
	failing_allocator_stop();
}

Test(clock, prints_the_calls_that_wait_with_their_places)
{
	cr_redirect_stderr();
	evert_clock_call_later_at(c, 1.0, note, NULL, "x.c:1");
	evert_delayed_call_cancel(
		evert_clock_call_later_at(c, 1.0, note, NULL, "x.c:2"));
	evert_clock_call_later_at(c, 1.0, note, NULL, "x.c:3");
	evert_clock_print_pending(c, "alive: ");
	fflush(stderr);
	cr_assert_stderr_eq_str("alive: delayed call made at x.c:1\n"
				"alive: delayed call made at x.c:3\n");
}
