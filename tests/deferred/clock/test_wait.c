/* SPDX-License-Identifier: MIT */
/* Delayed calls whose argument is released, and clocks that end first. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock_internal.h"
#include "../../support/death.h"
#include "../../support/diary.h"
#include "../../support/memory.h"

static struct evert_clock *c;

static void begin(void)
{
	c = evert_clock_create();
}

static void finish(void)
{
	evert_clock_destroy(c);
	c = NULL;
}

TestSuite(wait, .init = begin, .fini = finish);

static void run(void *name)
{
	diary_add("run:%s", (char *)name);
}

static void release(void *name)
{
	diary_add("released:%s", (char *)name);
}

static struct evert_delayed_call later(double seconds, char *name)
{
	return evert_clock_call_later_with(c, seconds, run, name, release);
}

Test(wait, p85_one_that_runs_is_not_released)
{
	struct evert_delayed_call call = later(1.0, "a");

	evert_clock_advance(c, 1.0);
	cr_assert(eq(int, evert_delayed_call_cancel(call), -ENOENT));
	finish();
	cr_assert(eq(str, diary, "run:a"));
}

Test(wait, p85_one_that_is_cancelled_is_released)
{
	struct evert_delayed_call call = later(1.0, "a");

	cr_assert(zero(int, evert_delayed_call_cancel(call)));
	cr_assert(eq(str, diary, "released:a"));
	cr_assert(eq(int, evert_delayed_call_cancel(call), -ENOENT));
	evert_clock_advance(c, 2.0);
	finish();
	cr_assert(eq(str, diary, "released:a"));
}

Test(wait, p85_a_clock_that_is_destroyed_releases_in_order_of_time)
{
	later(3.0, "c");
	later(1.0, "a");
	evert_clock_call_later(c, 1.5, run, "plain");
	later(2.0, "b");
	evert_delayed_call_reset(later(1.0, "d"), 4.0);
	finish();
	cr_assert(eq(str, diary,
		     "released:a released:b released:c released:d"));
}

Test(wait, p85_one_that_is_refused_is_released_at_once)
{
	struct evert_delayed_call call = later(NAN, "a");

	cr_assert(not(evert_delayed_call_active(call)));
	cr_assert(eq(int, errno, EINVAL));
	cr_assert(eq(str, diary, "released:a"));
}

static void call_nothing(void *arg)
{
	evert_clock_call_later_with(c, 1.0, NULL, arg, release);
}

static void release_by_nothing(void *arg)
{
	evert_clock_call_later_with(c, 1.0, run, arg, NULL);
}

Test(wait, one_that_can_not_be_called_or_released_is_a_bug)
{
	dies(call_nothing, NULL, SIGABRT,
	     "evert_clock_call_later_with was given no call");
	dies(release_by_nothing, NULL, SIGABRT,
	     "evert_clock_call_later_with was given no release");
}

Test(wait, it_can_be_moved_and_asked_as_any)
{
	struct evert_delayed_call call = later(1.0, "a");

	cr_assert(eq(dbl, evert_delayed_call_time(call), 1.0));
	evert_delayed_call_delay(call, 1.0);
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, ""));
	evert_clock_advance(c, 1.0);
	cr_assert(eq(str, diary, "run:a"));
}

static struct evert_delayed_call other;

static void cancel_other(void *name)
{
	release(name);
	diary_add("%d", evert_delayed_call_cancel(other));
}

Test(wait, p85_a_release_may_cancel_what_waits)
{
	evert_clock_call_later_with(c, 1.0, run, "a", cancel_other);
	other = later(2.0, "b");
	finish();
	cr_assert(eq(str, diary, "released:a released:b 0"));
}

static void ask_for_more(void *name)
{
	struct evert_delayed_call call;

	release(name);
	call = later(0.0, "late");
	diary_add("%d", errno == ECANCELED);
	cr_assert(not(evert_delayed_call_active(call)));
	call = evert_clock_call_later(c, 0.0, run, "late");
	cr_assert(not(evert_delayed_call_active(call)));
	cr_assert(eq(int, evert_delayed_call_reset(other, 1.0), -ECANCELED));
	cr_assert(eq(int, evert_delayed_call_delay(other, 1.0), -ECANCELED));
	cr_assert(eq(dbl, evert_delayed_call_time(other), 2.0));
	diary_add("%zu", evert_clock_pending(c));
	evert_clock_seconds(c);
}

Test(wait, p85_what_a_release_asks_of_a_dying_clock_is_refused)
{
	evert_clock_call_later_with(c, 1.0, run, "a", ask_for_more);
	other = later(2.0, "b");
	finish();
	cr_assert(eq(str, diary,
		     "released:a released:late 1 1 released:b"));
}

static void destroy_again(void *clock)
{
	evert_clock_destroy(clock);
}

Test(wait, p85_a_release_that_destroys_the_clock_again_is_a_bug,
     .signal = SIGABRT)
{
	evert_clock_call_later_with(c, 1.0, run, c, destroy_again);
	finish();
}

static void count(void *arg)
{
	++*(size_t *)arg;
}

static void use(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	size_t called = 0;
	struct evert_delayed_call call;
	int i;

	(void)arg;
	if (!clock)
		return;
	for (i = 0; i < 100; i++) {
		call = evert_clock_call_later_with(clock, i % 10, count,
						   &called, count);
		if (i % 3 == 0)
			evert_delayed_call_cancel(call);
	}
	evert_clock_advance(clock, 5);
	evert_clock_destroy(clock);
	cr_assert(eq(sz, called, 100));
}

Test(wait, p85_exactly_one_is_called_whichever_allocation_fails)
{
	fail_every_allocation(use, NULL);
}

static void forget(void *arg)
{
	free(arg);
}

/* Nobody is told: it is forgotten all at once. */
Test(wait, many_are_released)
{
	int i;

	for (i = 0; i < 10000; i++)
		evert_clock_call_later_with(c, i % 777, forget, malloc(1),
					    forget);
	evert_clock_advance(c, 300);
}
