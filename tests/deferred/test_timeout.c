/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/deferred.h"
#include "../support/memory.h"
#include "../support/diary.h"

static struct evert_clock *test_clock;

static void begin(void)
{
	diary_unhandled();
	test_clock = evert_clock_create();
}

static void finish(void)
{
	cr_assert(zero(sz, evert_clock_pending(test_clock)),
		  "a timeout left its delayed call behind");
	evert_clock_destroy(test_clock);
}

TestSuite(timeout, .init = begin, .fini = finish);

Test(timeout, p23_it_fails_with_timed_out_when_its_time_has_come)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 4.9);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(test_clock, 0.1);
	cr_assert(eq(str, diary, "a:TIMED_OUT"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

static struct evert_result look(struct evert_result *in, void *arg)
{
	const struct evert_failure *failure = evert_result_as_failure(in);

	(void)arg;
	diary_add("%s|%s|%d", failure->message, failure->place,
		  failure->error == ETIMEDOUT);
	return evert_result_none();
}

Test(timeout, p23_the_failure_names_the_seconds_and_the_place)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout_at(d, 2.5, test_clock, "x.c:1", "timeout");
	evert_deferred_add_errback(d, look, NULL);
	evert_clock_advance(test_clock, 2.5);
	cr_assert(eq(str, diary, "timed out after 2.5 seconds|x.c:1|1"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(timeout, p23_a_result_in_time_passes_and_the_call_is_gone)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	cr_assert(eq(sz, evert_clock_pending(test_clock), 1));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:1"));
	cr_assert(zero(sz, evert_clock_pending(test_clock)));
	evert_deferred_release(d);
}

Test(timeout, p23_a_failure_in_time_passes_and_the_call_is_gone)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "a:ERROR"));
	cr_assert(zero(sz, evert_clock_pending(test_clock)));
	evert_deferred_release(d);
}

Test(timeout, p23_one_that_has_fired_leaves_no_call)
{
	struct evert_deferred *d = fired(1);

	cr_assert(zero(int, evert_deferred_add_timeout(d, 5.0, test_clock)));
	cr_assert(zero(sz, evert_clock_pending(test_clock)));
	evert_deferred_release(d);
}

Test(timeout, p23_an_abandoned_one_leaves_no_call)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_abandon(&slot);
	cr_assert(eq(str, diary, "a:ABANDONED"));
	cr_assert(zero(sz, evert_clock_pending(test_clock)));
	evert_deferred_release(d);
}

Test(timeout, p23_a_cancel_by_the_user_stays_cancelled)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:CANCELLED"));
	evert_clock_advance(test_clock, 10.0);
	cr_assert(eq(str, diary, "a:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

static bool deliver_a_value(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	fire(slot, 9);
	return false;
}

Test(timeout, p23_a_canceller_that_delivers_a_value_wins)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create_cancellable(
		&slot, deliver_a_value, &slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "a:9"));
	evert_deferred_release(d);
}

static bool deliver_a_failure(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	evert_deferred_fire(slot, plain_failure());
	return false;
}

Test(timeout, p23_a_cancellers_own_failure_keeps_its_kind)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create_cancellable(
		&slot, deliver_a_failure, &slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "a:ERROR"));
	evert_deferred_release(d);
}

static bool deliver_later(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	return true;
}

Test(timeout, p23_what_a_canceller_delivers_later_still_wins)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create_cancellable(
		&slot, deliver_later, NULL);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, ""));
	fire(&slot, 3);
	cr_assert(eq(str, diary, "a:3"));
	evert_deferred_release(d);
}

/* ---- What it covers ---- */

Test(timeout, p23_it_covers_the_links_added_before_it)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_both(d, wait_for, inner);
	evert_deferred_add_errback(d, diary_pass, "covered");
	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "after");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "covered:CANCELLED after:TIMED_OUT"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(timeout, p23_a_covered_link_may_turn_the_cancel_into_a_value)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "covered");
	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, diary_end, "after");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "covered:CANCELLED after:nothing"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(timeout, p23_it_does_not_cover_the_links_added_after_it)
{
	struct evert_deferred *d = unfired();
	struct evert_deferred *inner = unfired();
	struct evert_firing *slot = evert_deferred_firing(d);
	struct evert_firing *inner_slot = evert_deferred_firing(inner);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_both(d, diary_end, "a");
	fire(&slot, 1);
	evert_clock_advance(test_clock, 10.0);
	cr_assert(eq(str, diary, ""));
	fire(&inner_slot, 2);
	cr_assert(eq(str, diary, "a:2"));
	evert_deferred_release(d);
}

Test(timeout, p23_of_two_the_earlier_one_strikes)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout_at(d, 5.0, test_clock, "long.c:1", "long");
	evert_deferred_add_timeout_at(d, 3.0, test_clock, "short.c:1", "short");
	evert_deferred_add_errback(d, look, NULL);
	evert_clock_advance(test_clock, 3.0);
	cr_assert(eq(str, diary, "timed out after 3 seconds|short.c:1|1"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(timeout, p23_it_outlives_the_reading_end)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_release(d);
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "unhandled:TIMED_OUT"));
	evert_deferred_abandon(&slot);
}

static struct evert_result release_it(struct evert_result *in, void *deferred)
{
	evert_deferred_release(deferred);
	return *in;
}

Test(timeout, p23_what_it_sets_going_may_release_the_deferred)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, test_clock);
	evert_deferred_add_both(d, release_it, d);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 5.0);
	cr_assert(eq(str, diary, "a:TIMED_OUT"));
	evert_deferred_abandon(&slot);
}

Test(timeout, p23_no_time_at_all_strikes_when_the_clock_next_moves)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	cr_assert(zero(int, evert_deferred_add_timeout(d, 0.0, test_clock)));
	evert_deferred_add_both(d, diary_end, "a");
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(test_clock, 0.0);
	cr_assert(eq(str, diary, "a:TIMED_OUT"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

/* ---- Refused ---- */

static void assert_refused(double seconds)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_both(d, diary_pass, "covered");
	cr_assert(eq(int, evert_deferred_add_timeout(d, seconds, test_clock),
		     -EINVAL));
	evert_deferred_add_both(d, diary_end, "a");
	cr_assert(eq(str, diary, "covered:CANCELLED a:SYSTEM"));
	fire(&slot, 1);
	evert_deferred_release(d);
	diary_clear();
}

Test(timeout, p90_seconds_that_are_not_finite_are_refused_and_nothing_waits)
{
	assert_refused(INFINITY);
	assert_refused(-INFINITY);
	assert_refused(NAN);
}

Test(timeout, p90_a_value_that_is_there_fails_too)
{
	struct evert_deferred *d = fired(1);

	cr_assert(eq(int, evert_deferred_add_timeout(d, NAN, test_clock),
		     -EINVAL));
	evert_deferred_add_both(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:SYSTEM"));
	evert_deferred_release(d);
}

Test(timeout, p90_negative_seconds_strike_when_the_clock_next_moves)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	cr_assert(zero(int, evert_deferred_add_timeout(d, -0.001,
						       test_clock)));
	evert_deferred_add_both(d, look, NULL);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(test_clock, 0.0);
	cr_assert(ne(ptr, strstr(diary, "timed out after 0 seconds|"), NULL));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

/* ---- One's own translation ---- */

static struct evert_result say_late(struct evert_result *in, void *arg)
{
	diary_pass(in, "translated");
	return evert_result_integer((int64_t)(intptr_t)arg);
}

Test(timeout, its_own_callback_says_what_comes_of_it)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout_with(d, 2.0, test_clock, say_late,
					(void *)7);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 2.0);
	cr_assert(eq(str, diary, "translated:CANCELLED a:7"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(timeout, its_own_callback_sees_what_a_canceller_delivered)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create_cancellable(
		&slot, deliver_a_value, &slot);

	evert_deferred_add_timeout_with(d, 2.0, test_clock, say_late,
					(void *)7);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_advance(test_clock, 2.0);
	cr_assert(eq(str, diary, "translated:9 a:7"));
	evert_deferred_release(d);
}

Test(timeout, its_own_callback_is_not_called_in_time)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	struct evert_deferred *cancelled = unfired();
	struct evert_firing *later = evert_deferred_firing(cancelled);

	evert_deferred_add_timeout_with(d, 2.0, test_clock, say_late, NULL);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_add_timeout_with(cancelled, 2.0, test_clock, say_late,
					NULL);
	evert_deferred_add_both(cancelled, diary_end, "b");
	fire(&slot, 1);
	evert_deferred_cancel(cancelled);
	cr_assert(eq(str, diary, "a:1 b:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_release(cancelled);
	evert_deferred_abandon(&later);
}

/* ---- The clock goes first ---- */

Test(timeout, p85_what_outlives_its_clock_is_cancelled_and_says_why)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_timeout(d, 5.0, clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_destroy(clock);
	cr_assert(eq(str, diary, "a:CLOCK_DESTROYED"));
	evert_deferred_release(d);
	fire(&slot, 1);
}

Test(timeout, p85_the_clock_is_not_touched_by_what_comes_after_it)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create_cancellable(
		&slot, deliver_later, NULL);

	evert_deferred_add_timeout(d, 5.0, clock);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_destroy(clock);
	cr_assert(eq(str, diary, ""));
	evert_deferred_fire(&slot, evert_result_failure(
		evert_failure_bare(EVERT_CANCELLED)));
	cr_assert(eq(str, diary, "a:CLOCK_DESTROYED"));
	evert_deferred_release(d);
}

static struct evert_clock *dying;

static struct evert_result wait_with_a_bound(struct evert_result *in, void *arg)
{
	struct evert_deferred *d = unfired();
	struct evert_firing *slot = evert_deferred_firing(d);

	(void)in;
	(void)arg;
	cr_assert(eq(int, evert_deferred_add_timeout(d, 1.0, dying),
		     -ECANCELED));
	evert_deferred_abandon(&slot);
	return evert_result_wait(d);
}

Test(timeout, p85_on_a_dying_clock_it_fails_at_once)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	dying = evert_clock_create();
	evert_deferred_add_timeout(d, 5.0, dying);
	evert_deferred_add_both(d, wait_with_a_bound, NULL);
	evert_deferred_add_both(d, diary_end, "a");
	evert_clock_destroy(dying);
	cr_assert(eq(str, diary, "a:CLOCK_DESTROYED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

static bool fire_at_once(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	evert_deferred_abandon(slot);
	return false;
}

/* Promises 24 and 85: nothing is touched after the caller's code has run. */
Test(timeout, p24_without_memory_what_the_cancel_calls_may_release_it)
{
	struct evert_firing *slot;
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	d = evert_deferred_create_cancellable(&slot, fire_at_once, &slot);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_add_both(d, release_it, d);
	failing_allocator_fail(1, true);
	cr_assert(eq(int, evert_deferred_add_timeout(d, 1.0, test_clock),
		     -ENOMEM));
	cr_assert(eq(str, diary, "a:CANCELLED"));
	cr_assert(zero(sz, failing_allocator_stop().live));
}

Test(timeout, p41_a_thousand_years_are_fine)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	cr_assert(zero(int, evert_deferred_add_timeout(d, 1000 * 31556952.0,
						       test_clock)));
	evert_clock_advance(test_clock, 31556952.0);
	cr_assert(not(evert_deferred_has_fired(d)));
	fire(&slot, 1);
	evert_deferred_release(d);
}

Test(timeout, on_null_it_leaves_no_call)
{
	cr_assert(eq(int, evert_deferred_add_timeout(NULL, 1.0, test_clock),
		     -ENOMEM));
	cr_assert(eq(int, evert_deferred_add_timeout(NULL, NAN, test_clock),
		     -EINVAL));
}

static void time_out_or_not(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	int error = -ENOMEM;

	(void)arg;
	diary_clear();
	if (clock)
		error = evert_deferred_add_timeout(d, 1.0, clock);
	evert_deferred_add_both(d, diary_end, "a");
	fire(&slot, 1);
	if (clock && d)
		cr_assert(eq(str, diary, error ? "a:NO_MEMORY" : "a:1"));
	evert_deferred_release(d);
	cr_assert(zero(sz, clock ? evert_clock_pending(clock) : 0));
	evert_clock_destroy(clock);
}

Test(timeout, p17_without_memory_the_chain_fails_in_its_place)
{
	fail_every_allocation(time_out_or_not, NULL);
}

/* Memory for the timeout, but not for its link. */
Test(timeout, p17_one_that_cannot_be_ended_in_time_is_cancelled)
{
	struct evert_clock *clock;
	struct evert_deferred *d;
	struct evert_firing *slot;
	int i;

	failing_allocator_start(0, false);
	clock = evert_clock_create();
	evert_delayed_call_cancel(evert_clock_call_later(clock, 1.0, free,
							 NULL));
	d = evert_deferred_create_short_at(&slot, EVERT_HERE, NULL, NULL);
	for (i = 0; i < 2; i++)
		evert_deferred_add_errback(d, diary_pass, "covered");
	failing_allocator_fail(2, true);
	cr_assert(eq(int, evert_deferred_add_timeout(d, 1.0, clock), -ENOMEM));
	cr_assert(eq(str, diary, "covered:CANCELLED covered:CANCELLED"));
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(not(zero(ptr, strstr(diary, "a:NO_MEMORY"))));
	cr_assert(zero(sz, evert_clock_pending(clock)));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
	evert_clock_destroy(clock);
	cr_assert(zero(sz, failing_allocator_stop().live));
}
