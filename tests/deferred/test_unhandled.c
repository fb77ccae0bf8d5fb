/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>

#include "../../deferred/deferred.h"
#include "../support/memory.h"
#include "../support/diary.h"

/* The last report, as evert_unhandled_print prints it, and how many. */
static char printed[2048];
static size_t reports;

static void print_report(const struct evert_unhandled *report, void *arg)
{
	FILE *to = fmemopen(printed, sizeof(printed), "w");

	(void)arg;
	reports++;
	evert_unhandled_print(report, to);
	fclose(to);
}

static void begin(void)
{
	evert_set_unhandled_hook(print_report, NULL);
}

TestSuite(unhandled, .init = begin);

static struct evert_result planned_failure(void)
{
	return evert_result_failure(evert_failure_create_at(
		"fail.c:1", EVERT_ERROR, 0, "planned"));
}

static struct evert_deferred *create(const char *place)
{
	return unfired_at(place);
}

static struct evert_deferred *create_failed(const char *place)
{
	return evert_deferred_create_fired_at(place, planned_failure());
}

Test(unhandled, p15_a_failure_is_reported_when_the_reading_end_is_released)
{
	struct evert_deferred *d = create_failed("made.c:1");

	cr_assert(zero(sz, reports));
	evert_deferred_release(d);
	cr_assert(eq(sz, reports, 1));
}

Test(unhandled, p15_a_failure_is_reported_when_it_comes_after_the_release)
{
	struct evert_deferred *d = create("made.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_release(d);
	cr_assert(zero(sz, reports));
	evert_deferred_fire(&slot, planned_failure());
	cr_assert(eq(sz, reports, 1));
}

Test(unhandled, p15_a_cancelled_one_is_reported_once_though_fired_later)
{
	struct evert_deferred *d = create("made.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_cancel(d);
	evert_deferred_release(d);
	cr_assert(eq(sz, reports, 1));
	evert_deferred_fire(&slot, planned_failure());
	cr_assert(eq(sz, reports, 1));
}

Test(unhandled, p15_the_report_names_both_places_of_origin)
{
	evert_deferred_release(create_failed("made.c:1"));
	cr_assert(eq(str, printed,
		     "evert: unhandled failure ERROR: planned (fail.c:1)\n"
		     "  in the Deferred made at made.c:1\n"));
}

Test(unhandled, p15_a_handled_failure_is_not_reported)
{
	struct evert_deferred *d = create_failed("made.c:1");

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_release(d);
	cr_assert(zero(sz, reports));
}

Test(unhandled, p15_a_value_is_not_reported)
{
	evert_deferred_release(fired(1));
	cr_assert(zero(sz, reports));
}

static struct evert_result take(struct evert_result *in, void *to)
{
	*(struct evert_result *)to = evert_result_take(in);
	return evert_result_none();
}

Test(unhandled, p15_a_failure_that_was_taken_is_not_reported)
{
	struct evert_result taken;
	struct evert_deferred *d = create_failed("made.c:1");

	evert_deferred_add_errback(d, take, &taken);
	evert_deferred_release(d);
	cr_assert(zero(sz, reports));
	evert_result_release(taken);
}

Test(unhandled, p15_a_failure_that_moved_to_the_outer_one_is_reported_there)
{
	struct evert_deferred *inner = create("inner.c:1");
	struct evert_firing *slot = evert_deferred_firing(inner);
	struct evert_deferred *d = evert_deferred_create_fired_at(
		"outer.c:1", evert_result_integer(1));

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_fire(&slot, planned_failure());
	cr_assert(zero(sz, reports));
	evert_deferred_release(d);
	cr_assert(eq(sz, reports, 1));
	cr_assert(eq(str, printed,
		     "evert: unhandled failure ERROR: planned (fail.c:1)\n"
		     "  in the Deferred made at outer.c:1\n"));
}

Test(unhandled, p15_a_failed_one_that_is_waited_for_is_not_reported)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, create_failed("made.c:1"));
	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_release(d);
	cr_assert(zero(sz, reports));
}

Test(unhandled, p15_a_failure_replaced_by_another_is_not_reported)
{
	struct evert_deferred *d = create_failed("made.c:1");

	evert_deferred_add_errback(d, fail_plainly, NULL);
	evert_deferred_release(d);
	cr_assert(eq(sz, reports, 1));
	cr_assert(zero(ptr, strstr(printed, "fail.c:1")));
}

Test(unhandled, p15_the_failure_of_a_late_link_of_the_inner_one_is_its_own)
{
	struct evert_deferred *inner = create("inner.c:1");
	struct evert_firing *slot = evert_deferred_firing(inner);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(inner, fail_plainly, NULL);
	evert_deferred_release(d);
	fire(&slot, 2);
	cr_assert(eq(sz, reports, 1));
	cr_assert(not(zero(ptr, strstr(printed, "inner.c:1"))));
}

/* ---- The links ---- */

static void add_passing(struct evert_deferred *d, const char *label)
{
	evert_deferred_add_at(d, NULL, NULL, NULL, label);
}

Test(unhandled, p15_the_report_lists_the_links_it_passed)
{
	struct evert_deferred *d = create_failed("made.c:1");

	add_passing(d, "one");
	add_passing(d, "two");
	evert_deferred_release(d);
	cr_assert(eq(str, printed,
		     "evert: unhandled failure ERROR: planned (fail.c:1)\n"
		     "  in the Deferred made at made.c:1\n"
		     "  passed one\n"
		     "  passed two\n"));
}

static struct evert_result fail(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return planned_failure();
}

Test(unhandled, p15_the_list_begins_with_the_link_that_failed)
{
	struct evert_deferred *d = fired(1);

	add_passing(d, "before");
	evert_deferred_add_at(d, fail, NULL, NULL, "culprit");
	add_passing(d, "after");
	evert_deferred_release(d);
	cr_assert(not(zero(ptr, strstr(printed, "  passed culprit\n"
						"  passed after\n"))));
	cr_assert(zero(ptr, strstr(printed, "before")));
}

static const char *const names[] = { "l0", "l1", "l2", "l3", "l4", "l5",
				     "l6", "l7", "l8", "l9", "l10", "l11" };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void assert_latest_eight(void)
{
	cr_assert(zero(ptr, strstr(printed, "passed l3\n")));
	cr_assert(not(zero(ptr, strstr(printed,
				       "  passed l4\n  passed l5\n"
				       "  passed l6\n  passed l7\n"
				       "  passed l8\n  passed l9\n"
				       "  passed l10\n  passed l11\n"))));
}

Test(unhandled, p15_of_many_links_the_latest_eight_are_listed)
{
	struct evert_deferred *d = create("made.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);
	size_t i;

	for (i = 0; i < NAMES; i++)
		add_passing(d, names[i]);
	evert_deferred_fire(&slot, planned_failure());
	evert_deferred_release(d);
	assert_latest_eight();
}

Test(unhandled, p15_links_added_one_by_one_to_a_failed_one_are_listed)
{
	struct evert_deferred *d = create_failed("made.c:1");
	size_t i;

	for (i = 0; i < NAMES; i++)
		add_passing(d, names[i]);
	evert_deferred_release(d);
	assert_latest_eight();
}

/* ---- The hook and the default ---- */

Test(unhandled, p15_without_a_hook_the_report_goes_to_stderr)
{
	cr_redirect_stderr();
	evert_set_unhandled_hook(NULL, NULL);
	evert_deferred_release(create_failed("made.c:1"));
	fflush(stderr);
	cr_assert_stderr_eq_str(
		"evert: unhandled failure ERROR: planned (fail.c:1)\n"
		"  in the Deferred made at made.c:1\n");
}

static void expect_arg(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	++*(size_t *)arg;
}

Test(unhandled, p15_the_hook_gets_its_argument)
{
	size_t counted = 0;

	evert_set_unhandled_hook(expect_arg, &counted);
	evert_deferred_release(create_failed("made.c:1"));
	cr_assert(eq(sz, counted, 1));
}

Test(unhandled, p15_reports_come_in_the_order_of_the_releases)
{
	diary_unhandled();
	evert_deferred_release(create_failed("made.c:1"));
	evert_deferred_release(evert_deferred_create_fired(
		evert_result_fail(EVERT_TIMED_OUT, 0, "second")));
	cr_assert(eq(str, diary, "unhandled:ERROR unhandled:TIMED_OUT"));
}

Test(unhandled, p15_a_report_needs_no_memory)
{
	struct evert_deferred *d;
	size_t before;

	failing_allocator_start(0, false);
	d = unfired();
	failing_allocator_fail(1, true);
	evert_deferred_abandon(&(struct evert_firing *){
		evert_deferred_firing(d) });
	before = failing_allocator_counts().requests;
	evert_deferred_release(d);
	cr_assert(eq(sz, reports, 1));
	cr_assert(eq(sz, failing_allocator_stop().requests, before));
}

Test(unhandled, p15_the_causes_of_a_failure_are_printed_below_it)
{
	struct evert_failure *all =
		evert_failure_create_at("all.c:1", EVERT_ALL_FAILED, 0, "all");
	struct evert_failure *cause =
		evert_failure_create_at("one.c:1", EVERT_ERROR, 0, "one");

	evert_failure_set_index(cause, 0);
	evert_failure_add_cause(all, cause);
	evert_deferred_release(evert_deferred_create_fired_at(
		"made.c:1", evert_result_failure(all)));
	cr_assert(eq(str, printed,
		     "evert: unhandled failure ALL_FAILED: all (all.c:1)\n"
		     "  [0] ERROR: one (one.c:1)\n"
		     "  in the Deferred made at made.c:1\n"));
}

/* ---- Using the Deferred from inside the report ---- */

static struct evert_deferred *reported;
static struct evert_firing *reported_slot;

static void use_it(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	(void)arg;
	diary_add("report");
	evert_deferred_cancel(reported);
	evert_deferred_add_callback(reported, diary_pass, "added");
	fire(&reported_slot, 1);
}

Test(unhandled, the_hook_may_use_the_deferred_that_is_reported)
{
	reported = create("made.c:1");
	reported_slot = evert_deferred_firing(reported);
	evert_set_unhandled_hook(use_it, NULL);
	evert_deferred_cancel(reported);
	evert_deferred_release(reported);
	cr_assert(eq(str, diary, "report added:nothing"));
}
