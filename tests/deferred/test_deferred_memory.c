/* SPDX-License-Identifier: MIT */
/* What a Deferred does when memory runs out, and how much it takes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>

#include "../../deferred/clock/clock.h"
#include "../../deferred/deferred.h"
#include "../support/memory.h"
#include "../support/diary.h"
#include "../support/unhandled.h"

static void begin(void)
{
	ignore_unhandled();
}

static void finish(void)
{
	failing_allocator_stop();
}

TestSuite(deferred_memory, .init = begin, .fini = finish);

/* Adds links whose argument is their name, "0", "1", ... */
static int add_named(struct evert_deferred *d, size_t count)
{
	static char *const digits[] = { "0", "1", "2", "3", "4",
					"5", "6", "7", "8", "9" };
	int error = 0;
	size_t i;

	for (i = 0; i < count; i++)
		error = evert_deferred_add_both(d, diary_pass, digits[i]);
	return error;
}

/* ---- How much it takes ---- */

Test(deferred_memory, one_with_twelve_links_is_one_block)
{
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	d = unfired();
	add_named(d, 6);
	add_named(d, 6);
	cr_assert(eq(sz, failing_allocator_counts().requests, 1));
	evert_deferred_abandon(&(struct evert_firing *){
		evert_deferred_firing(d) });
	evert_deferred_release(d);
}

Test(deferred_memory, one_with_twenty_links_is_two_blocks)
{
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	d = unfired();
	add_named(d, 10);
	add_named(d, 10);
	cr_assert(eq(sz, failing_allocator_counts().requests, 2));
	evert_deferred_abandon(&(struct evert_firing *){
		evert_deferred_firing(d) });
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, links_added_to_a_fired_one_take_none)
{
	struct evert_deferred *d;
	size_t i;

	failing_allocator_start(0, false);
	d = fired(1);
	for (i = 0; i < 1000; i++)
		evert_deferred_add_callback(d, diary_pass, "a");
	cr_assert(eq(sz, failing_allocator_counts().requests, 1));
	evert_deferred_release(d);
}

/* ---- Without memory ---- */

static int noted;

/* The links' arguments are 0, 1, 2, ... */
static struct evert_result note_number(struct evert_result *in, void *number)
{
	cr_assert(eq(int, *(int *)number, noted));
	noted++;
	return *in;
}

static struct evert_result count_in(struct evert_result *in, void *counter)
{
	++*(int *)counter;
	return *in;
}

Test(deferred_memory, one_that_could_not_be_made_is_null)
{
	failing_allocator_start(1, true);
	cr_assert(zero(ptr, unfired()));
	cr_assert(zero(ptr, fired(1)));
	cr_assert(zero(ptr, evert_deferred_create_fired(diary_value("x"))));
	cr_assert(eq(str, diary, "freed:x"));
}

/* A Deferred full of links, and no memory left. */
static struct evert_deferred *full(void)
{
	struct evert_firing *slot;
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	d = evert_deferred_create_short_at(&slot, EVERT_HERE, NULL, NULL);
	cr_assert(zero(int, add_named(d, 2)));
	failing_allocator_fail(1, true);
	return d;
}

Test(deferred_memory, p96_a_link_without_memory_fails_in_its_turn)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);

	cr_assert(lt(int, evert_deferred_add_callbacks(d, diary_pass,
						       diary_pass, "x"),
		     0));
	cr_assert(eq(str, diary, ""));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1 x:NO_MEMORY"));
	evert_deferred_release(d);
}

Test(deferred_memory, p17_the_chain_fails_in_the_place_of_the_lost_link)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_callback(d, diary_pass, "x");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1"));
	evert_deferred_add_both(d, diary_end, "after");
	cr_assert(eq(str, diary, "0:1 1:1 after:NO_MEMORY"));
	evert_deferred_release(d);
}

static const char *reported[4];

static void note_links(const struct evert_unhandled *report, void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < report->link_count && i < 4; i++)
		reported[i] = report->links[i];
}

Test(deferred_memory, p15_the_report_begins_with_the_lost_link)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_set_unhandled_hook(note_links, NULL);
	evert_deferred_add_callback(d, diary_pass, "x");
	fire(&slot, 1);
	evert_deferred_release(d);
	cr_assert(eq(str, (char *)reported[0], "a link that found no memory"));
	cr_assert(eq(ptr, (void *)reported[1], NULL));
}

Test(deferred_memory, p17_each_link_without_memory_runs_its_errback_once)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_both(d, diary_pass, "x");
	evert_deferred_add_both(d, diary_pass, "y");
	evert_deferred_add_callback(d, diary_pass, "z");
	cr_assert(eq(str, diary, ""));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1 x:NO_MEMORY y:NO_MEMORY"));
	evert_deferred_release(d);
}

/* The place kept back for the failure must be there a second time. */
Test(deferred_memory, p17_links_may_be_lost_again_and_again)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);
	int round;

	evert_deferred_add_both(d, diary_pass, "x");
	fire(&slot, 1);
	for (round = 0; round < 3; round++) {
		evert_deferred_pause(d);
		diary_clear();
		cr_assert(zero(int, add_named(d, 2)));
		cr_assert(lt(int, add_named(d, 2), 0));
		cr_assert(eq(str, diary, ""));
		evert_deferred_unpause(d);
		cr_assert(eq(str, diary, "0:NO_MEMORY 1:NO_MEMORY "
					 "0:NO_MEMORY 1:NO_MEMORY"));
	}
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, p17_with_memory_again_links_follow_the_lost_one)
{
	struct evert_deferred *d = full();
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_callback(d, diary_pass, "lost");
	failing_allocator_fail(0, false);
	cr_assert(zero(int, evert_deferred_add_both(d, diary_end, "after")));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1 after:NO_MEMORY"));
	evert_deferred_release(d);
}

static struct evert_result add_two(struct evert_result *in, void *deferred)
{
	diary_pass(in, "x");
	evert_deferred_add_both(deferred, diary_pass, "y");
	evert_deferred_add_both(deferred, diary_pass, "z");
	return *in;
}

Test(deferred_memory, p96_the_lost_links_errback_may_add_links)
{
	struct evert_deferred *d;
	struct evert_firing *slot;

	d = full();
	slot = evert_deferred_firing(d);
	evert_deferred_add_errback(d, add_two, d);
	evert_deferred_add_errback(d, diary_pass, "w");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1 x:NO_MEMORY w:NO_MEMORY "
				 "y:NO_MEMORY z:NO_MEMORY"));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, p5_the_lost_links_errback_may_put_things_right)
{
	struct evert_deferred *d;
	struct evert_firing *slot;

	d = full();
	slot = evert_deferred_firing(d);
	evert_deferred_add_both(d, diary_end, "x");
	evert_deferred_add_both(d, diary_pass, "y");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "0:1 1:1 x:NO_MEMORY y:NO_MEMORY"));
	evert_deferred_release(d);
}

static void add_numbered(struct evert_deferred *d, int *next, int count)
{
	for (; count--; next++)
		evert_deferred_add_both(d, note_number, next);
}

/* As many as there are places for. */
Test(deferred_memory, p96_hundreds_of_lost_links_keep_their_order)
{
	static int numbers[500];
	struct evert_deferred *d;
	struct evert_firing *slot;
	int i;

	d = full();
	slot = evert_deferred_firing(d);
	for (i = 0; i < 500; i++)
		numbers[i] = i;
	add_numbered(d, numbers, 500);
	cr_assert(eq(int, noted, 0));
	fire(&slot, 1);
	cr_assert(eq(int, noted, 500));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, p96_many_may_be_starved_at_once_and_again)
{
	enum { LINKS = 20 }; /* more than fit in the block */
	static int numbers[LINKS];
	struct evert_deferred *d[60];
	struct evert_firing *slots[60];
	int round, i;

	for (i = 0; i < LINKS; i++)
		numbers[i] = i;
	failing_allocator_start(0, false);
	for (round = 0; round < 3; round++) {
		failing_allocator_fail(0, false);
		for (i = 0; i < 60; i++)
			d[i] = evert_deferred_create(&slots[i]);
		failing_allocator_fail(1, true);
		for (i = 0; i < 60; i++)
			add_numbered(d[i], numbers, LINKS);
		for (i = 0; i < 60; i++) {
			noted = 0;
			fire(&slots[i], 1);
			cr_assert(eq(int, noted, LINKS));
			evert_deferred_release(d[i]);
		}
	}
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, p17_beyond_all_places_each_link_still_runs_once)
{
	static int numbers[2000];
	struct evert_deferred *d;
	struct evert_firing *slot;
	int i;

	d = full();
	slot = evert_deferred_firing(d);
	for (i = 0; i < 2000; i++)
		evert_deferred_add_both(d, count_in, &numbers[i]);
	fire(&slot, 1);
	for (i = 0; i < 2000; i++)
		cr_assert(eq(int, numbers[i], 1));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

Test(deferred_memory, p96_room_that_was_made_does_not_run_out)
{
	static int numbers[100];
	struct evert_deferred *d;
	struct evert_firing *slot;
	int i;

	failing_allocator_start(0, false);
	d = evert_deferred_create(&slot);
	cr_assert(zero(int, evert_deferred_reserve(d, 100)));
	failing_allocator_fail(1, true);
	for (i = 0; i < 100; i++) {
		numbers[i] = i;
		cr_assert(zero(int, evert_deferred_add_both(d, note_number,
							    &numbers[i])));
	}
	cr_assert(eq(int, evert_deferred_reserve(d, 1000), -ENOMEM));
	cr_assert(eq(int, evert_deferred_reserve(d, SIZE_MAX), -ENOMEM));
	cr_assert(eq(int, evert_deferred_reserve(NULL, 1), -ENOMEM));
	fire(&slot, 1);
	cr_assert(eq(int, noted, 100));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

static struct evert_result lose_links(struct evert_result *in, void *deferred)
{
	failing_allocator_fail(1, true);
	add_named(deferred, 3);
	diary_add("inside");
	return *in;
}

Test(deferred_memory, p17_links_may_be_lost_inside_a_callback)
{
	struct evert_deferred *d;
	struct evert_firing *slot;

	failing_allocator_start(0, false);
	d = evert_deferred_create_short_at(&slot, EVERT_HERE, NULL, NULL);
	evert_deferred_add_callback(d, lose_links, d);
	fire(&slot, 1);
	cr_assert(eq(str, diary, "inside 0:1 1:NO_MEMORY 2:NO_MEMORY"));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

/* ---- Each allocation of a whole scenario ---- */

enum { PAIRS = 40 };

static struct {
	int ran[PAIRS]; /* how often one side of a pair ran */
	size_t added;
} pairs;

static struct evert_result run_pair(struct evert_result *in, void *counter)
{
	++*(int *)counter;
	return *in;
}

static struct evert_result recover(struct evert_result *in, void *counter)
{
	run_pair(in, counter);
	return evert_result_text("recovered", 9);
}

static void add_pair(struct evert_deferred *d, evert_callback callback)
{
	evert_deferred_add_callbacks(d, callback, recover,
				     &pairs.ran[pairs.added++]);
}

static struct evert_result start_another(struct evert_result *in, void *counter)
{
	struct evert_deferred *d = evert_deferred_create_fired(
		evert_result_text("inner", 5));
	int i;

	run_pair(in, counter);
	for (i = 0; i < 6; i++)
		add_pair(d, run_pair);
	return evert_result_wait(d);
}

static void advance_and_fire(struct evert_clock *clock,
			     struct evert_firing **slot)
{
	if (clock)
		evert_clock_advance(clock, 2.0);
	evert_deferred_fire(slot, evert_result_text("late", 4));
}

/* Many links, a timeout that runs out, one that does not, inner Deferreds,
   one chained to another. */
static void scenario(void *arg)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_firing *a_slot, *b_slot;
	struct evert_deferred *a = evert_deferred_create(&a_slot);
	struct evert_deferred *b = evert_deferred_create(&b_slot);
	int i;

	(void)arg;
	pairs.added = 0;
	for (i = 0; i < PAIRS; i++)
		pairs.ran[i] = 0;
	for (i = 0; i < 5; i++)
		add_pair(a, run_pair);
	add_pair(b, start_another);
	if (clock) {
		evert_deferred_add_timeout(a, 1.0, clock);
		evert_deferred_add_timeout(b, 3.0, clock);
	}
	add_pair(a, start_another);
	add_pair(b, run_pair);
	evert_deferred_chain(a, &b_slot);
	add_pair(b, start_another);
	evert_deferred_release(b);
	advance_and_fire(clock, &a_slot);
	for (i = 0; i < (int)pairs.added; i++)
		cr_assert(eq(int, pairs.ran[i], 1), "pair %d", i);
	cr_assert(zero(sz, clock ? evert_clock_pending(clock) : 0));
	evert_clock_destroy(clock);
}

Test(deferred_memory, p17_whichever_allocation_fails_each_pair_runs_once)
{
	fail_every_allocation(scenario, NULL);
}
