/* SPDX-License-Identifier: MIT */
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../support/memory.h"
#include "../../support/diary.h"

static struct evert_clock *clock;

static void create_clock(void)
{
	diary_unhandled();
	clock = evert_clock_create();
}

static void destroy_clock(void)
{
	evert_clock_destroy(clock);
}

TestSuite(sleep, .init = create_clock, .fini = destroy_clock);

static struct evert_deferred *begin(double seconds)
{
	struct evert_deferred *d = evert_clock_sleep(clock, seconds);

	evert_deferred_add_both(d, diary_end, "awake");
	return d;
}

Test(sleep, fires_with_nothing_when_its_time_has_come)
{
	struct evert_deferred *d = begin(2);

	evert_clock_advance(clock, 1.5);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(clock, 0.5);
	cr_assert(eq(str, diary, "awake:nothing"));
	evert_deferred_release(d);
}

Test(sleep, p24_cancelled_leaves_no_call_behind)
{
	struct evert_deferred *d = begin(2);

	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "awake:CANCELLED"));
	cr_assert(zero(sz, evert_clock_pending(clock)));
	evert_deferred_release(d);
}

Test(sleep, cancelled_after_it_fired_does_nothing)
{
	struct evert_deferred *d = begin(0);

	evert_clock_advance(clock, 0);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "awake:nothing"));
	evert_deferred_release(d);
}

Test(sleep, p90_refuses_seconds_that_are_not_finite)
{
	evert_deferred_release(begin(NAN));
	evert_deferred_release(begin(INFINITY));
	cr_assert(eq(str, diary, "awake:SYSTEM awake:SYSTEM"));
	cr_assert(zero(sz, evert_clock_pending(clock)));
}

Test(sleep, p90_negative_seconds_are_none)
{
	struct evert_deferred *d = begin(-1);

	cr_assert(eq(str, diary, ""));
	evert_clock_advance(clock, 0);
	cr_assert(eq(str, diary, "awake:nothing"));
	evert_deferred_release(d);
}

Test(sleep, p85_fails_when_its_clock_is_destroyed)
{
	struct evert_deferred *second = begin(2);
	struct evert_deferred *first = begin(1);

	evert_clock_destroy(clock);
	clock = NULL;
	cr_assert(eq(str, diary,
		     "awake:CLOCK_DESTROYED awake:CLOCK_DESTROYED"));
	evert_deferred_release(first);
	evert_deferred_release(second);
}

static struct evert_deferred *other;

static struct evert_result cancel_it(struct evert_result *in, void *arg)
{
	evert_deferred_cancel(other);
	return diary_end(in, arg);
}

Test(sleep, p85_who_is_told_may_cancel_another)
{
	struct evert_deferred *first = evert_clock_sleep(clock, 1);

	other = begin(2);
	evert_deferred_add_both(first, cancel_it, "first");
	evert_clock_destroy(clock);
	clock = NULL;
	cr_assert(eq(str, diary, "awake:CANCELLED first:CLOCK_DESTROYED"));
	evert_deferred_release(first);
	evert_deferred_release(other);
}

static struct evert_result sleep_on(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_wait(evert_clock_sleep(clock, 1));
}

Test(sleep, p85_on_a_dying_clock_it_fails_at_once)
{
	struct evert_deferred *d = evert_clock_sleep(clock, 1);
	struct evert_clock *dying = clock;

	evert_deferred_add_both(d, sleep_on, NULL);
	evert_deferred_add_both(d, diary_end, "again");
	evert_clock_destroy(dying);
	clock = NULL;
	cr_assert(eq(str, diary, "again:CLOCK_DESTROYED"));
	evert_deferred_release(d);
}

static struct evert_result sleep_and_clean_up(void *arg)
{
	struct evert_result slept = evert_await(evert_clock_sleep(clock, 9));

	diary_end(&slept, arg);
	evert_result_release(slept);
	return evert_result_none();
}

Test(sleep, p85_a_coroutine_cleans_up_when_the_clock_goes)
{
	evert_deferred_release(evert_spawn(sleep_and_clean_up, "sleeper"));
	evert_clock_destroy(clock);
	clock = NULL;
	cr_assert(eq(str, diary, "sleeper:CLOCK_DESTROYED"));
	cr_assert(zero(sz, evert_coroutine_count()));
}

static void sleep_twice(void *arg)
{
	struct evert_deferred *first, *second;

	(void)arg;
	create_clock();
	if (!clock)
		return;
	first = begin(1);
	second = begin(1);
	evert_deferred_cancel(second);
	evert_clock_advance(clock, 1);
	evert_deferred_release(first);
	evert_deferred_release(second);
	destroy_clock();
	diary_clear();
}

Test(sleep_memory, gives_all_back_whichever_allocation_fails)
{
	fail_every_allocation(sleep_twice, NULL);
}
