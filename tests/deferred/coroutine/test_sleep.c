/* SPDX-License-Identifier: MIT */
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
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

Test(sleep, p41_refuses_seconds_that_are_negative_or_not_finite)
{
	evert_deferred_release(begin(-1));
	evert_deferred_release(begin(NAN));
	evert_deferred_release(begin(INFINITY));
	cr_assert(eq(str, diary, "awake:SYSTEM awake:SYSTEM awake:SYSTEM"));
	cr_assert(zero(sz, evert_clock_pending(clock)));
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
