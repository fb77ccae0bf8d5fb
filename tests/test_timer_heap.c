/* SPDX-License-Identifier: MIT */
/* The heap beside a model that looks at every timer to find the first. */
#include <stdint.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <deferred/timer_heap_internal.h>
#include <tests/support/memory.h>

enum { TIMERS = 300, STEPS = 20000, SEEDS = 8 };

/* `id` 0: it does not wait. */
static struct evert_timer timers[TIMERS];
static struct evert_timer_heap heap;
static uint64_t ids;
static uint64_t state;

/* Numerical Recipes' quick generator: the same sequence everywhere. */
static uint32_t random_below(uint32_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % limit;
}

static struct evert_timer *expected_first(void)
{
	struct evert_timer *first = NULL;
	size_t i;

	for (i = 0; i < TIMERS; i++)
		if (timers[i].id &&
		    (!first || timers[i].when < first->when ||
		     (timers[i].when == first->when &&
		      timers[i].id < first->id)))
			first = &timers[i];
	return first;
}

static void add(struct evert_timer *timer, int64_t when)
{
	cr_assert(zero(int, evert_timer_heap_reserve(&heap)));
	timer->id = ++ids;
	timer->when = when;
	evert_timer_heap_add(&heap, timer);
}

static void remove_timer(struct evert_timer *timer)
{
	evert_timer_heap_remove(&heap, timer);
	timer->id = 0;
}

/* Few different times, so that there are many ties. */
static void step(void)
{
	struct evert_timer *timer = &timers[random_below(TIMERS)];
	int64_t when = random_below(50);

	if (!timer->id)
		add(timer, when);
	else if (random_below(2))
		cr_assert(zero(int, evert_timer_heap_move(&heap, timer, when)));
	else
		remove_timer(timer);
	if (!random_below(4) && (timer = evert_timer_heap_first(&heap)))
		remove_timer(timer);
}

static size_t count_waiting(void)
{
	size_t i, waiting = 0;

	for (i = 0; i < TIMERS; i++)
		waiting += timers[i].id != 0;
	return waiting;
}

static void run_sequence(uint64_t seed)
{
	struct evert_timer *timer;
	int i;

	state = seed;
	for (i = 0; i < STEPS; i++) {
		step();
		cr_assert(eq(sz, heap.timers, count_waiting()));
		if (random_below(2))
			cr_assert(eq(ptr, evert_timer_heap_first(&heap),
				     expected_first()),
				  "seed %u, step %d", (unsigned)seed, i);
	}
	while ((timer = expected_first())) {
		cr_assert(eq(ptr, evert_timer_heap_first(&heap), timer));
		remove_timer(timer);
	}
	cr_assert(zero(ptr, evert_timer_heap_first(&heap)));
}

Test(timer_heap, p37_the_first_by_time_then_by_making_whatever_was_done)
{
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++)
		run_sequence(seed);
	evert_timer_heap_finish(&heap);
}

Test(timer_heap, timers_that_come_and_go_do_not_make_it_grow)
{
	size_t i, capacity;

	for (i = 0; i < 10; i++)
		add(&timers[i], 1);
	capacity = heap.capacity;
	for (i = 0; i < 10000; i++) {
		add(&timers[10], 2);
		remove_timer(&timers[10]);
	}
	cr_assert(eq(sz, heap.capacity, capacity));
	cr_assert(eq(ptr, evert_timer_heap_first(&heap), &timers[0]));
	evert_timer_heap_finish(&heap);
}

/* Those behind the first one, too. */
Test(timer_heap, many_stale_entries_are_thrown_out_when_one_comes_up)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], (int64_t)i);
	for (i = 0; i < TIMERS; i++)
		if (i / 10 != 15)
			remove_timer(&timers[i]);
	cr_assert(eq(ptr, evert_timer_heap_first(&heap), &timers[150]));
	cr_assert(eq(sz, heap.count, 10));
	evert_timer_heap_finish(&heap);
}

Test(timer_heap, with_no_timer_left_it_is_empty)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], 1);
	for (i = 0; i < TIMERS; i++)
		remove_timer(&timers[i]);
	cr_assert(zero(sz, heap.count));
	cr_assert(zero(ptr, evert_timer_heap_first(&heap)));
	evert_timer_heap_finish(&heap);
}

Test(timer_heap, a_move_without_memory_changes_nothing)
{
	size_t i = 0;

	failing_allocator_start(0, false);
	do
		add(&timers[i], 100 + (int64_t)i);
	while (++i < TIMERS && heap.count < heap.capacity);
	failing_allocator_fail(1, true);
	cr_assert(lt(int, evert_timer_heap_move(&heap, &timers[5], 1), 0));
	cr_assert(eq(i64, timers[5].when, 105));
	cr_assert(eq(ptr, evert_timer_heap_first(&heap), &timers[0]));
	evert_timer_heap_finish(&heap);
	failing_allocator_stop();
}
