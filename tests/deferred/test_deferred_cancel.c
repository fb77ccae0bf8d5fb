/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../../deferred/base/memory.h"
#include "../support/diary.h"

TestSuite(deferred_cancel, .init = diary_unhandled);

/* Work that can be cancelled. Each canceller's argument is one of these. */
struct work {
	struct evert_firing *slot;  /* its firing end */
	struct evert_deferred *other; /* what else it touches, or NULL */
};

static struct evert_deferred *start(struct work *work, evert_canceller cancel)
{
	return evert_deferred_create_cancellable(&work->slot, cancel, work);
}

static bool do_nothing(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	diary_add("canceller");
	return false;
}

static bool deliver_a_value(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	(void)deferred;
	diary_add("canceller");
	fire(&work->slot, 9);
	return false;
}

static bool deliver_a_failure(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	(void)deferred;
	evert_deferred_fire(&work->slot, plain_failure());
	return false;
}

static bool deliver_later(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	diary_add("canceller");
	return true;
}

static bool give_up(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	(void)deferred;
	evert_deferred_abandon(&work->slot);
	return false;
}

/* ---- Without a canceller ---- */

Test(deferred_cancel, p20_without_a_canceller_it_fails_at_once)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:CANCELLED"));
	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

Test(deferred_cancel, p20_the_later_firing_is_ignored_and_its_value_released)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_fire(&slot, diary_value("late"));
	cr_assert(eq(str, diary, "a:CANCELLED freed:late"));
	cr_assert(zero(ptr, slot));
	evert_deferred_release(d);
}

Test(deferred_cancel, p20_the_later_firing_may_come_after_the_release)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_release(d);
	evert_deferred_fire(&slot, diary_value("late"));
	cr_assert(eq(str, diary, "a:CANCELLED freed:late"));
}

Test(deferred_cancel, p20_only_one_later_firing_is_ignored, .signal = SIGABRT)
{
	struct evert_deferred *d = unfired();
	struct evert_firing *slot = evert_deferred_firing(d);
	struct evert_firing *kept = evert_deferred_firing(d);

	evert_deferred_cancel(d);
	fire(&slot, 1);
	fire(&kept, 2);
}

Test(deferred_cancel, p20_abandoning_after_the_cancel_changes_nothing)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_cancel(d);
	evert_deferred_abandon(&slot);
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:CANCELLED"));
	evert_deferred_release(d);
}

static void release_deferred(void *deferred)
{
	evert_deferred_release(deferred);
}

static const struct evert_type owns_a_deferred = { "owner", release_deferred };

Test(deferred_cancel, p20_a_late_value_may_let_go_of_the_deferred)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_fire(&slot, evert_result_of(&owns_a_deferred, d));
	cr_assert(eq(str, diary, "a:CANCELLED"));
}

Test(deferred_cancel, p20_a_late_deferred_is_released)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_fire(&slot, evert_result_wait(
		evert_deferred_create_fired(diary_value("late"))));
	cr_assert(eq(str, diary, "a:CANCELLED freed:late"));
	evert_deferred_release(d);
}

/* ---- With one ---- */

Test(deferred_cancel, p21_a_canceller_that_does_not_fire_means_cancelled)
{
	struct work work;
	struct evert_deferred *d = start(&work, do_nothing);

	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller a:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&work.slot);
}

Test(deferred_cancel, p21_the_value_of_a_canceller_stands)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_a_value);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller a:9"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_the_failure_of_a_canceller_stands)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_a_failure);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:ERROR"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_giving_up_in_the_canceller_means_cancelled)
{
	struct work work;
	struct evert_deferred *d = start(&work, give_up);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:CANCELLED"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_the_canceller_is_called_once)
{
	struct work work;
	struct evert_deferred *d = start(&work, do_nothing);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_cancel(d);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller a:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&work.slot);
}

static bool cancel_again(struct evert_deferred *deferred, void *arg)
{
	(void)arg;
	diary_add("canceller");
	evert_deferred_cancel(deferred);
	return false;
}

Test(deferred_cancel, p21_a_cancel_from_inside_the_canceller_does_nothing)
{
	struct work work;
	struct evert_deferred *d = start(&work, cancel_again);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller a:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&work.slot);
}

static struct evert_result cancel_it(struct evert_result *in, void *deferred)
{
	evert_deferred_cancel(deferred);
	return *in;
}

Test(deferred_cancel, p21_a_cancel_from_the_callbacks_of_a_cancel_does_nothing)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_a_value);

	evert_deferred_add_both(d, cancel_it, d);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller a:9"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_a_canceller_may_fire_later)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_later);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller"));
	cr_assert(not(evert_deferred_has_fired(d)));
	fire(&work.slot, 2);
	cr_assert(eq(str, diary, "canceller a:2"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_one_that_fires_later_can_be_cancelled_once_more)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_later);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller canceller"));
	evert_deferred_abandon(&work.slot);
	cr_assert(eq(str, diary, "canceller canceller a:ABANDONED"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p21_one_that_fires_later_may_be_released_meanwhile)
{
	struct work work;
	struct evert_deferred *d = start(&work, deliver_later);

	evert_deferred_cancel(d);
	evert_deferred_release(d);
	evert_deferred_fire(&work.slot, diary_value("x"));
	cr_assert(eq(str, diary, "canceller freed:x"));
}

static bool release_it(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	evert_deferred_release(deferred);
	if (work->slot)
		fire(&work->slot, 3);
	return false;
}

Test(deferred_cancel, p21_a_canceller_may_release_its_own_deferred)
{
	struct work work;
	struct evert_deferred *d = start(&work, release_it);

	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:3"));
}

static bool fire_and_wait(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	(void)deferred;
	evert_deferred_fire(&work->slot, evert_result_wait(work->other));
	return false;
}

Test(deferred_cancel, p21_a_canceller_may_fire_with_another_deferred)
{
	struct work work;
	struct evert_deferred *d = start(&work, fire_and_wait);
	struct evert_firing *slot;

	work.other = evert_deferred_create(&slot);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, ""));
	fire(&slot, 4);
	cr_assert(eq(str, diary, "a:4"));
	evert_deferred_release(d);
}

static bool add_a_link(struct evert_deferred *deferred, void *arg)
{
	(void)arg;
	evert_deferred_add_both(deferred, diary_end, "added");
	return false;
}

Test(deferred_cancel, p21_a_canceller_may_add_links)
{
	struct work work;
	struct evert_deferred *d = start(&work, add_a_link);

	evert_deferred_add_both(d, diary_pass, "a");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "a:CANCELLED added:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&work.slot);
}

static bool cancel_other(struct evert_deferred *deferred, void *arg)
{
	struct work *work = arg;

	(void)deferred;
	diary_add("canceller");
	evert_deferred_cancel(work->other);
	return false;
}

Test(deferred_cancel, p21_two_cancellers_that_cancel_each_other_end)
{
	struct work one, two;
	struct evert_deferred *a = start(&one, cancel_other);
	struct evert_deferred *b = start(&two, cancel_other);

	one.other = b;
	two.other = a;
	evert_deferred_add_both(a, diary_end, "a");
	evert_deferred_add_both(b, diary_end, "b");
	evert_deferred_cancel(a);
	cr_assert(eq(str, diary,
		     "canceller canceller b:CANCELLED a:CANCELLED"));
	evert_deferred_release(a);
	evert_deferred_release(b);
	evert_deferred_abandon(&one.slot);
	evert_deferred_abandon(&two.slot);
}

/* ---- After the firing ---- */

Test(deferred_cancel, p22_after_the_firing_it_does_nothing)
{
	struct work work;
	struct evert_deferred *d = start(&work, do_nothing);

	fire(&work.slot, 1);
	evert_deferred_cancel(d);
	evert_deferred_add_both(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p22_a_paused_chain_is_not_cancelled)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_pause(d);
	evert_deferred_add_both(d, diary_end, "a");
	evert_deferred_cancel(d);
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p22_while_it_waits_the_inner_one_is_cancelled)
{
	struct work outer, inner;
	struct evert_deferred *d = start(&outer, do_nothing);
	struct evert_deferred *in = start(&inner, deliver_a_value);

	evert_deferred_add_callback(in, diary_pass, "inner");
	evert_deferred_add_callback(d, wait_for, in);
	evert_deferred_add_both(d, diary_end, "outer");
	fire(&outer.slot, 1);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller inner:9 outer:9"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p22_only_the_innermost_one_is_cancelled)
{
	struct work one, two, three;
	struct evert_deferred *a = start(&one, do_nothing);
	struct evert_deferred *b = start(&two, do_nothing);
	struct evert_deferred *c = start(&three, deliver_a_value);

	evert_deferred_add_callback(a, wait_for, b);
	evert_deferred_add_callback(b, wait_for, c);
	evert_deferred_add_both(b, diary_pass, "b");
	evert_deferred_add_both(a, diary_end, "a");
	fire(&one.slot, 1);
	fire(&two.slot, 1);
	evert_deferred_cancel(a);
	cr_assert(eq(str, diary, "canceller b:9 a:9"));
	evert_deferred_release(a);
}

Test(deferred_cancel, p22_one_that_only_passes_on_can_be_cancelled_through)
{
	struct work inner;
	struct evert_firing *slot;
	struct evert_deferred *middle = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	/* The middle one has nothing to do but to hand on. */
	evert_deferred_add_callback(d, wait_for, middle);
	evert_deferred_add_both(d, diary_end, "outer");
	evert_deferred_fire(&slot, evert_result_wait(
					   start(&inner, do_nothing)));
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "canceller outer:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_abandon(&inner.slot);
}

static struct evert_result recover(struct evert_result *in, void *name)
{
	diary_pass(in, name);
	return evert_result_integer(6);
}

Test(deferred_cancel, p22_the_outer_chain_may_handle_the_cancel_and_go_on)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_errback(d, recover, "outer");
	evert_deferred_add_callback(d, diary_pass, "next");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "outer:CANCELLED next:6"));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

/* ---- At any moment ---- */

Test(deferred_cancel, p24_after_a_cancel_the_cancellers_argument_may_go)
{
	struct work *work = evert_allocate(sizeof(*work));
	struct evert_deferred *d = start(work, do_nothing);
	struct evert_firing *slot = work->slot;

	evert_deferred_cancel(d);
	evert_free(work); /* a sanitizer sees who touches it now */
	evert_deferred_cancel(d);
	fire(&slot, 1);
	evert_deferred_add_errback(d, diary_end, "a");
	evert_deferred_release(d);
	cr_assert(eq(str, diary, "canceller a:CANCELLED"));
}

Test(deferred_cancel, p24_it_can_be_cancelled_from_its_own_callback)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, cancel_it, d);
	evert_deferred_add_callback(d, diary_pass, "a");
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred_cancel, p24_the_outer_one_can_be_cancelled_from_an_inner_link)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(inner, cancel_it, d);
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	fire(&slot, 2);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

static struct evert_result release_it_inside(struct evert_result *in,
					     void *deferred)
{
	evert_deferred_release(deferred);
	return *in;
}

Test(deferred_cancel, p24_what_a_cancel_sets_going_may_release_the_cancelled)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_both(d, release_it_inside, d);
	evert_deferred_add_both(d, diary_end, "outer");
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "outer:CANCELLED"));
	evert_deferred_abandon(&slot);
}
