/* SPDX-License-Identifier: MIT */
/* What a recording tells of coroutines. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../support/recording.h"

TestSuite(tell_coroutine, .init = recording_init, .fini = recording_finish);

static struct evert_firing *slot;

static struct evert_result wait_once(void *arg)
{
	(void)arg;
	return evert_await(evert_deferred_create(&slot));
}

static bool runs_one(void)
{
	struct evert_deferred *d = evert_spawn(wait_once, NULL);

	evert_deferred_fire(&slot, evert_result_integer(7));
	evert_deferred_release(d);
	return true;
}

Test(tell_coroutine, it_is_spawned_awaits_is_resumed_and_ends)
{
	cr_assert(recording_of(runs_one));
	cr_assert(recording_goes_on("\"made\"", "\"deferred\":1,", NULL));
	cr_assert(recording_goes_on("\"spawned\"", "\"coroutine\":1,",
				    "\"deferred\":1,", "\"wait_once\"",
				    "\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"coroutine\",",
				    "\"wait_once\"", "\"coroutine\":1,",
				    NULL));
	cr_assert(recording_goes_on("\"awaits\"", "\"coroutine\":1,\"on\":2}",
				    NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":2,", NULL));
	cr_assert(recording_goes_on("\"resumed\"",
				    "\"coroutine\":1,\"result\":\"7\"", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"coroutine\":1,", NULL));
	cr_assert(recording_goes_on("\"ended\"",
				    "\"coroutine\":1,\"result\":\"7\"", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":1,", NULL));
	cr_assert(recording_goes_on("\"freed\"", "\"deferred\":1}", NULL));
}

Test(tell_coroutine, an_arrow_leads_from_who_fires_to_the_coroutine)
{
	cr_assert(recording_of(runs_one));
	cr_assert(recording_goes_on("\"resumed\"", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"fired\"", NULL));
	cr_assert(recording_goes_on("\"f\"", "\"fired\"", NULL));
	cr_assert(eq(sz, recording_count("\"flow\""), 2));
}

static bool runs_two(void)
{
	return runs_one() && runs_one();
}

Test(tell_coroutine, another_one_on_the_same_stack_has_another_number)
{
	cr_assert(recording_of(runs_two));
	cr_assert(recording_goes_on("\"ended\"", "\"coroutine\":1,", NULL));
	cr_assert(recording_goes_on("\"spawned\"", "\"coroutine\":2,", NULL));
	cr_assert(recording_goes_on("\"ended\"", "\"coroutine\":2,", NULL));
	cr_assert(eq(sz, recording_count("\"spawned\""), 2));
}

static struct evert_deferred *spawned;

static bool lets_it_go_on(void)
{
	evert_deferred_fire(&slot, evert_result_integer(7));
	evert_deferred_release(spawned);
	return true;
}

Test(tell_coroutine, one_that_was_there_before_is_told_of_when_it_goes_on)
{
	spawned = evert_spawn(wait_once, NULL);
	cr_assert(recording_of(lets_it_go_on));
	cr_assert(recording_goes_on("\"spawned\"", "\"coroutine\":1,", NULL));
	cr_assert(recording_goes_on("\"resumed\"", "\"coroutine\":1,", NULL));
	cr_assert(recording_goes_on("\"ended\"", "\"coroutine\":1,", NULL));
	cr_assert(eq(sz, recording_count("\"spawned\""), 1));
	lets_it_go_on();
}
