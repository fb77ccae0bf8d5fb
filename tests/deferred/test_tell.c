/* SPDX-License-Identifier: MIT */
/* What a recording tells of Deferreds. */
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/combine.h"
#include "../../deferred/deferred_internal.h"
#include "../support/recording.h"

TestSuite(tell, .init = recording_init, .fini = recording_finish);

static struct evert_result pass(struct evert_result *result, void *arg)
{
	(void)arg;
	return evert_result_take(result);
}

static bool fires_one_with_two_callbacks(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, pass, NULL);
	evert_deferred_add_callback(d, pass, NULL);
	evert_deferred_fire(&slot, evert_result_text("two\n\"lines\"", 11));
	evert_deferred_release(d);
	return true;
}

Test(tell, a_deferred_is_made_fired_and_freed)
{
	cr_assert(recording_of(fires_one_with_two_callbacks));
	cr_assert(recording_goes_on("\"i\"", "\"object\"", "\"made\"",
				    "\"deferred\":1,\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on(
		"\"fired\"", "\"deferred\":1,",
		"\"result\":\"\\\"two\\u000a\\\"lines\\\"\\\"\"", NULL));
	cr_assert(recording_goes_on("\"B\"", "\"callback\"", "\"pass\"",
				    "\"deferred\":1,\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on("\"freed\"", "\"deferred\":1}", NULL));
}

Test(tell, an_arrow_leads_from_who_fires_to_the_first_callback)
{
	cr_assert(recording_of(fires_one_with_two_callbacks));
	cr_assert(recording_goes_on("\"B\"", "\"callback\"", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"flow\",\"name\":\"fired\"",
				    NULL));
	cr_assert(recording_goes_on("\"f\"", "\"flow\",\"name\":\"fired\"",
				    "\"bp\":\"e\"}", NULL));
	cr_assert(recording_goes_on("\"E\"", NULL));
	cr_assert(eq(sz, recording_count("\"callback\""), 2));
	cr_assert(eq(sz, recording_count("\"ph\":\"E\""), 2));
	cr_assert(eq(sz, recording_count("\"flow\""), 2));
}

Test(tell, of_texts_no_more_is_in_it_than_of_what_is_read)
{
	setenv("EVERT_TRACE_BYTES", "2", 1);
	cr_assert(recording_of(fires_one_with_two_callbacks));
	cr_assert(recording_has("\"fired\"", "\"result\":\"\\\"tw\\\"...\"",
				NULL));
	setenv("EVERT_TRACE_BYTES", "0", 1);
	cr_assert(recording_of(fires_one_with_two_callbacks));
	cr_assert(recording_has("\"fired\"", "\"result\":\"\\\"\\\"...\"",
				NULL));
}

static bool fires_one_after_the_other(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d;
	int i;

	for (i = 0; i < 3; i++) {
		d = evert_deferred_create(&slot);
		evert_deferred_fire(&slot, evert_result_integer(i));
		evert_deferred_release(d);
	}
	return true;
}

Test(tell, no_number_is_given_twice)
{
	cr_assert(recording_of(fires_one_after_the_other));
	cr_assert(recording_goes_on("\"made\"", "\"deferred\":1,", NULL));
	cr_assert(recording_goes_on("\"freed\"", "\"deferred\":1}", NULL));
	cr_assert(recording_goes_on("\"made\"", "\"deferred\":2,", NULL));
	cr_assert(recording_goes_on("\"freed\"", "\"deferred\":2}", NULL));
	cr_assert(recording_goes_on("\"made\"", "\"deferred\":3,", NULL));
	cr_assert(recording_goes_on("\"result\":\"2\"", NULL));
}

static struct evert_result wait_for_another(struct evert_result *result,
					    void *arg)
{
	(void)result;
	return evert_result_wait(arg);
}

static bool waits_for_another(void)
{
	struct evert_firing *outer, *inner;
	struct evert_deferred *d = evert_deferred_create(&outer);

	evert_deferred_add_callback(d, wait_for_another,
				    evert_deferred_create(&inner));
	evert_deferred_add_callback(d, pass, NULL);
	evert_deferred_fire(&outer, evert_result_none());
	evert_deferred_fire(&inner, evert_result_number(2.5));
	evert_deferred_release(d);
	return true;
}

Test(tell, who_waits_for_whom_is_in_it_and_who_lets_it_go_on)
{
	cr_assert(recording_of(waits_for_another));
	cr_assert(recording_goes_on("\"waits\"", "\"deferred\":1,\"on\":2}",
				    NULL));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":2,",
				    "\"result\":\"2.5\"", NULL));
	cr_assert(recording_goes_on("\"pass\"", "\"deferred\":1,", NULL));
	cr_assert(recording_goes_on("\"s\"", "\"fired\"", NULL));
	cr_assert(recording_goes_on("\"f\"", "\"fired\"", NULL));
}

static struct evert_result forget(struct evert_result *failure, void *arg)
{
	(void)failure;
	(void)arg;
	return evert_result_none();
}

static bool gathers_and_cancels(void)
{
	struct evert_firing *slots[2];
	struct evert_deferred *inputs[2], *all;
	int i;

	for (i = 0; i < 2; i++)
		inputs[i] = evert_deferred_create(&slots[i]);
	all = evert_gather(inputs, 2, 0);
	evert_deferred_cancel(all);
	evert_deferred_add_errback(all, forget, NULL);
	evert_deferred_release(all);
	for (i = 0; i < 2; i++)
		evert_deferred_abandon(&slots[i]);
	return true;
}

Test(tell, what_a_combinator_waits_for_and_that_it_is_cancelled)
{
	cr_assert(recording_of(gathers_and_cancels));
	cr_assert(recording_goes_on("\"waits\"", "\"deferred\":3,\"on\":1}",
				    NULL));
	cr_assert(recording_goes_on("\"waits\"", "\"deferred\":3,\"on\":2}",
				    NULL));
	cr_assert(recording_goes_on("\"cancelled\"",
				    "\"deferred\":3,\"at\":\"tests/", NULL));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":1,",
				    "failure CANCELLED", NULL));
}

static struct evert_result count_down(struct evert_result *in, void *arg)
{
	(void)arg;
	return evert_result_integer(evert_result_as_integer(in) - 1);
}

static struct evert_result halve(struct evert_result *in, void *arg)
{
	(void)arg;
	return evert_result_number((double)evert_result_as_integer(in) / 2);
}

static struct evert_result explain(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_fail(EVERT_ERROR, 0, "planned");
}

static const struct evert_link chain[] = {
	EVERT_CALLBACK(count_down), EVERT_ERRBACK(forget),
	EVERT_CALLBACK(count_down), EVERT_CALLBACK(halve),
	EVERT_CALLBACK(explain),    EVERT_BOTH(explain),
	EVERT_CALLBACK(pass),	    EVERT_ERRBACK(forget),
};

static bool runs_a_table(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_chain(d, chain, NULL);
	evert_deferred_fire(&slot, evert_result_integer(-1));
	evert_deferred_release(d);
	return true;
}

Test(tell, each_link_of_a_table_that_has_its_turn)
{
	static const char *const links[] = { "\"count_down\"",
					     "\"count_down\"",
					     "\"halve\"",
					     "\"explain\"",
					     "\"explain\"",
					     "\"forget\"" };
	size_t i;

	cr_assert(recording_of(runs_a_table));
	cr_assert(recording_goes_on("\"fired\"", "\"result\":\"-1\"", NULL));
	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		cr_assert(recording_goes_on("\"callback\"", links[i], NULL),
			  "%zu", i);
	cr_assert(eq(sz, recording_count("\"callback\""), i));
}

static struct evert_deferred *take(struct evert_waiter *waiter,
				   struct evert_result result)
{
	(void)waiter;
	evert_result_release(result);
	return NULL;
}

static bool waits_with_no_deferred(void)
{
	static const struct evert_waiter_class class = { .deliver = take };
	struct evert_waiter waiter = { .class = &class };
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	struct evert_result result;

	if (evert_deferred_wait(d, &waiter, &result))
		return false;
	evert_deferred_fire(&slot, evert_result_none());
	return true;
}

Test(tell, who_waits_may_be_no_deferred)
{
	cr_assert(recording_of(waits_with_no_deferred));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":1,", NULL));
	cr_assert(recording_goes_on("\"freed\"", "\"deferred\":1}", NULL));
	cr_assert(eq(sz, recording_count("\"waits\""), 0));
}

static bool chains_one_to_another(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_chain(evert_deferred_create_fired(evert_result_integer(7)),
			     &slot);
	evert_deferred_release(d);
	return true;
}

Test(tell, that_one_is_chained_to_another)
{
	cr_assert(recording_of(chains_one_to_another));
	cr_assert(recording_goes_on("\"fired\"", "\"deferred\":1,",
				    "\"result\":\"Deferred 2\"", NULL));
}

static bool fails_with_a_long_story(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_fire(&slot,
			    evert_result_fail(EVERT_ERROR, 0, "x%0100dx", 0));
	evert_deferred_release(d);
	return true;
}

Test(tell, no_more_of_a_long_message_than_eighty_bytes)
{
	cr_assert(recording_of(fails_with_a_long_story));
	cr_assert(recording_goes_on("\"fired\"",
				    "\"result\":\"failure ERROR: x00", "00\"",
				    NULL));
	cr_assert(zero(sz, recording_count("00x")));
}
