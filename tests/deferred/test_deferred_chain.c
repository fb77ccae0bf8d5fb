/* SPDX-License-Identifier: MIT */
/* Deferreds that wait for Deferreds. */
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../support/diary.h"
#include "../support/memory.h"

enum { LONG_CHAIN = 100000 };

TestSuite(deferred_chain, .init = diary_unhandled);

static struct evert_result recover(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_integer(7);
}

/* ---- Waiting for an inner one ---- */

Test(deferred_chain, p08_an_unfired_inner_one_holds_the_chain)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	cr_assert(eq(str, diary, ""));
	fire(&slot, 2);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_the_inner_ones_own_links_run_first)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(inner, diary_pass, "inner");
	evert_deferred_add_callback(inner, recover, NULL);
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	fire(&slot, 2);
	cr_assert(eq(str, diary, "inner:2 outer:7"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_a_fired_inner_one_goes_on_in_the_same_loop)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, fired(2));
	evert_deferred_add_callback(d, diary_pass, "outer");
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_an_inner_failure_is_the_outer_ones)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callbacks(d, diary_pass, diary_end, "outer");
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "outer:ERROR"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_an_errback_may_wait_too)
{
	struct evert_deferred *d = evert_deferred_create_fired(plain_failure());

	evert_deferred_add_errback(d, wait_for, fired(2));
	evert_deferred_add_callback(d, diary_pass, "outer");
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_a_deferred_may_fire_with_another)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d =
		evert_deferred_create_fired(evert_result_wait(inner));

	evert_deferred_add_callback(d, diary_pass, "outer");
	cr_assert(evert_deferred_has_fired(d));
	fire(&slot, 2);
	cr_assert(eq(str, diary, "outer:2"));
	evert_deferred_release(d);
}

Test(deferred_chain, p08_waiting_for_one_that_was_given_up_is_a_bug,
     .signal = SIGABRT)
{
	struct evert_deferred *inner = unfired();
	struct evert_deferred *d = fired(1);

	evert_deferred_release(inner);
	evert_deferred_add_callback(d, wait_for, inner);
}

Test(deferred_chain, p09_a_link_added_to_the_inner_one_gets_nothing)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_add_callback(inner, diary_pass, "later");
	fire(&slot, 2);
	cr_assert(eq(str, diary, "later:nothing outer:2"));
	evert_deferred_release(d);
}

static struct evert_result release(struct evert_result *in, void *deferred)
{
	evert_deferred_release(deferred);
	return *in;
}

Test(deferred_chain, p09_a_later_link_of_the_inner_one_may_let_go_of_the_outer)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(inner, release, d);
	evert_deferred_fire(&slot, diary_value("x"));
	cr_assert(eq(str, diary, "freed:x"));
}

static struct evert_result add_to(struct evert_result *in, void *deferred)
{
	evert_deferred_add_callback(deferred, diary_pass, "added");
	return *in;
}

Test(deferred_chain, p09_a_later_link_of_the_inner_one_may_add_to_the_outer)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_add_callback(inner, add_to, d);
	fire(&slot, 2);
	cr_assert(eq(str, diary, "outer:2 added:2"));
	evert_deferred_release(d);
}

static struct evert_result pause_it(struct evert_result *in, void *deferred)
{
	evert_deferred_pause(deferred);
	return *in;
}

/* Its links move to the front while some have run and the outer one's turn is
   yet to come. */
Test(deferred_chain, p09_the_outer_ones_turn_keeps_its_place_among_the_links)
{
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create(&slot);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(inner, diary_pass, "a");
	evert_deferred_add_callback(inner, pause_it, inner);
	evert_deferred_add_callback(inner, diary_pass, "b");
	evert_deferred_add_callback(d, wait_for, inner);
	evert_deferred_add_callback(d, diary_pass, "outer");
	fire(&slot, 2);
	evert_deferred_add_callback(inner, diary_pass, "later1");
	evert_deferred_add_callback(inner, diary_pass, "later2");
	evert_deferred_unpause(inner);
	cr_assert(eq(str, diary,
		     "a:2 b:2 later1:nothing later2:nothing outer:2"));
	evert_deferred_release(d);
}

/* The middle one has nothing to do but to hand on; but its firing end could
   still be used to add to it. */
Test(deferred_chain, p09_one_that_passes_on_stays_while_somebody_may_add_to_it)
{
	struct evert_deferred *inner = unfired();
	struct evert_deferred *middle = unfired();
	struct evert_firing *slot = evert_deferred_firing(inner);
	struct evert_firing *middle_slot = evert_deferred_firing(middle);
	struct evert_deferred *d = fired(1);

	evert_deferred_add_errback(middle, wait_for, inner);
	evert_deferred_add_callback(d, wait_for, middle);
	evert_deferred_add_callback(d, diary_pass, "outer");
	evert_deferred_cancel(middle); /* to be fired all the same */
	evert_deferred_add_callback(middle, diary_pass, "added");
	cr_assert(eq(str, diary, ""));
	fire(&slot, 2);
	cr_assert(eq(str, diary, "added:nothing outer:2"));
	evert_deferred_abandon(&middle_slot);
	evert_deferred_release(d);
}

/* ---- Long chains ---- */

static struct evert_result count(struct evert_result *in, void *counter)
{
	++*(size_t *)counter;
	return *in;
}

/* d[0] waits for d[1], that for d[2], ...; made from the outermost on. */
static void *chain_inwards(void *arg)
{
	struct evert_firing *last, *next;
	struct evert_deferred *first = evert_deferred_create(&last);
	struct evert_deferred *inner;
	size_t i;

	evert_deferred_add_callback(first, count, arg);
	for (i = 1; i < LONG_CHAIN; i++) {
		inner = evert_deferred_create(&next);
		evert_deferred_add_callback(inner, count, arg);
		evert_deferred_chain(inner, &last);
		last = next;
	}
	fire(&last, 1);
	evert_deferred_release(first);
	return NULL;
}

/* The same, made from the innermost on. */
static void *chain_outwards(void *arg)
{
	struct evert_firing *slot;
	struct evert_deferred *last = evert_deferred_create(&slot), *outer;
	size_t i;

	evert_deferred_add_callback(last, count, arg);
	for (i = 1; i < LONG_CHAIN; i++) {
		outer = fired(0);
		evert_deferred_add_callback(outer, wait_for, last);
		evert_deferred_add_callback(outer, count, arg);
		last = outer;
	}
	fire(&slot, 1);
	evert_deferred_release(last);
	return NULL;
}

static void *many_fired(void *arg)
{
	struct evert_deferred *d = fired(1);
	size_t i;

	for (i = 0; i < LONG_CHAIN; i++)
		evert_deferred_add_callback(d, wait_for, fired(2));
	evert_deferred_add_callback(d, count, arg);
	evert_deferred_release(d);
	return NULL;
}

static void *many_links(void *arg)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	size_t i;

	for (i = 0; i < LONG_CHAIN; i++)
		evert_deferred_add_callback(d, count, arg);
	fire(&slot, 1);
	evert_deferred_release(d);
	return NULL;
}

/* Cancelled at its outer end, released at its inner one. */
static void *cancel_outwards(void *arg)
{
	struct evert_firing *slot;
	struct evert_deferred *last = evert_deferred_create(&slot), *outer;
	size_t i;

	for (i = 1; i < LONG_CHAIN; i++) {
		outer = fired(0);
		evert_deferred_add_callback(outer, wait_for, last);
		evert_deferred_add_both(outer, count, arg);
		last = outer;
	}
	evert_deferred_add_errback(last, diary_end, "last");
	evert_deferred_cancel(last);
	evert_deferred_release(last);
	fire(&slot, 1);
	return NULL;
}

Test(deferred_chain, p10_a_chain_made_inwards_needs_no_stack)
{
	size_t counted = 0;

	run_on_small_stack(chain_inwards, &counted);
	cr_assert(eq(sz, counted, LONG_CHAIN));
}

Test(deferred_chain, p10_a_chain_made_outwards_needs_no_stack)
{
	size_t counted = 0;

	run_on_small_stack(chain_outwards, &counted);
	cr_assert(eq(sz, counted, LONG_CHAIN));
}

Test(deferred_chain, p10_many_fired_inner_ones_need_no_stack)
{
	size_t counted = 0;

	run_on_small_stack(many_fired, &counted);
	cr_assert(eq(sz, counted, 1));
}

Test(deferred_chain, p10_many_links_need_no_stack)
{
	size_t counted = 0;

	run_on_small_stack(many_links, &counted);
	cr_assert(eq(sz, counted, LONG_CHAIN));
}

Test(deferred_chain, p10_to_cancel_a_long_chain_needs_no_stack)
{
	size_t counted = 0;

	run_on_small_stack(cancel_outwards, &counted);
	cr_assert(eq(sz, counted, LONG_CHAIN - 1));
	cr_assert(eq(str, diary, "last:CANCELLED"));
}

struct endless {
	size_t rounds_left;
	struct evert_firing *next; /* to fire, to go round once more */
	size_t most_blocks;
};

static struct evert_result go_round(struct evert_result *in, void *arg)
{
	struct endless *endless = arg;
	struct evert_deferred *d;
	size_t blocks = failing_allocator_counts().live;

	if (blocks > endless->most_blocks)
		endless->most_blocks = blocks;
	if (!endless->rounds_left--)
		return *in;
	d = evert_deferred_create(&endless->next);
	evert_deferred_add_callback(d, go_round, endless);
	return evert_result_wait(d);
}

/* A loop written as callbacks: each round waits for the next one. */
Test(deferred_chain, p10_a_loop_of_a_million_rounds_keeps_constant_memory)
{
	struct endless endless = { .rounds_left = 1000000 };
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	d = fired(1);
	evert_deferred_add_callback(d, go_round, &endless);
	while (endless.next)
		fire(&endless.next, 1);
	evert_deferred_add_callback(d, diary_pass, "end");
	evert_deferred_release(d);
	cr_assert(eq(str, diary, "end:1"));
	cr_assert(le(sz, endless.most_blocks, 3));
	cr_assert(zero(sz, failing_allocator_stop().live));
}

/* ---- Deadlocks ---- */

Test(deferred_chain, p11_one_returned_from_its_own_callback_fails)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_callback(d, wait_for, d);
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:DEADLOCK"));
	evert_deferred_release(d);
}

Test(deferred_chain, p11_one_fired_with_itself_fails)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_fire(&slot, evert_result_wait(d));
	evert_deferred_add_errback(d, diary_end, "a");
	cr_assert(eq(str, diary, "a:DEADLOCK"));
	evert_deferred_release(d);
}

static struct evert_result print_message(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("%s", evert_result_as_failure(in)->message);
	return evert_result_none();
}

Test(deferred_chain, p11_the_deadlocks_failure_names_the_place)
{
	struct evert_deferred *d =
		unfired_at("here.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	fire(&slot, 1);
	evert_deferred_add_callback(d, wait_for, d);
	evert_deferred_add_errback(d, print_message, NULL);
	cr_assert(eq(str, diary, "the Deferred made at here.c:1 would wait for "
				 "itself, made at here.c:1"));
	evert_deferred_release(d);
}

Test(deferred_chain, p11_two_that_wait_for_each_other_fail)
{
	struct evert_firing *a_slot, *b_slot;
	struct evert_deferred *a = evert_deferred_create(&a_slot);
	struct evert_deferred *b = evert_deferred_create(&b_slot);

	evert_deferred_add_callback(a, wait_for, b);
	evert_deferred_add_callback(b, wait_for, a);
	evert_deferred_add_errback(a, diary_end, "a");
	evert_deferred_add_errback(b, diary_pass, "b");
	fire(&a_slot, 1);
	fire(&b_slot, 1);
	cr_assert(eq(str, diary, "b:DEADLOCK a:DEADLOCK"));
}

Test(deferred_chain, p11_a_ring_of_three_fails)
{
	struct evert_deferred *a = unfired();
	struct evert_deferred *b = unfired();
	struct evert_deferred *c = unfired();
	struct evert_firing *a_slot = evert_deferred_firing(a);
	struct evert_firing *b_slot = evert_deferred_firing(b);
	struct evert_firing *c_slot = evert_deferred_firing(c);

	evert_deferred_add_callback(a, wait_for, b);
	evert_deferred_add_callback(b, wait_for, c);
	evert_deferred_add_callback(c, wait_for, a);
	evert_deferred_add_errback(a, diary_end, "a");
	fire(&c_slot, 1); /* c waits for a, a for b, b would for c */
	fire(&a_slot, 1);
	fire(&b_slot, 1);
	cr_assert(eq(str, diary, "a:DEADLOCK"));
}

/* ---- Chaining two ---- */

Test(deferred_chain, p14_chain_fires_the_second_from_the_first)
{
	struct evert_firing *a_slot, *b_slot;
	struct evert_deferred *a = evert_deferred_create(&a_slot);
	struct evert_deferred *b = evert_deferred_create(&b_slot);

	evert_deferred_add_callback(b, diary_pass, "b");
	evert_deferred_chain(a, &b_slot);
	cr_assert(zero(ptr, b_slot));
	fire(&a_slot, 1);
	cr_assert(eq(str, diary, "b:1"));
	evert_deferred_release(b);
}

Test(deferred_chain, p14_cancelling_the_second_cancels_the_first)
{
	struct evert_firing *a_slot, *b_slot;
	struct evert_deferred *a = evert_deferred_create(&a_slot);
	struct evert_deferred *b = evert_deferred_create(&b_slot);

	evert_deferred_add_errback(a, diary_pass, "a");
	evert_deferred_add_errback(b, diary_end, "b");
	evert_deferred_chain(a, &b_slot);
	evert_deferred_cancel(b);
	cr_assert(eq(str, diary, "a:CANCELLED b:CANCELLED"));
	evert_deferred_release(b);
	fire(&a_slot, 1);
}

Test(deferred_chain, p14_chain_into_a_cancelled_one_releases_the_first)
{
	struct evert_deferred *a =
		evert_deferred_create_fired(diary_value("x"));
	struct evert_firing *b_slot;
	struct evert_deferred *b = evert_deferred_create(&b_slot);

	evert_deferred_add_errback(b, diary_end, "b");
	evert_deferred_cancel(b);
	evert_deferred_chain(a, &b_slot);
	cr_assert(eq(str, diary, "b:CANCELLED freed:x"));
	evert_deferred_release(b);
}
