/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/firing_queue.h"
#include "../support/diary.h"
#include "../support/memory.h"

struct owner {
	struct evert_firing_queue asked;
};

static struct evert_firing_queue queue; /* all zero */

static void finish(void)
{
	evert_firing_queue_finish(&queue);
}

TestSuite(firing_queue, .fini = finish);

static void ask(char *name)
{
	struct evert_deferred *d = evert_firing_queue_add(&queue);

	evert_deferred_add_both(d, diary_end, name);
	evert_deferred_release(d);
}

static bool answer(int64_t value)
{
	return evert_firing_queue_fire_first(&queue,
					     evert_result_integer(value));
}

Test(firing_queue, the_oldest_is_fired_first)
{
	ask("a");
	ask("b");
	cr_assert(answer(1));
	cr_assert(answer(2));
	cr_assert(eq(str, diary, "a:1 b:2"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 0));
}

Test(firing_queue, an_answer_nobody_asked_for_is_released)
{
	cr_assert(not(evert_firing_queue_fire_first(&queue,
						    diary_value("late"))));
	cr_assert(eq(str, diary, "freed:late"));
}

/* Promise 24. */
Test(firing_queue, one_that_was_cancelled_keeps_its_place)
{
	struct evert_deferred *d = evert_firing_queue_add(&queue);

	evert_deferred_add_both(d, diary_end, "a");
	ask("b");
	evert_deferred_cancel(d);
	evert_deferred_release(d);
	cr_assert(eq(str, diary, "a:CANCELLED"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 2));
	cr_assert(evert_firing_queue_fire_first(&queue, diary_value("first")));
	cr_assert(answer(2));
	cr_assert(eq(str, diary, "a:CANCELLED freed:first b:2"));
}

Test(firing_queue, a_thousand_are_answered_in_order)
{
	static char names[1000][8];
	int i, turn;

	for (turn = 0; turn < 3; turn++) {
		diary_clear();
		for (i = 0; i < 10; i++) {
			snprintf(names[i], sizeof(names[i]), "%d", i);
			ask(names[i]);
			if (i % 3 == 2)
				answer(i);
		}
		while (answer(9))
			;
		cr_assert(eq(str, diary,
			     "0:2 1:5 2:8 3:9 4:9 5:9 6:9 7:9 8:9 9:9"));
	}
	for (i = 0; i < 1000; i++) {
		struct evert_deferred *d = evert_firing_queue_add(&queue);

		evert_deferred_release(d);
	}
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 1000));
	while (answer(0))
		;
}

Test(firing_queue, all_fail_in_order_with_a_copy_each)
{
	ask("a");
	ask("b");
	evert_firing_queue_fail_all(
		&queue, evert_failure_create(EVERT_ERROR, 0, "gone"));
	cr_assert(eq(str, diary, "a:ERROR b:ERROR"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 0));
}

static struct evert_result ask_again(struct evert_result *in, void *name)
{
	diary_end(in, name);
	ask(name);
	return evert_result_none();
}

Test(firing_queue, what_is_added_while_all_fail_stays)
{
	struct evert_deferred *d = evert_firing_queue_add(&queue);

	evert_deferred_add_both(d, ask_again, "a");
	evert_deferred_release(d);
	ask("b");
	evert_firing_queue_fail_all(&queue, evert_failure_bare(EVERT_ERROR));
	cr_assert(eq(str, diary, "a:ERROR b:ERROR"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 1));
	cr_assert(answer(3));
	cr_assert(eq(str, diary, "a:ERROR b:ERROR a:3"));
}

Test(firing_queue, closed_all_fail_and_so_does_what_is_added)
{
	struct evert_deferred *d = evert_firing_queue_add(&queue);

	evert_deferred_add_both(d, ask_again, "a");
	evert_deferred_release(d);
	ask("b");
	evert_firing_queue_close(&queue, evert_failure_bare(EVERT_ERROR));
	cr_assert(eq(str, diary, "a:ERROR a:ERROR b:ERROR"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 0));
	evert_firing_queue_close(&queue, evert_failure_bare(EVERT_SYSTEM));
	diary_clear();
	ask("c");
	cr_assert(eq(str, diary, "c:ERROR"));
}

Test(firing_queue, finished_it_is_open_again)
{
	evert_firing_queue_close(
		&queue, evert_failure_create(EVERT_ERROR, 0, "gone"));
	evert_firing_queue_finish(&queue);
	ask("a");
	cr_assert(answer(1));
	cr_assert(eq(str, diary, "a:1"));
}

Test(firing_queue, what_could_not_be_sent_fails_alone)
{
	ask("a");
	ask("b");
	evert_firing_queue_fail_last(&queue, evert_failure_bare(EVERT_ERROR));
	ask("c");
	cr_assert(answer(1));
	cr_assert(answer(2));
	cr_assert(eq(str, diary, "b:ERROR a:1 c:2"));
}

Test(firing_queue, where_nothing_was_added_nothing_fails)
{
	evert_firing_queue_fail_last(
		&queue, evert_failure_create(EVERT_ERROR, 0, "gone"));
	cr_assert(eq(sz, evert_firing_queue_count(&queue), 0));
}

static struct evert_result free_owner(struct evert_result *in, void *arg)
{
	struct owner *owner = arg;

	evert_firing_queue_finish(&owner->asked);
	free(owner);
	return *in;
}

/* Promise 85. */
Test(firing_queue, a_callback_may_free_the_owner)
{
	struct owner *owner = calloc(1, sizeof(*owner));
	struct evert_deferred *a = evert_firing_queue_add(&owner->asked);
	struct evert_deferred *b = evert_firing_queue_add(&owner->asked);

	evert_deferred_add_both(a, free_owner, owner);
	evert_deferred_add_both(b, diary_end, "b");
	evert_deferred_release(a);
	evert_deferred_release(b);
	evert_firing_queue_fire_first(&owner->asked, evert_result_none());
	cr_assert(eq(str, diary, "b:ABANDONED"));
}

static void ask_and_answer(void *arg)
{
	struct evert_firing_queue asked = { .ring = NULL };
	int i;

	(void)arg;
	for (i = 0; i < 20; i++) {
		struct evert_deferred *d = evert_firing_queue_add(&asked);

		evert_deferred_add_both(d, diary_end, "x");
		evert_deferred_release(d);
	}
	evert_firing_queue_fire_first(&asked, evert_result_text("a", 1));
	evert_firing_queue_fail_last(
		&asked, evert_failure_create(EVERT_ERROR, 0, "not sent"));
	evert_firing_queue_close(
		&asked, evert_failure_create(EVERT_ERROR, 0, "gone"));
	evert_firing_queue_finish(&asked);
	diary_clear();
}

Test(firing_queue, memory_may_run_out_anywhere)
{
	fail_every_allocation(ask_and_answer, NULL);
}
