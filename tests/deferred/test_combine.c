/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/combine.h"
#include "../../deferred/base/memory.h"
#include "../support/memory.h"
#include "../support/unfired.h"

enum { INPUTS = 3 };

/* What the combined Deferred came to. */
static struct {
	int calls;
	struct evert_result result;
} seen;

/* The failures reported as unhandled, the latest one first. */
static struct {
	size_t count;
	const struct evert_error *kind;
	const char *place;
} reports;

static struct evert_firing *slots[INPUTS]; /* the firing ends */
static struct evert_deferred *inputs[INPUTS];
static size_t cancelled[INPUTS];

static void count_report(const struct evert_unhandled *report, void *arg)
{
	(void)arg;
	reports.count++;
	reports.kind = report->failure->kind;
	reports.place = report->deferred_place;
}

/* Counts, and leaves it to evert to fail the input. */
static bool count_cancel(struct evert_deferred *deferred, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < INPUTS; i++)
		if (slots[i] == evert_deferred_firing(deferred)) {
			cancelled[i]++;
			evert_deferred_abandon(&slots[i]);
		}
	return false;
}

static bool fire_later(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	++*(size_t *)arg;
	return true;
}

static bool deliver_a_value(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *slot = evert_deferred_firing(deferred);

	(void)arg;
	slots[1] = NULL;
	evert_deferred_fire(&slot, evert_result_integer(99));
	return false;
}

static struct evert_result keep(struct evert_result *in, void *arg)
{
	(void)arg;
	seen.calls++;
	seen.result = evert_result_take(in);
	return evert_result_none();
}

/* Attaches `keep` and lets go of the reading end. */
static void watch(struct evert_deferred *deferred)
{
	evert_deferred_add_both(deferred, keep, NULL);
	evert_deferred_release(deferred);
}

static void make(size_t i, evert_canceller canceller, void *arg)
{
	inputs[i] = evert_deferred_create_cancellable(&slots[i], canceller,
						      arg);
}

static void begin(void)
{
	size_t i;

	evert_set_unhandled_hook(count_report, NULL);
	for (i = 0; i < INPUTS; i++)
		make(i, count_cancel, NULL);
}

static void finish(void)
{
	size_t i;

	for (i = 0; i < INPUTS; i++)
		evert_deferred_abandon(&slots[i]);
	evert_result_release(seen.result);
}

static void fire(size_t i, int64_t integer)
{
	evert_deferred_fire(&slots[i], evert_result_integer(integer));
}

static void fail(size_t i, const char *message)
{
	evert_deferred_fire(&slots[i],
			    evert_result_fail(EVERT_ERROR, 0, "%s", message));
}

/* Gives an input another canceller. */
static void remake(size_t i, evert_canceller canceller, void *arg)
{
	fire(i, 0);
	evert_deferred_release(inputs[i]);
	make(i, canceller, arg);
}

static const struct evert_result *item(size_t i)
{
	return &evert_result_as_list(&seen.result)->items[i];
}

static int64_t value(size_t i)
{
	return evert_result_as_integer(item(i));
}

static const struct evert_failure *failure(void)
{
	return evert_result_as_failure(&seen.result);
}

static void assert_each_cancelled_once(void)
{
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[1], 1));
	cr_assert(eq(sz, cancelled[2], 1));
}

TestSuite(gather, .init = begin, .fini = finish);
TestSuite(list, .init = begin, .fini = finish);
TestSuite(race, .init = begin, .fini = finish);
TestSuite(combine);

/* ---- Promise 25: gather ---- */

Test(gather, p25_gives_the_values_in_input_order)
{
	watch(evert_gather(inputs, INPUTS, 0));
	fire(2, 30);
	fire(0, 10);
	cr_assert(eq(int, seen.calls, 0));

	fire(1, 20);
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, evert_result_as_list(&seen.result)->count, INPUTS));
	cr_assert(eq(i64, value(0), 10));
	cr_assert(eq(i64, value(1), 20));
	cr_assert(eq(i64, value(2), 30));
}

Test(gather, p25_fires_at_once_when_all_inputs_have_fired)
{
	struct evert_deferred *all;

	fire(0, 10);
	fire(1, 20);
	fire(2, 30);
	all = evert_gather(inputs, INPUTS, 0);
	cr_assert(evert_deferred_has_fired(all));
	watch(all);
	cr_assert(eq(i64, value(2), 30));
}

Test(combine, p25_gather_with_no_input_fires_at_once_with_an_empty_list)
{
	watch(evert_gather(NULL, 0, 0));
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, evert_result_as_list(&seen.result)->count, 0));
	evert_result_release(seen.result);
}

Test(gather, p25_fails_with_the_first_failure_and_its_index)
{
	watch(evert_gather(inputs, INPUTS, 0));
	fire(0, 10);
	fail(2, "broken");
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(evert_result_failed_with(&seen.result, EVERT_FIRST_FAILURE));
	cr_assert(eq(sz, failure()->index, 2));
	cr_assert(eq(str, (char *)failure()->cause->message, "broken"));
}

Test(gather, p25_does_not_report_the_failure_that_it_fails_with)
{
	watch(evert_gather(inputs, INPUTS, 0));
	fail(2, "broken");
	cr_assert(eq(sz, reports.count, 0));
}

Test(gather, p25_leaves_the_rest_alone_without_the_option)
{
	watch(evert_gather(inputs, INPUTS, 0));
	fail(0, "broken");
	cr_assert(eq(sz, cancelled[1] + cancelled[2], 0));
	fire(1, 20);
	fire(2, 30);
	cr_assert(eq(int, seen.calls, 1));
}

Test(gather, p25_cancels_the_rest_by_option)
{
	watch(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST));
	fire(0, 10);
	fail(1, "broken");
	cr_assert(eq(sz, cancelled[0], 0));
	cr_assert(eq(sz, cancelled[1], 0));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(eq(sz, failure()->index, 1));
	cr_assert(eq(sz, reports.count, 0));
}

Test(gather, p25_cancels_the_rest_when_an_input_had_failed_already)
{
	fail(1, "broken");
	watch(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST));
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(eq(sz, failure()->index, 1));
}

static struct evert_result note_cancelled(struct evert_result *in, void *arg)
{
	(void)in;
	*(size_t *)arg = cancelled[1] + cancelled[2];
	return evert_result_none();
}

Test(gather, p25_has_cancelled_the_rest_when_its_errback_runs)
{
	size_t noted = 0;
	struct evert_deferred *all =
		evert_gather(inputs, INPUTS, EVERT_CANCEL_REST);

	evert_deferred_add_errback(all, note_cancelled, &noted);
	evert_deferred_release(all);
	fail(0, "broken");
	cr_assert(eq(sz, noted, 2));
}

Test(gather, p25_reports_a_failure_that_comes_too_late)
{
	watch(evert_gather(inputs, INPUTS, 0));
	fail(0, "broken");
	fail(1, "broken, too");
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, reports.count, 1));
	cr_assert(reports.kind == EVERT_ERROR);
	cr_assert(strstr(reports.place, "test_combine.c") != NULL);
}

Test(gather, p25_reports_no_late_failure_when_told_to_consume_them)
{
	watch(evert_gather(inputs, INPUTS, EVERT_CONSUME_FAILURES));
	fail(0, "broken");
	fail(1, "broken, too");
	cr_assert(eq(sz, reports.count, 0));
}

Test(gather, p25_takes_an_input_without_memory_as_failed)
{
	fire(1, 0);
	evert_deferred_release(inputs[1]);
	inputs[1] = NULL;
	watch(evert_gather(inputs, INPUTS, 0));
	cr_assert(eq(sz, failure()->index, 1));
	cr_assert(evert_failure_is(failure()->cause, EVERT_NO_MEMORY));
}

Test(gather, p25_cancelling_it_cancels_every_input_once)
{
	struct evert_deferred *all = evert_gather(inputs, INPUTS, 0);

	evert_deferred_cancel(all);
	watch(all);
	assert_each_cancelled_once();
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
	cr_assert(eq(sz, reports.count, 0));
}

Test(gather, p25_cancelling_it_with_cancel_rest_cancels_every_input_once)
{
	struct evert_deferred *all =
		evert_gather(inputs, INPUTS, EVERT_CANCEL_REST);

	evert_deferred_cancel(all);
	watch(all);
	assert_each_cancelled_once();
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
}

Test(gather, p25_cancels_an_input_that_cleans_up_first_only_once)
{
	size_t calls = 0;
	struct evert_deferred *all;

	remake(1, fire_later, &calls);
	all = evert_gather(inputs, INPUTS, EVERT_CANCEL_REST);
	evert_deferred_cancel(all);
	watch(all);
	cr_assert(eq(sz, calls, 1));
	cr_assert(eq(sz, cancelled[2], 1));
}

Test(gather, p25_cancelled_leaves_inputs_that_have_delivered_alone)
{
	struct evert_deferred *all = evert_gather(inputs, INPUTS, 0);

	fire(1, 20);
	evert_deferred_cancel(all);
	watch(all);
	cr_assert(eq(sz, cancelled[1], 0));
}

Test(gather, p21_gives_the_values_when_every_input_answers_a_cancel_with_one)
{
	struct evert_deferred *all;

	remake(1, deliver_a_value, NULL);
	all = evert_gather(inputs + 1, 1, 0);
	evert_deferred_cancel(all);
	watch(all);
	cr_assert(eq(i64, value(0), 99));
	evert_deferred_release(inputs[0]);
	evert_deferred_release(inputs[2]);
}

Test(combine, p25_cancelled_gather_waits_for_an_input_that_cleans_up_first)
{
	size_t calls = 0;
	struct evert_firing *slot;
	struct evert_deferred *input = evert_deferred_create_cancellable(
		&slot, fire_later, &calls);
	struct evert_deferred *all = evert_gather(&input, 1, 0);

	evert_deferred_cancel(all);
	cr_assert(eq(sz, calls, 1));
	cr_assert(not(evert_deferred_has_fired(all)));

	evert_deferred_fire(&slot, evert_result_failure(evert_failure_bare(
					   EVERT_CANCELLED)));
	watch(all);
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
	evert_result_release(seen.result);
}

Test(gather, p23_a_timeout_of_it_is_told_as_a_timeout)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *all = evert_gather(inputs, INPUTS, 0);

	evert_deferred_add_timeout(all, 5.0, clock);
	watch(all);
	evert_clock_advance(clock, 5.0);
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(evert_result_failed_with(&seen.result, EVERT_TIMED_OUT));
	evert_clock_destroy(clock);
}

static struct evert_result cancel_it(struct evert_result *in, void *arg)
{
	evert_deferred_cancel(arg);
	return *in;
}

Test(gather, p25_may_be_cancelled_from_inside_an_inputs_callback)
{
	struct evert_deferred *all = NULL;
	struct evert_firing *slot;
	struct evert_deferred *outer = evert_deferred_create(&slot);

	/* The gather's Deferred is known to a link of input 0 by way of an
	   outer one that waits for it. */
	evert_deferred_add_callback(inputs[0], cancel_it, outer);
	all = evert_gather(inputs, INPUTS, 0);
	evert_deferred_chain(all, &slot);
	fire(0, 10);
	watch(outer);
	cr_assert(eq(sz, cancelled[0], 0));
	cr_assert(eq(sz, cancelled[1], 1));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
}

static bool fail_the_next(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *slot = evert_deferred_firing(deferred);

	(void)arg;
	slots[0] = NULL;
	fail(1, "pulled down");
	evert_deferred_abandon(&slot);
	return false;
}

Test(gather, p25_inputs_may_fire_while_it_cancels_the_rest)
{
	remake(0, fail_the_next, NULL);
	watch(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST));
	fail(2, "broken");
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, failure()->index, 2));
	cr_assert(eq(sz, cancelled[1], 0));
	cr_assert(eq(sz, reports.count, 1), "input 1 failed by itself");
}

Test(gather, p25_goes_on_when_released_before_its_inputs_fire)
{
	evert_deferred_release(evert_gather(inputs, INPUTS, 0));
	fire(0, 10);
	fire(1, 20);
	fail(2, "nobody listens");
	cr_assert(eq(sz, reports.count, 1));
	cr_assert(reports.kind == EVERT_FIRST_FAILURE);
}

Test(combine, p25_gather_refuses_an_option_that_is_not_its_own,
     .signal = SIGABRT)
{
	evert_gather(NULL, 0, EVERT_FIRE_ON_FIRST_VALUE);
}

/* ---- Promise 26: DeferredList ---- */

Test(list, p26_gives_every_outcome_in_input_order)
{
	watch(evert_deferred_list(inputs, INPUTS, EVERT_CONSUME_FAILURES));
	fire(2, 30);
	fail(1, "broken");
	cr_assert(eq(int, seen.calls, 0));

	fire(0, 10);
	cr_assert(eq(i64, value(0), 10));
	cr_assert(evert_result_is_failure(item(1)));
	cr_assert(eq(str, (char *)evert_result_as_failure(item(1))->message,
		     "broken"));
	cr_assert(eq(i64, value(2), 30));
}

Test(combine, p26_list_with_no_input_fires_at_once_whatever_the_options)
{
	watch(evert_deferred_list(NULL, 0, EVERT_FIRE_ON_FIRST_VALUE));
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, evert_result_as_list(&seen.result)->count, 0));
	evert_result_release(seen.result);
}

Test(list, p26_fires_on_the_first_value_with_its_index)
{
	watch(evert_deferred_list(inputs, INPUTS,
				  EVERT_FIRE_ON_FIRST_VALUE |
					  EVERT_CONSUME_FAILURES));
	fail(0, "broken");
	cr_assert(eq(int, seen.calls, 0));
	fire(2, 30);
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, evert_result_as_indexed(&seen.result)->index, 2));
	cr_assert(eq(i64,
		     evert_result_as_integer(
			     &evert_result_as_indexed(&seen.result)->value),
		     30));
	fire(1, 20);
	cr_assert(eq(int, seen.calls, 1));
}

Test(list, p26_waiting_for_a_first_value_gives_all_failures_when_none_comes)
{
	watch(evert_deferred_list(inputs, INPUTS,
				  EVERT_FIRE_ON_FIRST_VALUE |
					  EVERT_CONSUME_FAILURES));
	fail(0, "broken");
	fail(1, "broken");
	fail(2, "torn");
	cr_assert(eq(str, (char *)evert_result_as_failure(item(2))->message,
		     "torn"));
}

Test(list, p26_fires_on_the_first_failure)
{
	watch(evert_deferred_list(inputs, INPUTS,
				  EVERT_FIRE_ON_FIRST_FAILURE));
	fire(0, 10);
	fail(1, "broken");
	cr_assert(evert_result_failed_with(&seen.result, EVERT_FIRST_FAILURE));
	cr_assert(eq(sz, failure()->index, 1));
	cr_assert(eq(sz, reports.count, 0));
}

Test(list, p26_fires_on_whatever_comes_first_with_both_options)
{
	watch(evert_deferred_list(inputs, INPUTS,
				  EVERT_FIRE_ON_FIRST_VALUE |
					  EVERT_FIRE_ON_FIRST_FAILURE |
					  EVERT_CANCEL_REST));
	fire(1, 20);
	cr_assert(eq(sz, evert_result_as_indexed(&seen.result)->index, 1));
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(eq(sz, reports.count, 0));
}

Test(list, p26_reports_failures_that_nobody_consumes)
{
	watch(evert_deferred_list(inputs, INPUTS, 0));
	fail(1, "broken");
	cr_assert(eq(sz, reports.count, 1));
	fire(0, 10);
	fire(2, 30);
	cr_assert(evert_result_is_failure(item(1)));
	cr_assert(eq(sz, reports.count, 1));
}

Test(list, p26_reports_nothing_when_told_to_consume_failures)
{
	evert_deferred_release(evert_deferred_list(inputs, INPUTS,
						   EVERT_CONSUME_FAILURES));
	fail(0, "broken");
	fail(1, "broken");
	fail(2, "broken");
	cr_assert(eq(sz, reports.count, 0));
}

Test(list, p26_cancelled_holds_what_was_there_in_time)
{
	struct evert_deferred *all = evert_deferred_list(inputs, INPUTS, 0);

	fire(1, 20);
	evert_deferred_cancel(all);
	watch(all);
	cr_assert(evert_result_failed_with(item(0), EVERT_CANCELLED));
	cr_assert(eq(i64, value(1), 20));
	cr_assert(evert_result_failed_with(item(2), EVERT_CANCELLED));
	cr_assert(eq(sz, reports.count, 0));
}

static void fire_the_rest(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	(void)arg;
	fire(1, 20);
	fire(2, 30);
}

Test(list, p26_is_complete_when_a_report_fires_the_other_inputs)
{
	evert_set_unhandled_hook(fire_the_rest, NULL);
	watch(evert_deferred_list(inputs, INPUTS, 0));
	fail(0, "broken");
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(evert_result_is_failure(item(0)));
	cr_assert(eq(i64, value(2), 30));
}

Test(list, p26_is_complete_when_a_report_fires_inputs_while_it_is_made)
{
	evert_set_unhandled_hook(fire_the_rest, NULL);
	fail(0, "broken");
	watch(evert_deferred_list(inputs, INPUTS, 0));
	cr_assert(eq(int, seen.calls, 1));
	cr_assert(evert_result_is_failure(item(0)));
	cr_assert(eq(i64, value(1), 20));
	cr_assert(eq(i64, value(2), 30));
}

/* ---- Promise 27: race ---- */

static void assert_winner(size_t index, int64_t integer)
{
	struct evert_indexed *won = evert_result_as_indexed(&seen.result);

	cr_assert(eq(int, seen.calls, 1));
	cr_assert(eq(sz, won->index, index));
	cr_assert(eq(i64, evert_result_as_integer(&won->value), integer));
}

Test(race, p27_gives_the_first_value_with_its_index)
{
	watch(evert_race(inputs, INPUTS));
	fire(1, 20);
	assert_winner(1, 20);
}

Test(race, p27_cancels_the_others)
{
	watch(evert_race(inputs, INPUTS));
	fire(1, 20);
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[1], 0));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(eq(sz, reports.count, 0));
}

Test(race, p27_waits_for_a_value_while_some_fail)
{
	watch(evert_race(inputs, INPUTS));
	fail(0, "broken");
	fail(2, "broken");
	cr_assert(eq(int, seen.calls, 0));
	fire(1, 20);
	assert_winner(1, 20);
	cr_assert(eq(sz, reports.count, 0));
}

Test(race, p27_is_won_by_the_first_input_when_several_have_fired_already)
{
	fire(2, 30);
	fire(1, 20);
	watch(evert_race(inputs, INPUTS));
	assert_winner(1, 20);
	cr_assert(eq(sz, cancelled[0], 1));
}

Test(race, p27_fails_with_all_failures_in_input_order)
{
	const struct evert_failure *cause;

	watch(evert_race(inputs, INPUTS));
	fail(2, "two");
	fail(0, "zero");
	cr_assert(eq(int, seen.calls, 0));
	evert_deferred_abandon(&slots[1]);
	cr_assert(evert_result_failed_with(&seen.result, EVERT_ALL_FAILED));
	cause = failure()->cause;
	cr_assert(eq(sz, cause->index, 0));
	cr_assert(eq(str, (char *)cause->message, "zero"));
	cause = cause->next;
	cr_assert(eq(sz, cause->index, 1), "a shared failure is marked, too");
	cr_assert(evert_failure_is(cause, EVERT_ABANDONED));
	cause = cause->next;
	cr_assert(eq(sz, cause->index, 2));
	cr_assert(eq(str, (char *)cause->message, "two"));
	cr_assert(cause->next == NULL);
	cr_assert(eq(sz, reports.count, 0));
}

Test(combine, p27_race_with_no_input_fails_at_once)
{
	watch(evert_race(NULL, 0));
	cr_assert(evert_result_failed_with(&seen.result, EVERT_ALL_FAILED));
	cr_assert(failure()->cause == NULL);
	evert_result_release(seen.result);
}

Test(race, p27_cancelling_it_cancels_all)
{
	struct evert_deferred *first = evert_race(inputs, INPUTS);

	fail(1, "broken");
	evert_deferred_cancel(first);
	watch(first);
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[2], 1));
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
}

Test(race, p27_is_won_by_a_value_that_a_cancelled_input_delivers)
{
	struct evert_deferred *first;

	remake(1, deliver_a_value, NULL);
	first = evert_race(inputs, INPUTS);
	evert_deferred_cancel(first);
	watch(first);
	assert_winner(1, 99);
	cr_assert(eq(sz, cancelled[2], 1));
}

Test(race, p27_takes_no_second_winner_while_it_cancels_the_losers)
{
	remake(1, deliver_a_value, NULL);
	watch(evert_race(inputs, INPUTS));
	fire(2, 30);
	assert_winner(2, 30);
	cr_assert(eq(sz, cancelled[0], 1));
}

static bool cancel_the_race(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *slot = evert_deferred_firing(deferred);

	slots[0] = NULL;
	cancelled[0]++;
	evert_deferred_cancel(*(struct evert_deferred **)arg);
	evert_deferred_abandon(&slot);
	return false;
}

Test(race, p27_stays_won_when_a_loser_cancels_the_race)
{
	struct evert_deferred *first;

	remake(0, cancel_the_race, &first);
	first = evert_race(inputs, INPUTS);
	fire(1, 20);
	watch(first);
	assert_winner(1, 20);
	cr_assert(eq(sz, cancelled[0], 1));
	cr_assert(eq(sz, cancelled[2], 1));
}

Test(combine, p27_race_releases_what_a_loser_delivers_after_it_is_over)
{
	size_t calls = 0;
	struct evert_firing *a, *b;
	struct evert_deferred *two[] = {
		evert_deferred_create(&a),
		evert_deferred_create_cancellable(&b, fire_later, &calls),
	};

	watch(evert_race(two, 2));
	evert_deferred_fire(&a, evert_result_integer(1));
	assert_winner(0, 1);
	cr_assert(eq(sz, calls, 1));
	evert_deferred_fire(&b, evert_result_text("late", 4));
	assert_winner(0, 1);
	evert_result_release(seen.result);
}

/* ---- Memory ---- */

static struct evert_result count_value(struct evert_result *in, void *arg)
{
	(void)arg;
	seen.calls++;
	if (evert_result_is_failure(in))
		return evert_result_none();
	return *in;
}

/* Takes what it is given for the length of one scenario. */
static void play(struct evert_deferred *combined)
{
	evert_deferred_add_both(combined, count_value, NULL);
	evert_deferred_release(combined);
	evert_deferred_fire(&slots[0], evert_result_text("a", 1));
	fail(1, "broken");
	evert_deferred_fire(&slots[2], evert_result_text("c", 1));
}

static void play_all(void *arg)
{
	(void)arg;
	evert_set_unhandled_hook(count_report, NULL);
	begin();
	play(evert_gather(inputs, INPUTS, 0));
	begin();
	play(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST));
	begin();
	play(evert_deferred_list(inputs, INPUTS, 0));
	begin();
	play(evert_deferred_list(inputs, INPUTS,
				 EVERT_FIRE_ON_FIRST_VALUE));
	begin();
	play(evert_race(inputs, INPUTS));
	begin();
	play(evert_race(inputs + 1, 1));
	evert_deferred_release(inputs[0]);
	evert_deferred_release(inputs[2]);
	cr_assert(eq(int, seen.calls, 6), "each chain runs, memory or not");
	seen.calls = 0;
}

Test(combine, p17_whichever_allocation_fails_every_chain_runs)
{
	fail_every_allocation(play_all, NULL);
}

static void begin_starved(void)
{
	failing_allocator_start(0, false);
	begin();
	failing_allocator_fail(1, true);
}

static void finish_starved(void)
{
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

TestSuite(starved, .init = begin_starved, .fini = finish_starved);

Test(starved, p25_gather_leaves_the_inputs_to_go_on)
{
	cr_assert(evert_gather(inputs, INPUTS, 0) == NULL);
	cr_assert(eq(sz, cancelled[0] + cancelled[1] + cancelled[2], 0));
	evert_deferred_abandon(&slots[1]);
	cr_assert(eq(sz, reports.count, 1));
}

Test(starved, p25_gather_cancels_the_inputs_by_option)
{
	cr_assert(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST) == NULL);
	assert_each_cancelled_once();
	cr_assert(eq(sz, reports.count, 0));
}

static struct evert_result pass(struct evert_result *in, void *arg)
{
	(void)arg;
	return *in;
}

/* So that one link more needs memory. */
static void fill_chain(struct evert_deferred *deferred)
{
	while (!evert_deferred_add_both(deferred, pass, NULL))
		continue;
}

Test(starved, p25_what_a_cancelled_input_gives_all_the_same_is_no_failure)
{
	failing_allocator_fail(0, false);
	remake(1, deliver_a_value, NULL);
	failing_allocator_fail(1, true);
	while (!evert_deferred_reserve(inputs[1], 1))
		evert_deferred_add_both(inputs[1], pass, NULL);
	cr_assert(evert_gather(inputs, INPUTS, EVERT_CANCEL_REST) == NULL);
	cr_assert(eq(sz, reports.count, 0));
}

Test(starved, p25_gather_reports_no_cancel_where_no_link_can_be_added)
{
	enum { MANY = 100 };
	struct evert_deferred *many[MANY];
	struct evert_firing *ends[MANY];
	size_t i;

	failing_allocator_fail(0, false);
	for (i = 0; i < MANY; i++)
		many[i] = evert_deferred_create(&ends[i]);
	failing_allocator_fail(1, true);
	for (i = 0; i < MANY; i++)
		fill_chain(many[i]);
	cr_assert(evert_gather(many, MANY, EVERT_CANCEL_REST) == NULL);
	cr_assert(eq(sz, reports.count, 0));
	for (i = 0; i < MANY; i++)
		evert_deferred_abandon(&ends[i]);
	for (i = 0; i < INPUTS; i++)
		evert_deferred_release(inputs[i]);
}

Test(starved, p26_list_leaves_the_inputs_to_go_on)
{
	cr_assert(evert_deferred_list(inputs, INPUTS, 0) == NULL);
	cr_assert(eq(sz, cancelled[0] + cancelled[1] + cancelled[2], 0));
}

Test(starved, p15_a_failure_that_comes_too_late_is_reported)
{
	failing_allocator_fail(0, false);
	watch(evert_gather(inputs, INPUTS, 0));
	failing_allocator_fail(1, true);
	evert_deferred_abandon(&slots[0]);
	evert_deferred_abandon(&slots[1]);
	cr_assert(eq(sz, reports.count, 1));
	cr_assert(reports.kind == EVERT_ABANDONED);
}

Test(starved, p27_race_cancels_the_inputs)
{
	cr_assert(evert_race(inputs, INPUTS) == NULL);
	assert_each_cancelled_once();
	cr_assert(eq(sz, reports.count, 0));
}

static void fail_two_of_two(void *arg)
{
	struct evert_firing *a, *b;
	struct evert_deferred *two[] = {
		evert_deferred_create(&a),
		evert_deferred_create(&b),
	};

	(void)arg;
	watch(evert_race(two, 2));
	evert_deferred_fire(&a, evert_result_fail(EVERT_ERROR, 0, "a"));
	evert_deferred_fire(&b, evert_result_fail(EVERT_ERROR, 0, "b"));
	cr_assert(evert_result_is_failure(&seen.result));
	evert_result_release(evert_result_take(&seen.result));
}

Test(combine, p27_race_that_all_lose_frees_everything_without_memory)
{
	evert_set_unhandled_hook(count_report, NULL);
	fail_every_allocation(fail_two_of_two, NULL);
}

/* ---- Many ---- */

Test(combine, p25_gathers_100000_inputs)
{
	enum { MANY = 100000 };
	static struct evert_deferred *many[MANY];
	static struct evert_firing *ends[MANY];
	size_t i;

	for (i = 0; i < MANY; i++)
		many[i] = evert_deferred_create(&ends[i]);
	watch(evert_gather(many, MANY, 0));
	for (i = MANY; i-- > 0;)
		evert_deferred_fire(&ends[i], evert_result_integer((int)i));
	cr_assert(eq(i64, value(0), 0));
	cr_assert(eq(i64, value(MANY - 1), MANY - 1));
	evert_result_release(seen.result);
}

Test(combine, p24_cancelling_a_gather_of_100000_inputs_cancels_them_all)
{
	enum { MANY = 100000 };
	static struct evert_deferred *many[MANY];
	static struct evert_firing *ends[MANY];
	struct evert_deferred *all;
	size_t i;

	for (i = 0; i < MANY; i++)
		many[i] = evert_deferred_create(&ends[i]);
	all = evert_gather(many, MANY, EVERT_CANCEL_REST);
	evert_deferred_cancel(all);
	watch(all);
	cr_assert(evert_result_failed_with(&seen.result, EVERT_CANCELLED));
	for (i = 0; i < MANY; i++)
		evert_deferred_abandon(&ends[i]);
}
