/* SPDX-License-Identifier: MIT */
/* What a recording tells of timers. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../support/recording.h"

TestSuite(tell_timer, .init = recording_init, .fini = recording_finish);

static void nothing(void *arg)
{
	(void)arg;
}

static bool fires_one(void)
{
	struct evert_clock *clock = evert_clock_create();

	evert_clock_call_later(clock, 1.5, nothing, NULL);
	evert_clock_advance(clock, 2);
	evert_clock_destroy(clock);
	return true;
}

Test(tell_timer, one_is_added_and_its_call_told)
{
	cr_assert(recording_of(fires_one));
	cr_assert(recording_goes_on("\"added\"", "\"timer\":1,",
				    "\"at\":\"tests/", "\"in\":1.5}", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"call\"", "\"timer\":1,",
				    "\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"timer\"", NULL));
	cr_assert(recording_goes_on("\"f\"", "\"timer\"", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
}

static bool moves_and_cancels(void)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_delayed_call call =
		evert_clock_call_later(clock, 1, nothing, NULL);
	bool is_right;

	is_right = !evert_delayed_call_reset(call, 3) &&
		   !evert_delayed_call_delay(call, 1) &&
		   !evert_delayed_call_cancel(call) &&
		   evert_delayed_call_cancel(call);
	evert_clock_advance(clock, 5);
	evert_clock_destroy(clock);
	return is_right;
}

Test(tell_timer, one_is_moved_and_cancelled)
{
	cr_assert(recording_of(moves_and_cancels));
	cr_assert(recording_goes_on("\"moved\"", "\"timer\":1,\"in\":3}",
				    NULL));
	cr_assert(recording_goes_on("\"moved\"", "\"timer\":1,\"in\":4}",
				    NULL));
	cr_assert(recording_goes_on("\"cancelled\"", "\"timer\":1}", NULL));
	cr_assert(eq(sz, recording_count("\"B\""), 0));
}

static bool sleeps_twice(void)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *first = evert_clock_sleep(clock, 1);
	struct evert_deferred *second = evert_clock_sleep(clock, 2);

	evert_deferred_cancel(second);
	evert_clock_advance(clock, 3);
	evert_deferred_release(first);
	evert_deferred_release(second);
	evert_clock_destroy(clock);
	return true;
}

Test(tell_timer, that_of_who_sleeps_too)
{
	cr_assert(recording_of(sleeps_twice));
	cr_assert(recording_goes_on("\"added\"", "\"timer\":2,", NULL));
	cr_assert(recording_goes_on("\"cancelled\"", "\"deferred\":2", NULL));
	cr_assert(recording_goes_on("\"cancelled\"", "\"timer\":2}", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"call\"", "\"timer\":1,",
				    NULL));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":1,", NULL));
}

static bool sleeps_once(void)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *sleep = evert_clock_sleep(clock, 1);
	bool is_over;

	evert_clock_advance(clock, 1);
	is_over = evert_clock_pending(clock) == 0;
	evert_deferred_release(sleep);
	evert_clock_destroy(clock);
	return is_over;
}

Test(tell_timer, that_of_who_sleeps_is_due_when_it_would_be_untold)
{
	cr_assert(recording_of(sleeps_once));
}
