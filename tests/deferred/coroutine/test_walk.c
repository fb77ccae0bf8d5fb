/* SPDX-License-Identifier: MIT */
/*
 * What is walked while the caller's code runs, and waits in the middle: here
 * cancellers that clean up by awaiting, on a coroutine's stack.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <stdlib.h>

#include "../../../deferred/combine.h"
#include "../../../deferred/coroutine/coroutine_internal.h"
#include "../../../deferred/coroutine/scope.h"
#include "../../../deferred/lock.h"
#include "../../../deferred/queue.h"
#include "../../support/diary.h"

TestSuite(walk, .init = diary_unhandled);

static struct evert_firing *slots[4];
static struct evert_firing *cleaned; /* what a canceller awaits */

/* Also where it is cancelled itself meanwhile. */
static void await_cleaned(void)
{
	struct evert_result outcome;

	bool cancelled;

	do {
		outcome = evert_await(evert_deferred_create(&cleaned));
		cancelled = evert_result_is_failure(&outcome);
		evert_result_release(outcome);
		if (cancelled)
			evert_deferred_abandon(&cleaned);
	} while (cancelled);
}

static bool clean_slowly(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	diary_add("clean:%s", (char *)arg);
	await_cleaned();
	diary_add("cleaned:%s", (char *)arg);
	return false;
}

static bool note_cancel(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	diary_add("cancel:%s", (char *)arg);
	return false;
}

static struct evert_deferred *slow(int which, char *name)
{
	return evert_deferred_create_cancellable(&slots[which], clean_slowly,
						 name);
}

static struct evert_deferred *quick(int which, char *name)
{
	return evert_deferred_create_cancellable(&slots[which], note_cancel,
						 name);
}

static struct evert_result cancel_it(void *d)
{
	evert_deferred_cancel(d);
	diary_add("done");
	return evert_result_none();
}

/* Cancels on a coroutine's stack, which may be suspended. */
static void cancel_from_coroutine(struct evert_deferred *d)
{
	evert_deferred_release(evert_spawn(cancel_it, d));
}

static void go_on(void)
{
	evert_deferred_fire(&cleaned, evert_result_none());
}

static void abandon_all(void)
{
	int i;

	for (i = 0; i < 4; i++)
		evert_deferred_abandon(&slots[i]);
}

/* ---- Combinators ---- */

static struct evert_deferred *gather_two(unsigned options)
{
	struct evert_deferred *inputs[2] = { slow(0, "a"), quick(1, "b") };
	struct evert_deferred *d = evert_gather(inputs, 2, options);

	evert_deferred_add_both(d, diary_end, "all");
	return d;
}

Test(walk, p25_inputs_may_deliver_while_a_canceller_waits)
{
	struct evert_deferred *d = gather_two(EVERT_CONSUME_FAILURES);

	cancel_from_coroutine(d);
	fire(&slots[0], 1);
	evert_deferred_fire(&slots[1], plain_failure());
	evert_deferred_release(d);
	go_on();
	cr_assert(eq(str, diary, "clean:a cleaned:a all:CANCELLED done"));
}

Test(walk, p25_the_rest_is_cancelled_before_it_fires)
{
	struct evert_deferred *d = gather_two(EVERT_CONSUME_FAILURES);

	cancel_from_coroutine(d);
	fire(&slots[0], 1);
	evert_deferred_release(d);
	go_on();
	cr_assert(eq(str, diary,
		     "clean:a cleaned:a cancel:b all:CANCELLED done"));
	abandon_all();
}

static struct evert_result fail_third(void *arg)
{
	(void)arg;
	evert_deferred_fire(&slots[2], plain_failure());
	diary_add("done");
	return evert_result_none();
}

Test(walk, p25_inputs_may_deliver_while_the_rest_is_cancelled)
{
	struct evert_deferred *inputs[3] = { slow(0, "a"), quick(1, "b"),
					     evert_deferred_create(&slots[2]) };
	struct evert_deferred *d = evert_gather(
		inputs, 3, EVERT_CANCEL_REST | EVERT_CONSUME_FAILURES);

	evert_deferred_add_both(d, diary_end, "all");
	evert_deferred_release(d);
	evert_deferred_release(evert_spawn(fail_third, NULL));
	fire(&slots[1], 1);
	fire(&slots[0], 1);
	go_on();
	cr_assert(eq(str, diary, "clean:a cleaned:a all:FIRST_FAILURE done"));
}

static struct evert_result wait_twice(void *arg)
{
	struct evert_result outcome = evert_await(slow(0, "a"));

	(void)arg;
	diary_end(&outcome, "first");
	evert_result_release(outcome);
	outcome = evert_await(quick(1, "b"));
	return diary_pass(&outcome, "second");
}

Test(walk, p33_a_second_cancel_while_the_first_waits_is_not_lost)
{
	struct evert_deferred *d = evert_spawn(wait_twice, NULL);

	cancel_from_coroutine(d);
	fire(&slots[0], 1);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "clean:a first:1 cancel:b second:CANCELLED"));
	go_on();
	evert_deferred_add_both(d, diary_end, "end");
	evert_deferred_release(d);
	abandon_all();
}

Test(walk, p33_nor_where_it_comes_through_a_combinator)
{
	struct evert_deferred *task = evert_spawn(wait_twice, NULL), *d;

	d = evert_deferred_list(&task, 1, EVERT_CONSUME_FAILURES);
	cancel_from_coroutine(d);
	fire(&slots[0], 1);
	evert_deferred_cancel(d);
	go_on();
	cr_assert(eq(str, diary, "clean:a first:1 cleaned:a cancel:b "
				 "done second:CANCELLED"));
	evert_deferred_release(d);
	abandon_all();
}

/* It fires what it cancels, then waits. */
static bool fire_and_clean(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	evert_deferred_fire(&slots[0], evert_result_text("first", 5));
	await_cleaned();
	return false;
}

static struct evert_result cancelled_before(void *self)
{
	struct evert_result outcome;

	evert_deferred_cancel(*(struct evert_deferred **)self);
	outcome = evert_await(evert_deferred_create_cancellable(
		&slots[0], fire_and_clean, NULL));
	diary_add("%s", evert_result_as_text(&outcome));
	return outcome;
}

static struct evert_result wait_then_run(void *self)
{
	evert_result_release(evert_await(evert_deferred_create(&slots[1])));
	return cancelled_before(self);
}

Test(walk, p33_what_a_canceller_fired_before_it_waits_is_the_outcome)
{
	static struct evert_deferred *self;

	self = evert_spawn(wait_then_run, &self);
	fire(&slots[1], 1);
	evert_deferred_fire(&cleaned, evert_result_text("second", 6));
	cr_assert(eq(str, diary, "first"));
	evert_deferred_release(self);
}

/* ---- Scopes ---- */

static struct evert_scope *scope;

static struct evert_result child(void *arg)
{
	struct evert_result outcome;

	outcome = evert_await(arg);
	return diary_pass(&outcome, "child");
}

/* In memory that is gone when it was left. */
static struct evert_result own_two(void *arg)
{
	struct evert_result outcome;

	(void)arg;
	scope = malloc(sizeof(*scope));
	evert_scope_init(scope);
	evert_scope_spawn(scope, child, slow(0, "a"));
	evert_scope_spawn(scope, child, quick(1, "b"));
	outcome = evert_scope_leave(scope);
	free(scope);
	diary_add("left");
	return outcome;
}

static struct evert_result cancel_scope(void *arg)
{
	(void)arg;
	evert_scope_cancel(scope);
	diary_add("done");
	return evert_result_none();
}

Test(walk, p35_a_scope_may_be_left_while_it_is_cancelled)
{
	struct evert_deferred *owner = evert_spawn(own_two, NULL);

	evert_deferred_release(evert_spawn(cancel_scope, NULL));
	fire(&slots[0], 1);
	fire(&slots[1], 2);
	cr_assert(eq(str, diary, "clean:a child:1 child:2 left"));
	go_on();
	cr_assert(eq(str, diary, "clean:a child:1 child:2 left cleaned:a done"));
	evert_deferred_release(owner);
}

static struct evert_result spawn_failing(void *arg)
{
	(void)arg;
	evert_scope_spawn(scope, child, evert_deferred_create_fired(
						plain_failure()));
	diary_add("done");
	return evert_result_none();
}

Test(walk, p35_a_scope_may_be_left_while_a_failure_cancels_it)
{
	struct evert_deferred *owner = evert_spawn(own_two, NULL);

	evert_deferred_add_both(owner, diary_end, "owner");
	evert_deferred_release(evert_spawn(spawn_failing, NULL));
	fire(&slots[0], 1);
	fire(&slots[1], 2);
	go_on();
	cr_assert(eq(str, diary, "child:ERROR clean:a child:1 child:2 left "
				 "owner:ERROR cleaned:a done"));
	evert_deferred_release(owner);
}

Test(walk, p35_an_owner_that_is_cancelled_may_end_meanwhile)
{
	struct evert_deferred *owner = evert_spawn(own_two, NULL);

	evert_deferred_add_both(owner, diary_end, "owner");
	cancel_from_coroutine(owner);
	fire(&slots[0], 1);
	fire(&slots[1], 2);
	go_on();
	cr_assert(eq(str, diary, "clean:a child:1 child:2 left "
				 "owner:CANCELLED cleaned:a done"));
	evert_deferred_release(owner);
}

/* ---- All coroutines of a thread ---- */

static struct evert_result cancel_all(void *arg)
{
	(void)arg;
	evert_coroutine_cancel_all();
	return evert_result_none();
}

Test(walk, coroutines_may_end_while_all_are_cancelled)
{
	struct evert_deferred *older = evert_spawn(child, quick(1, "b"));
	struct evert_deferred *newer = evert_spawn(child, slow(0, "a"));

	evert_deferred_add_both(older, diary_end, "older");
	evert_deferred_add_both(newer, diary_end, "newer");
	evert_deferred_release(evert_spawn(cancel_all, NULL));
	fire(&slots[1], 2);
	evert_deferred_release(older);
	fire(&slots[0], 1);
	evert_deferred_release(newer);
	go_on();
	cr_assert(eq(str, diary, "clean:a child:2 older:2 child:1 newer:1 "
				 "cleaned:a"));
	cr_assert(zero(sz, evert_coroutine_count()));
}

/* ---- Locks and queues ---- */

static struct evert_semaphore *lock;

static struct evert_result await_in_turn(struct evert_result *in, void *arg)
{
	evert_semaphore_take(in);
	diary_add("%s", (char *)arg);
	await_cleaned();
	evert_semaphore_release(lock);
	return evert_result_none();
}

static struct evert_result give_back(void *arg)
{
	(void)arg;
	evert_semaphore_release(lock);
	diary_add("done");
	return evert_result_none();
}

static struct evert_result keep(struct evert_result *in, void *arg)
{
	evert_semaphore_take(in);
	diary_add("%s", (char *)arg);
	return evert_result_none();
}

static void want(evert_callback callback, char *name)
{
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	evert_deferred_add_callback(d, callback, name);
	evert_deferred_release(d);
}

/* The coroutine that hands the lock on is suspended in doing so. */
Test(walk, p28_a_lock_is_handed_on_while_who_hands_it_on_waits)
{
	lock = evert_semaphore_create(2);
	want(keep, "a");
	want(keep, "b");
	want(await_in_turn, "c");
	want(keep, "d");
	evert_deferred_release(evert_spawn(give_back, NULL));
	cr_assert(eq(str, diary, "a b c"));
	evert_semaphore_release(lock);
	cr_assert(eq(str, diary, "a b c d"));
	go_on();
	cr_assert(eq(str, diary, "a b c d done"));
	evert_semaphore_release(lock);
	cr_assert(eq(sz, evert_semaphore_available(lock), 2));
	evert_semaphore_destroy(lock);
}

static struct evert_queue *queue;

static struct evert_result ask_again(struct evert_result *in, void *arg)
{
	static int times;
	struct evert_deferred *d;

	diary_pass(in, arg);
	if (++times > 3)
		return evert_result_none();
	cr_assert(eq(int, evert_queue_put(queue, evert_result_integer(1)),
		     -ECANCELED));
	d = evert_queue_get(queue);
	evert_deferred_add_both(d, diary_end, "again");
	evert_deferred_release(d);
	evert_queue_destroy(queue);
	return evert_result_none();
}

Test(walk, p85_a_queue_may_be_used_and_destroyed_while_it_is_destroyed)
{
	struct evert_deferred *d;

	queue = evert_queue_create(1, 5);
	d = evert_queue_get(queue);
	evert_deferred_add_both(d, ask_again, "get");
	evert_deferred_release(d);
	evert_queue_destroy(queue);
	cr_assert(eq(str, diary, "get:ABANDONED again:ABANDONED"));
}

static struct evert_result acquire_again(struct evert_result *in, void *arg)
{
	struct evert_deferred *d = evert_semaphore_acquire(lock);

	diary_pass(in, arg);
	evert_deferred_add_errback(d, diary_end, "again");
	evert_deferred_release(d);
	return evert_result_none();
}

Test(walk, p85_who_waits_for_a_lock_again_while_it_is_destroyed_fails)
{
	struct evert_deferred *d;

	lock = evert_lock_create();
	want(keep, "a");
	d = evert_semaphore_acquire(lock);
	evert_deferred_add_errback(d, acquire_again, "b");
	evert_deferred_release(d);
	evert_semaphore_destroy(lock);
	cr_assert(eq(str, diary, "a b:ABANDONED again:ABANDONED"));
	evert_semaphore_release(lock);
}

/* ---- A value that comes too late, and whose release waits ---- */

static struct evert_firing *late_slot, *gate;
static struct evert_deferred *late;

static void wait_at_gate(void *pointer)
{
	(void)pointer;
	evert_result_release(evert_await(evert_deferred_create(&gate)));
}

static const struct evert_type waiting_type = { "waiting", wait_at_gate };

static struct evert_result fire_late(void *arg)
{
	(void)arg;
	evert_deferred_fire(&late_slot, evert_result_of(&waiting_type, NULL));
	return evert_result_none();
}

static struct evert_result cancelled_link(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	evert_deferred_release(evert_spawn(fire_late, NULL));
	evert_deferred_release(late);
	return evert_result_none();
}

Test(walk, p85_who_fires_too_late_may_wait_while_the_chain_ends)
{
	late = evert_deferred_create(&late_slot);
	evert_deferred_add_errback(late, cancelled_link, NULL);
	evert_deferred_cancel(late);
	evert_deferred_fire(&gate, evert_result_none());
	cr_assert(eq(sz, evert_coroutine_count(), 0));
}
