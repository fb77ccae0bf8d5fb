/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../../deferred/coroutine/scope.h"
#include "../../../deferred/coroutine/sleep.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/diary.h"

TestSuite(scope, .init = diary_unhandled);

/* The scope, the coroutine that owns it, and what its children wait for. */
static struct evert_scope scope;
static struct evert_deferred *owner;
static struct evert_firing *slots[4];
static int children;

/* Waits, and ends with what it got. */
static struct evert_result child(void *name)
{
	struct evert_result outcome;

	outcome = evert_await(evert_deferred_create(&slots[children++]));
	return diary_pass(&outcome, name);
}

static struct evert_result stubborn(void *name)
{
	evert_result_release(child(name));
	return child(name);
}

static struct evert_result fail(void *arg)
{
	(void)arg;
	return plain_failure();
}

static struct evert_result own_three(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, child, "a");
	evert_scope_spawn(&scope, child, "b");
	evert_scope_spawn(&scope, child, "c");
	return evert_scope_leave(&scope);
}

static struct evert_deferred *spawn_owner(evert_body body)
{
	owner = evert_spawn(body, NULL);
	evert_deferred_add_both(owner, diary_end, "left");
	return owner;
}

static void finish(void)
{
	int i;

	for (i = 0; i < 4; i++)
		evert_deferred_abandon(&slots[i]);
	evert_deferred_release(owner);
	cr_assert(eq(sz, evert_coroutine_count(), 0));
}

/* ---- Leaving ---- */

Test(scope, p35_leaving_waits_for_all)
{
	spawn_owner(own_three);
	fire(&slots[1], 1);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "b:1 a:0"));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "b:1 a:0 c:2 left:nothing"));
	finish();
}

static struct evert_result own_none(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	return evert_scope_leave(&scope);
}

Test(scope, p35_leaving_one_without_children_waits_for_nothing)
{
	spawn_owner(own_none);
	cr_assert(eq(str, diary, "left:nothing"));
	finish();
}

static struct evert_result return_seven(void *arg)
{
	(void)arg;
	return evert_result_integer(7);
}

static struct evert_result own_ended(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, return_seven, NULL);
	return evert_scope_leave(&scope);
}

Test(scope, p35_leaving_one_whose_children_have_ended_waits_for_nothing)
{
	spawn_owner(own_ended);
	cr_assert(eq(str, diary, "left:nothing"));
	finish();
}

static struct evert_result own_and_return(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	return evert_result_none();
}

static void return_inside(void *arg)
{
	(void)arg;
	spawn_owner(own_and_return);
}

Test(scope, p35_a_body_that_returns_without_leaving_is_a_bug)
{
	dies(return_inside, NULL, SIGABRT,
	     "returned with a scope that it did not leave");
}

static struct evert_result leave_twice(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_leave(&scope);
	return evert_scope_leave(&scope);
}

static void leave_again(void *arg)
{
	(void)arg;
	spawn_owner(leave_twice);
}

Test(scope, leaving_twice_is_a_bug)
{
	dies(leave_again, NULL, SIGABRT, "leaves a scope that it did not open");
}

static void open_outside(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
}

Test(scope, opening_one_outside_a_coroutine_is_a_bug)
{
	dies(open_outside, NULL, SIGABRT,
	     "evert_scope_init was called outside a coroutine");
}

/* ---- Failures ---- */

Test(scope, p35_the_first_failure_cancels_the_rest_and_comes_out)
{
	spawn_owner(own_three);
	evert_deferred_fire(&slots[1], plain_failure());
	cr_assert(eq(str, diary,
		     "b:ERROR a:CANCELLED c:CANCELLED left:ERROR"));
	finish();
}

static struct evert_result own_stubborn(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, child, "a");
	evert_scope_spawn(&scope, stubborn, "s");
	return evert_scope_leave(&scope);
}

Test(scope, p35_leaving_waits_for_one_that_swallows_the_cancel)
{
	spawn_owner(own_stubborn);
	evert_deferred_fire(&slots[0], plain_failure());
	cr_assert(eq(str, diary, "a:ERROR s:CANCELLED"));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "a:ERROR s:CANCELLED s:2 left:ERROR"));
	finish();
}

Test(scope, a_failure_that_comes_too_late_is_reported)
{
	spawn_owner(own_stubborn);
	evert_deferred_fire(&slots[0], plain_failure());
	evert_deferred_fire(&slots[2], evert_result_error(EIO, "cleaning"));
	cr_assert(eq(str, diary,
		     "a:ERROR s:CANCELLED s:SYSTEM unhandled:SYSTEM "
		     "left:ERROR"));
	finish();
}

static struct evert_result own_failing(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, child, "a");
	cr_assert(zero(int, evert_scope_spawn(&scope, fail, NULL)));
	cr_assert(eq(int, evert_scope_spawn(&scope, child, "late"),
		     -ECANCELED));
	return evert_scope_leave(&scope);
}

Test(scope, p35_one_that_fails_at_once_cancels_those_that_wait)
{
	spawn_owner(own_failing);
	cr_assert(eq(str, diary, "a:CANCELLED left:ERROR"));
	finish();
}

/* ---- Cancelling ---- */

Test(scope, p35_cancelling_the_owner_while_it_leaves_cancels_all)
{
	spawn_owner(own_three);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary,
		     "a:CANCELLED b:CANCELLED c:CANCELLED left:CANCELLED"));
	finish();
}

Test(scope, p35_the_owner_waits_for_those_that_clean_up)
{
	spawn_owner(own_stubborn);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary, "a:CANCELLED s:CANCELLED"));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary,
		     "a:CANCELLED s:CANCELLED s:2 left:CANCELLED"));
	finish();
}

Test(scope, p35_the_owner_can_be_cancelled_again)
{
	spawn_owner(own_stubborn);
	evert_deferred_cancel(owner);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary,
		     "a:CANCELLED s:CANCELLED s:CANCELLED left:CANCELLED"));
	finish();
}

static struct evert_result most_stubborn(void *name)
{
	evert_result_release(child(name));
	return stubborn(name);
}

static struct evert_result own_most_stubborn(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, most_stubborn, "s");
	return evert_scope_leave(&scope);
}

Test(scope, p35_cancelled_again_it_takes_nobody_either)
{
	spawn_owner(own_most_stubborn);
	evert_deferred_cancel(owner);
	evert_deferred_cancel(owner);
	cr_assert(eq(int, evert_scope_spawn(&scope, child, "late"),
		     -ECANCELED));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary,
		     "s:CANCELLED s:CANCELLED s:2 left:CANCELLED"));
	finish();
}

static struct evert_result cancel_owner(void *name)
{
	struct evert_result outcome = child(name);

	evert_deferred_cancel(owner);
	return outcome;
}

static struct evert_result own_who_cancels(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, stubborn, "s");
	evert_scope_spawn(&scope, cancel_owner, "c");
	return evert_scope_leave(&scope);
}

/* In the middle of being cancelled, in a flow that is not the canceller's. */
Test(scope, p35_cancelled_again_by_a_child_it_cancels_all_once_more)
{
	spawn_owner(own_who_cancels);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary,
		     "s:CANCELLED c:CANCELLED s:CANCELLED left:CANCELLED"));
	finish();
}

static bool cancel_owner_within(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	evert_deferred_cancel(owner);
	return false;
}

static struct evert_result wait_for_canceller(void *name)
{
	struct evert_result outcome = evert_await(
		evert_deferred_create_cancellable(&slots[3],
						  cancel_owner_within, NULL));

	return diary_pass(&outcome, name);
}

static struct evert_result own_canceller(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, stubborn, "s");
	evert_scope_spawn(&scope, wait_for_canceller, "c");
	return evert_scope_leave(&scope);
}

Test(scope, p21_cancelled_again_by_a_canceller_it_cancels_nobody_twice)
{
	spawn_owner(own_canceller);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary, "s:CANCELLED c:CANCELLED"));
	fire(&slots[1], 2);
	cr_assert(eq(str, diary,
		     "s:CANCELLED c:CANCELLED s:2 left:CANCELLED"));
	finish();
}

static struct evert_result own_and_wait(void *arg)
{
	struct evert_result outcome;

	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, child, "a");
	outcome = child("owner");
	evert_scope_cancel(&scope);
	evert_result_release(evert_scope_leave(&scope));
	return outcome;
}

Test(scope, p35_an_owner_cancelled_elsewhere_decides_what_becomes_of_them)
{
	spawn_owner(own_and_wait);
	evert_deferred_cancel(owner);
	cr_assert(eq(str, diary,
		     "owner:CANCELLED a:CANCELLED left:CANCELLED"));
	finish();
}

Test(scope, cancelling_it_is_no_failure)
{
	spawn_owner(own_three);
	evert_scope_cancel(&scope);
	cr_assert(eq(str, diary,
		     "a:CANCELLED b:CANCELLED c:CANCELLED left:nothing"));
	finish();
}

Test(scope, one_that_is_cancelled_by_others_has_failed)
{
	spawn_owner(own_three);
	evert_deferred_cancel(evert_firing_deferred(slots[0]));
	cr_assert(eq(str, diary,
		     "a:CANCELLED b:CANCELLED c:CANCELLED left:CANCELLED"));
	finish();
}

static struct evert_result cancel_scope_and_wait(void *name)
{
	evert_scope_cancel(&scope);
	return child(name);
}

static struct evert_result own_cancelling(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, child, "a");
	evert_scope_spawn(&scope, cancel_scope_and_wait, "b");
	return evert_scope_leave(&scope);
}

Test(scope, one_may_cancel_it_before_it_first_waits)
{
	spawn_owner(own_cancelling);
	cr_assert(eq(str, diary, "a:CANCELLED b:CANCELLED left:nothing"));
	finish();
}

/* ---- Spawning ---- */

static struct evert_result spawn_sibling(void *name)
{
	struct evert_result outcome = child(name);

	cr_assert(zero(int, evert_scope_spawn(&scope, child, "sibling")));
	return outcome;
}

static struct evert_result own_spawning(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, spawn_sibling, "a");
	return evert_scope_leave(&scope);
}

Test(scope, p35_leaving_waits_for_those_spawned_meanwhile)
{
	spawn_owner(own_spawning);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "a:0"));
	fire(&slots[1], 1);
	cr_assert(eq(str, diary, "a:0 sibling:1 left:nothing"));
	finish();
}

Test(scope, p35_may_be_spawned_into_from_the_threads_own_stack)
{
	spawn_owner(own_spawning);
	cr_assert(zero(int, evert_scope_spawn(&scope, return_seven, NULL)));
	cr_assert(zero(int, evert_scope_spawn(&scope, child, "b")));
	fire(&slots[1], 1);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "b:1 a:0"));
	fire(&slots[2], 2);
	cr_assert(eq(str, diary, "b:1 a:0 sibling:2 left:nothing"));
	finish();
}

/* The others end while it runs for the first time. */
static struct evert_result fire_first(void *name)
{
	fire(&slots[0], 0);
	return child(name);
}

Test(scope, p35_one_in_its_first_stretch_is_waited_for)
{
	spawn_owner(own_three);
	fire(&slots[1], 1);
	fire(&slots[2], 2);
	cr_assert(zero(int, evert_scope_spawn(&scope, fire_first, "late")));
	cr_assert(eq(str, diary, "b:1 c:2 a:0"));
	fire(&slots[3], 3);
	cr_assert(eq(str, diary, "b:1 c:2 a:0 late:3 left:nothing"));
	finish();
}

/* Wakes another one, which goes on when this one has ended. */
static struct evert_result wake_and_end(void *arg)
{
	struct evert_result outcome = child("a");

	(void)arg;
	fire(&slots[1], 1);
	return outcome;
}

static struct evert_result own_waking(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, wake_and_end, NULL);
	return evert_scope_leave(&scope);
}

static struct evert_result come_late(void *arg)
{
	(void)arg;
	evert_result_release(child("b"));
	cr_assert(eq(int, evert_scope_spawn(&scope, child, "late"),
		     -ECANCELED));
	return evert_result_none();
}

Test(scope, takes_nobody_when_all_have_ended_before_its_owner_goes_on)
{
	struct evert_deferred *late;

	spawn_owner(own_waking);
	late = evert_spawn(come_late, NULL);
	fire(&slots[0], 0);
	cr_assert(eq(str, diary, "a:0 b:1 left:nothing"));
	evert_deferred_release(late);
	finish();
}

static struct evert_result own_nested(void *arg)
{
	struct evert_scope inner;
	struct evert_result outcome;

	evert_scope_init(&inner);
	evert_scope_spawn(&inner, child, arg);
	outcome = evert_scope_leave(&inner);
	return diary_pass(&outcome, "inner");
}

static struct evert_result own_scopes(void *arg)
{
	(void)arg;
	evert_scope_init(&scope);
	evert_scope_spawn(&scope, own_nested, "a");
	evert_scope_spawn(&scope, child, "b");
	return evert_scope_leave(&scope);
}

Test(scope, p35_a_failure_outside_reaches_a_scope_inside)
{
	spawn_owner(own_scopes);
	evert_deferred_fire(&slots[1], plain_failure());
	cr_assert(eq(str, diary,
		     "b:ERROR a:CANCELLED inner:CANCELLED left:ERROR"));
	finish();
}

/* ---- Memory ---- */

static struct evert_result sleep_some(void *clock)
{
	return evert_await(evert_clock_sleep(clock, 1));
}

static struct evert_result own_sleepers(void *clock)
{
	struct evert_scope sleepers;
	int i, error = 0;

	evert_scope_init(&sleepers);
	for (i = 0; i < 3 && !error; i++)
		error = evert_scope_spawn(&sleepers, sleep_some, clock);
	return evert_scope_leave(&sleepers);
}

static void sleep_in_scope(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *d;

	(void)arg;
	if (!clock)
		return;
	d = evert_spawn(own_sleepers, clock);
	evert_deferred_add_both(d, diary_end, "left");
	evert_deferred_release(d);
	evert_clock_advance(clock, 1);
	cr_assert(eq(sz, evert_coroutine_count(), 0));
	evert_clock_destroy(clock);
	diary_clear();
}

Test(scope, gives_all_back_whichever_allocation_fails)
{
	fail_every_allocation(sleep_in_scope, NULL);
}
