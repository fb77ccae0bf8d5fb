/* SPDX-License-Identifier: MIT */
/* Coroutines that are cancelled: at a wait, before one, again. */
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../support/death.h"
#include "../../support/diary.h"

TestSuite(coroutine_cancel, .init = diary_unhandled);

/* What the coroutine awaits, and the coroutine itself. */
static struct evert_firing *slots[3];
static struct evert_deferred *task;

static struct evert_deferred *make(int which)
{
	return evert_deferred_create(&slots[which]);
}

static void write_down(const char *name, struct evert_result result)
{
	diary_end(&result, (char *)name);
	evert_result_release(result);
}

/* Spawns `body`; its end is written down. */
static void spawn(evert_body body, void *arg)
{
	task = evert_spawn(body, arg);
	evert_deferred_add_both(task, diary_end, "ended");
}

static void finish(void)
{
	int i;

	for (i = 0; i < 3; i++)
		evert_deferred_abandon(&slots[i]);
	evert_deferred_release(task);
}

static struct evert_result await_one(void *arg)
{
	(void)arg;
	return evert_await(make(0));
}

/* Swallows whatever it gets. */
static struct evert_result await_three(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 3; i++)
		write_down("got", evert_await(make(i)));
	return evert_result_integer(7);
}

/* ---- While it waits ---- */

Test(coroutine_cancel, p33_it_cancels_what_is_awaited)
{
	spawn(await_one, NULL);
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, "ended:CANCELLED"));
	finish();
}

static bool note_cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *slot = evert_deferred_firing(deferred);

	diary_add("canceller");
	if (arg)
		evert_deferred_fire(&slot, evert_result_text(arg, 4));
	else
		evert_deferred_abandon(&slot);
	return false;
}

static struct evert_result await_cancellable(void *arg)
{
	return evert_await(
		unfired_cancellable(note_cancel, arg));
}

Test(coroutine_cancel, p33_what_the_canceller_fires_is_what_the_body_sees)
{
	spawn(await_cancellable, "late");
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, "canceller ended:late"));
	finish();
}

Test(coroutine_cancel, p33_the_body_may_swallow_it)
{
	spawn(await_three, NULL);
	evert_deferred_cancel(task);
	fire(&slots[1], 1);
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "got:CANCELLED got:1 got:2 ended:7"));
	finish();
}

static struct evert_result clean_up(void *arg)
{
	struct evert_result outcome = evert_await(make(0));

	(void)arg;
	write_down("cleaned", evert_await(make(1)));
	return outcome;
}

Test(coroutine_cancel, p33_the_body_may_await_while_it_cleans_up)
{
	spawn(clean_up, NULL);
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, ""));
	fire(&slots[1], 1);
	cr_assert(eq(str, diary, "cleaned:1 ended:CANCELLED"));
	finish();
}

Test(coroutine_cancel, p33_one_that_was_swallowed_can_be_followed_by_another)
{
	spawn(await_three, NULL);
	evert_deferred_cancel(task);
	evert_deferred_cancel(task);
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "got:CANCELLED got:CANCELLED got:2 ended:7"));
	finish();
}

static struct evert_result await_task(void *inner)
{
	return evert_await(*(struct evert_deferred **)inner);
}

Test(coroutine_cancel, p33_it_reaches_through_a_coroutine_that_is_awaited)
{
	struct evert_deferred *inner = evert_spawn(await_three, NULL);

	spawn(await_task, &inner);
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, "got:CANCELLED"));
	fire(&slots[1], 1);
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "got:CANCELLED got:1 got:2 ended:7"));
	finish();
}

static struct evert_result return_inner(void *inner)
{
	return evert_result_wait(*(struct evert_deferred **)inner);
}

Test(coroutine_cancel, p33_it_reaches_what_the_body_returned_to_wait_for)
{
	struct evert_deferred *inner = make(0);

	spawn(return_inner, &inner);
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, "ended:CANCELLED"));
	finish();
}

Test(coroutine_cancel, p33_after_its_end_does_nothing)
{
	spawn(await_one, NULL);
	fire(&slots[0], 1);
	evert_deferred_cancel(task);
	cr_assert(eq(str, diary, "ended:1"));
	finish();
}

/* ---- While it does not wait ---- */

static struct evert_result cancel_self(void *arg)
{
	(void)arg;
	write_down("got", evert_await(make(0)));
	evert_deferred_cancel(task);
	evert_deferred_cancel(task);
	write_down("got", evert_await(fired(5)));
	write_down("got", evert_await(make(1)));
	return evert_await(make(2));
}

Test(coroutine_cancel, p33_of_one_that_runs_cancels_its_next_wait_once)
{
	spawn(cancel_self, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "got:0 got:5 got:CANCELLED"));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "got:0 got:5 got:CANCELLED ended:2"));
	finish();
}

static struct evert_result cancel_and_return(void *arg)
{
	(void)arg;
	evert_result_release(evert_await(make(0)));
	evert_deferred_cancel(task);
	return evert_result_integer(3);
}

Test(coroutine_cancel, p33_of_one_that_does_not_wait_again_changes_nothing)
{
	spawn(cancel_and_return, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "ended:3"));
	finish();
}

static struct evert_result cancel_self_and_wait(void *arg)
{
	(void)arg;
	write_down("got", evert_await(make(0)));
	evert_deferred_cancel(task);
	return await_cancellable("late");
}

Test(coroutine_cancel, p33_a_wait_cancelled_ahead_calls_the_canceller)
{
	spawn(cancel_self_and_wait, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "got:0 canceller ended:late"));
	finish();
}

static bool fire_later(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	diary_add("later");
	return true;
}

static struct evert_result wait_for_slow_canceller(void *arg)
{
	(void)arg;
	write_down("got", evert_await(make(0)));
	evert_deferred_cancel(task);
	return evert_await(evert_deferred_create_cancellable(
		&slots[1], fire_later, NULL));
}

Test(coroutine_cancel, p33_a_wait_cancelled_ahead_may_end_later)
{
	spawn(wait_for_slow_canceller, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "got:0 later"));
	fire(&slots[1], 1);
	cr_assert(eq(str, diary, "got:0 later ended:1"));
	finish();
}

static struct evert_result wake_and_cancel(void *arg)
{
	(void)arg;
	fire(&slots[0], 8);
	evert_deferred_cancel(task);
	return evert_result_none();
}

Test(coroutine_cancel, p33_of_one_that_was_woken_takes_no_value_from_it)
{
	spawn(await_three, NULL);
	evert_deferred_release(evert_spawn(wake_and_cancel, NULL));
	cr_assert(eq(str, diary, "got:8 got:CANCELLED"));
	fire(&slots[2], 2);
	finish();
}

static struct evert_result cancel_twice(void *arg)
{
	(void)arg;
	evert_deferred_cancel(task);
	evert_deferred_cancel(task);
	return evert_result_none();
}

Test(coroutine_cancel, p33_another_before_the_one_is_seen_adds_nothing)
{
	spawn(await_three, NULL);
	evert_deferred_release(evert_spawn(cancel_twice, NULL));
	cr_assert(eq(str, diary, "got:CANCELLED"));
	fire(&slots[1], 1);
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "got:CANCELLED got:1 got:2 ended:7"));
	finish();
}

static bool await_in_canceller(struct evert_deferred *deferred, void *arg)
{
	struct evert_result outcome =
		evert_await(evert_deferred_create(&slots[1]));

	(void)deferred;
	(void)arg;
	diary_end(&outcome, "cleaned");
	return false;
}

static struct evert_result cancel_ahead(void *arg)
{
	struct evert_result outcome;

	(void)arg;
	evert_result_release(evert_await(make(0)));
	evert_deferred_cancel(task);
	outcome = evert_await(evert_deferred_create_cancellable(
		&slots[2], await_in_canceller, NULL));
	return diary_pass(&outcome, "body");
}

Test(coroutine_cancel, p33_a_canceller_may_wait_in_the_wait_that_it_ends)
{
	spawn(cancel_ahead, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, ""));
	fire(&slots[1], 5);
	cr_assert(eq(str, diary, "cleaned:5 body:CANCELLED ended:CANCELLED"));
	finish();
}

Test(coroutine_cancel, p33_what_is_awaited_may_come_while_its_canceller_waits)
{
	spawn(cancel_ahead, NULL);
	fire(&slots[0], 0);
	fire(&slots[2], 7);
	cr_assert(eq(str, diary, ""));
	fire(&slots[1], 5);
	cr_assert(eq(str, diary, "cleaned:5 body:7 ended:7"));
	finish();
}

/* ---- Timeouts ---- */

static struct evert_result sleep_long(void *clock)
{
	return evert_await(evert_clock_sleep(clock, 10));
}

Test(coroutine_cancel, p23_a_timeout_covers_a_coroutine)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *d = evert_spawn(sleep_long, clock);

	evert_deferred_add_timeout(d, 2, clock);
	evert_deferred_add_both(d, diary_end, "ended");
	evert_deferred_release(d);
	evert_clock_advance(clock, 2);
	cr_assert(eq(str, diary, "ended:TIMED_OUT"));
	cr_assert(eq(sz, evert_clock_pending(clock), 0));
	evert_clock_destroy(clock);
}
