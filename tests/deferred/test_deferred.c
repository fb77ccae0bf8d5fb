/* SPDX-License-Identifier: MIT */
/* What a Deferred does when nothing is cancelled and memory lasts. */
#include <signal.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../support/diary.h"

TestSuite(deferred, .init = diary_unhandled);

/* ---- Firing ---- */

Test(deferred, p01_it_fires_once_and_runs_its_links_in_order)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, diary_pass, "a");
	evert_deferred_add_callback(d, diary_pass, "b");
	cr_assert(eq(str, diary, ""));
	cr_assert(not(evert_deferred_has_fired(d)));

	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:1 b:1"));
	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
}

Test(deferred, p01_firing_empties_the_slot)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	fire(&slot, 1);
	cr_assert(zero(ptr, slot));
	evert_deferred_release(d);
}

Test(deferred, p01_firing_through_an_emptied_slot_releases_the_value)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	fire(&slot, 1);
	evert_deferred_fire(&slot, diary_value("late"));
	cr_assert(eq(str, diary, "freed:late"));
	evert_deferred_release(d);
}

static struct evert_result fire_again(struct evert_result *in, void *slot)
{
	evert_deferred_fire(slot, diary_value("late"));
	return *in;
}

Test(deferred, p01_the_slot_is_empty_before_the_first_callback_runs)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, fire_again, &slot);
	fire(&slot, 1);
	cr_assert(eq(str, diary, "freed:late"));
	evert_deferred_release(d);
}

Test(deferred, p01_firing_a_kept_copy_again_is_a_bug, .signal = SIGABRT)
{
	struct evert_firing *slot, *kept;

	evert_deferred_create(&slot);
	kept = slot;
	fire(&slot, 1);
	fire(&kept, 2);
}

Test(deferred, p01_what_was_made_fired_cannot_be_fired, .signal = SIGABRT)
{
	struct evert_firing *slot = evert_deferred_firing(fired(1));

	fire(&slot, 2);
}

Test(deferred, p02_a_callback_added_to_a_fired_one_runs_at_once)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, diary_pass, "a");
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred, p02_an_errback_added_to_a_failed_one_runs_at_once)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:ERROR"));
	evert_deferred_release(d);
}

/* ---- Adding while running ---- */

static struct evert_result add_two(struct evert_result *in, void *deferred)
{
	diary_add("before");
	evert_deferred_add_callback(deferred, diary_pass, "added1");
	evert_deferred_add_callback(deferred, diary_pass, "added2");
	diary_add("after");
	return *in;
}

Test(deferred, p03_callback_added_while_running_runs_after_the_earlier_ones)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, add_two, d);
	evert_deferred_add_callback(d, diary_pass, "earlier");
	fire(&slot, 1);
	cr_assert(eq(str, diary,
		     "before after earlier:1 added1:1 added2:1"));
	evert_deferred_release(d);
}

Test(deferred, p03_callback_added_while_running_never_recurses)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, add_two, d);
	cr_assert(eq(str, diary, "before after added1:1 added2:1"));
	evert_deferred_release(d);
}

static struct evert_result add_after_release(struct evert_result *in,
					     void *deferred)
{
	evert_deferred_release(deferred);
	return add_two(in, deferred);
}

Test(deferred, p03_a_callback_may_add_after_it_released_the_reading_end)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, add_after_release, d);
	cr_assert(eq(str, diary, "before after added1:1 added2:1"));
}

/* ---- Callbacks and errbacks ---- */

Test(deferred, p04_a_pairs_errback_never_sees_its_callbacks_failure)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callbacks(d, fail_plainly, diary_end, "same");
	evert_deferred_add_callbacks(d, diary_end, diary_end, "next");
	cr_assert(eq(str, diary, "next:ERROR"));
	evert_deferred_release(d);
}

static struct evert_result recover(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_integer(7);
}

Test(deferred, p05_an_errback_that_returns_a_value_ends_the_failure)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_callbacks(d, diary_pass, recover, "a");
	evert_deferred_add_callbacks(d, diary_pass, diary_pass, "b");
	cr_assert(eq(str, diary, "b:7"));
	evert_deferred_release(d);
}

static struct evert_result fail_anew(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_fail(EVERT_TIMED_OUT, 0, "another");
}

Test(deferred, p05_an_errback_that_fails_passes_the_new_failure_on)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_errback(d, fail_anew, NULL);
	evert_deferred_add_errback(d, diary_end, "b");
	cr_assert(eq(str, diary, "b:TIMED_OUT"));
	evert_deferred_release(d);
}

Test(deferred, p05_an_errback_that_returns_its_failure_passes_it_on)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_errback(d, diary_pass, "a");
	evert_deferred_add_errback(d, diary_end, "b");
	cr_assert(eq(str, diary, "a:ERROR b:ERROR"));
	evert_deferred_release(d);
}

Test(deferred, p06_firing_with_a_failure_is_the_errback_side)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, diary_pass, "callback");
	evert_deferred_add_errback(d, diary_end, "errback");
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "errback:ERROR"));
	evert_deferred_release(d);
}

Test(deferred, p06_firing_with_a_deferred_that_fails_is_the_errback_side)
{
	struct evert_deferred *d = evert_deferred_create_fired(
		evert_result_wait(evert_deferred_create_fired(
			plain_failure())));

	evert_deferred_add_callbacks(d, diary_pass, diary_end, "a");
	cr_assert(eq(str, diary, "a:ERROR"));
	evert_deferred_release(d);
}

Test(deferred, p07_a_value_passes_an_errback_unchanged)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_errback(d, diary_end, "errback");
	evert_deferred_add_callback(d, diary_pass, "a");
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred, p07_a_failure_passes_a_callback_unchanged)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_callback(d, diary_end, "callback");
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:ERROR"));
	evert_deferred_release(d);
}

Test(deferred, p07_a_pair_without_both_halves_changes_nothing)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callbacks(d, NULL, NULL, NULL);
	evert_deferred_add_both(d, diary_pass, "a");
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

/* ---- The result ---- */

Test(deferred, a_result_that_is_replaced_is_released)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	evert_deferred_add_callback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:x freed:x"));
	evert_deferred_release(d);
}

static struct evert_result take(struct evert_result *in, void *to)
{
	*(struct evert_result *)to = evert_result_take(in);
	return evert_result_none();
}

Test(deferred, a_result_that_is_taken_belongs_to_the_taker)
{
	struct evert_result taken;
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	evert_deferred_add_callback(d, take, &taken);
	evert_deferred_release(d);
	cr_assert(eq(str, diary, ""));
	evert_result_release(taken);
	cr_assert(eq(str, diary, "freed:x"));
}

static struct evert_result take_and_return(struct evert_result *in, void *arg)
{
	(void)arg;
	return evert_result_take(in);
}

Test(deferred, a_result_may_be_taken_and_returned)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	evert_deferred_add_callback(d, take_and_return, NULL);
	evert_deferred_add_callback(d, diary_pass, "a");
	evert_deferred_release(d);
	cr_assert(eq(str, diary, "a:x freed:x"));
}

Test(deferred, the_last_result_is_released_with_the_reading_end)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	cr_assert(eq(str, diary, ""));
	evert_deferred_release(d);
	cr_assert(eq(str, diary, "freed:x"));
}

Test(deferred, released_before_the_firing_it_still_runs)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, diary_pass, "a");
	evert_deferred_release(d);
	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:1"));
}

Test(deferred, releasing_twice_is_a_bug, .signal = SIGABRT)
{
	struct evert_deferred *d = unfired();

	evert_deferred_release(d);
	evert_deferred_release(d);
}

struct looked {
	struct evert_deferred *deferred;
	const struct evert_result *seen;
	int64_t value;
};

static struct evert_result look(struct evert_result *in, void *arg)
{
	struct looked *looked = arg;

	looked->seen = evert_deferred_result(looked->deferred);
	looked->value = evert_result_as_integer(looked->seen);
	return *in;
}

Test(deferred, p18_the_result_can_be_read_while_a_callback_runs)
{
	struct looked looked = { .deferred = fired(5) };

	evert_deferred_add_callback(looked.deferred, look, &looked);
	cr_assert(eq(i64, looked.value, 5));
	evert_deferred_release(looked.deferred);
}

Test(deferred, p18_there_is_no_result_before_the_firing)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	cr_assert(zero(ptr, (void *)evert_deferred_result(d)));
	fire(&slot, 5);
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     5));
	evert_deferred_release(d);
}

Test(deferred, p18_there_is_no_result_while_it_waits_for_an_inner_one)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	cr_assert(zero(ptr, (void *)evert_deferred_result(d)));
	fire(&slot, 5);
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     5));
	evert_deferred_release(d);
}

/* ---- Pausing ---- */

Test(deferred, p12_nothing_runs_while_it_is_paused)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_pause(d);
	evert_deferred_add_callback(d, diary_pass, "a");
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred, p12_pauses_are_counted)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_pause(d);
	evert_deferred_pause(d);
	evert_deferred_add_callback(d, diary_pass, "a");
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

static struct evert_result pause_it(struct evert_result *in, void *deferred)
{
	evert_deferred_pause(deferred);
	return *in;
}

Test(deferred, p12_a_pause_from_inside_a_callback_holds_the_next_one)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, pause_it, d);
	evert_deferred_add_callback(d, diary_pass, "a");
	fire(&slot, 1);
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

static struct evert_result pause_and_unpause(struct evert_result *in,
					     void *deferred)
{
	evert_deferred_pause(deferred);
	evert_deferred_unpause(deferred);
	diary_add("inside");
	return *in;
}

Test(deferred, p12_an_unpause_from_inside_a_callback_does_not_recurse)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_callback(d, pause_and_unpause, d);
	evert_deferred_add_callback(d, diary_pass, "a");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "inside a:1"));
	evert_deferred_release(d);
}

Test(deferred, p12_an_unpause_too_many_is_a_bug, .signal = SIGABRT)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_pause(d);
	evert_deferred_unpause(d);
	evert_deferred_unpause(d);
}

Test(deferred, p12_waiting_is_no_pause_that_could_be_undone,
     .signal = SIGABRT)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, unfired());
	evert_deferred_unpause(d);
}

Test(deferred, p12_a_pause_outlasts_the_wait_for_an_inner_one)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_pause(d);
	fire(&slot, 2);
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred, p12_the_wait_for_an_inner_one_outlasts_a_pause)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_pause(d);
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, ""));
	fire(&slot, 2);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred, p12_a_paused_inner_one_hands_over_when_it_is_unpaused)
{
	struct evert_deferred *inner = fired(2);
	struct evert_deferred *d = fired(1);

	evert_deferred_pause(inner);
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(inner);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred, p12_one_released_while_paused_ends_when_it_is_unpaused)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	evert_deferred_pause(d);
	evert_deferred_release(d);
	cr_assert(eq(str, diary, ""));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "freed:x"));
}

Test(deferred, p13_a_paused_outer_one_does_not_hold_the_inner_ones_links)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(inner, diary_pass, "inner");
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_pause(d);
	fire(&slot, 2);
	cr_assert(eq(str, diary, "inner:2"));
	evert_deferred_unpause(d);
	evert_deferred_release(d);
}

/* ---- Giving the firing end up ---- */

Test(deferred, p16_an_abandoned_one_fails)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_abandon(&slot);
	cr_assert(eq(str, diary, "a:ABANDONED"));
	cr_assert(zero(ptr, slot));
	evert_deferred_release(d);
}

Test(deferred, p16_abandoning_an_empty_slot_does_nothing)
{
	struct evert_firing *slot = NULL;

	evert_deferred_abandon(&slot);
	cr_assert(eq(str, diary, ""));
}

/* ---- NULL: there was no memory ---- */

Test(deferred, null_is_one_that_failed_for_want_of_memory)
{
	cr_assert(evert_deferred_has_fired(NULL));
	cr_assert(evert_result_failed_with(evert_deferred_result(NULL),
					   EVERT_NO_MEMORY));
}

Test(deferred, null_runs_the_errback_of_what_is_added)
{
	cr_assert(lt(int, evert_deferred_add_callbacks(NULL, diary_pass,
						       diary_pass, "a"),
		     0));
	cr_assert(eq(str, diary, "a:NO_MEMORY"));
}

Test(deferred, null_may_be_given_to_every_call)
{
	evert_deferred_cancel(NULL);
	evert_deferred_pause(NULL);
	evert_deferred_unpause(NULL);
	evert_deferred_release(NULL);
	cr_assert(eq(str, diary, ""));
}

Test(deferred, null_returned_from_a_callback_is_a_failure)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, NULL);
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:NO_MEMORY"));
	evert_deferred_release(d);
}

/* ---- Dump ---- */

static char *dumped(const struct evert_deferred *d)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	evert_deferred_dump(d, to);
	fclose(to);
	return text;
}

static void assert_dump(const struct evert_deferred *d, const char *expected)
{
	char *text = dumped(d);

	cr_assert(eq(str, text, (char *)expected));
	free(text);
}

Test(deferred, p19_dump_names_the_place_and_the_links_to_run)
{
	struct evert_deferred *d =
		unfired_at("x.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_at(d, diary_pass, NULL, "a", "first (x.c:2)");
	evert_deferred_add_at(d, diary_pass, NULL, "b", "second (x.c:3)");
	assert_dump(d, "Deferred made at x.c:1: not fired\n"
		       "  then first (x.c:2)\n"
		       "  then second (x.c:3)\n");
	fire(&slot, 1);
	assert_dump(d, "Deferred made at x.c:1: fired with 1\n");
	evert_deferred_release(d);
}

Test(deferred, p19_dump_follows_what_it_waits_for)
{
	struct evert_deferred *inner =
		unfired_at("in.c:1");
	struct evert_firing *slot = evert_deferred_firing(inner);
	struct evert_deferred *d = evert_deferred_create_fired_at(
		"out.c:1", evert_result_wait(inner));

	evert_deferred_pause(d);
	assert_dump(d, "Deferred made at out.c:1: fired, paused 1 times\n"
		       "  awaits the one made at in.c:1: not fired\n");
	assert_dump(inner, "Deferred made at in.c:1: not fired, the one made "
			   "at out.c:1 waits for it\n");
	evert_deferred_unpause(d);
	fire(&slot, 1);
	evert_deferred_release(d);
}

static struct evert_result dump(struct evert_result *in, void *deferred)
{
	assert_dump(deferred, "Deferred made at x.c:1: fired with failure "
			      "ERROR: planned, running\n"
			      "  then rest (x.c:9)\n");
	diary_add("dumped");
	return *in;
}

Test(deferred, p19_dump_works_from_inside_a_callback)
{
	struct evert_deferred *d =
		unfired_at("x.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_errback(d, dump, d);
	evert_deferred_add_at(d, NULL, diary_end, "a", "rest (x.c:9)");
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "dumped a:ERROR"));
	evert_deferred_release(d);
}

Test(deferred, p19_dump_says_that_it_was_released)
{
	struct evert_deferred *d =
		unfired_at("x.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_release(d);
	assert_dump(d, "Deferred made at x.c:1: not fired, released\n");
	fire(&slot, 1);
}

Test(deferred, p19_dump_of_null_says_why)
{
	assert_dump(NULL, "no Deferred: there was no memory\n");
}
