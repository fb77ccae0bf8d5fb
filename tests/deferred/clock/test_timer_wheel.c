/* SPDX-License-Identifier: MIT */
/* The wheel beside a model that looks at every timer to find the first. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/timer_wheel_internal.h"
#include "../../support/memory.h"

enum {
	TIMERS = 300,
	FEW = 20, /* so few that the wheel looks at each */
	STEPS = 20000,
	SEEDS = 8,
	LONGEST = 62, /* bits of a time span, in nanoseconds: 146 years */
};

/* NULL: it does not wait. */
static struct evert_timer *timers[TIMERS];
static struct evert_timer_wheel wheel;
static int64_t now;
static uint64_t state;

static void begin(void)
{
	evert_timer_wheel_init(&wheel, NULL, now);
}

static void finish(void)
{
	evert_timer_wheel_finish(&wheel);
}

TestSuite(timer_wheel, .init = begin, .fini = finish);

/* Numerical Recipes' quick generator: the same sequence everywhere. */
static uint32_t random_below(uint32_t limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % limit;
}

/* From now on, of any order of magnitude, and often a few nanoseconds. */
static int64_t random_time(void)
{
	uint64_t any = (uint64_t)random_below(UINT32_MAX) << 31 ^
		       random_below(UINT32_MAX);
	unsigned bits = random_below(2) ? 3 : random_below(LONGEST) + 1;
	int64_t span = (int64_t)(any >> (62 - bits) & ((1ull << bits) - 1));

	return span < EVERT_TIMER_NEVER - 1 - now ? now + span :
						    EVERT_TIMER_NEVER - 1;
}

/* ---- The model ---- */

static struct evert_timer **expected_first(void)
{
	struct evert_timer **first = NULL;
	size_t i;

	for (i = 0; i < TIMERS; i++)
		if (timers[i] &&
		    (!first || timers[i]->when < (*first)->when ||
		     (timers[i]->when == (*first)->when &&
		      timers[i]->id < (*first)->id)))
			first = &timers[i];
	return first;
}

static struct evert_timer *expected_due(void)
{
	struct evert_timer **first = expected_first();

	return first && (*first)->when <= now ? *first : NULL;
}

static int64_t expected_next(void)
{
	struct evert_timer **first = expected_first();

	return first ? (*first)->when : EVERT_TIMER_NEVER;
}

static size_t count_waiting(void)
{
	size_t i, waiting = 0;

	for (i = 0; i < TIMERS; i++)
		waiting += timers[i] != NULL;
	return waiting;
}

/* ---- Steps ---- */

static void add(struct evert_timer **timer, int64_t when)
{
	cr_assert(evert_timer_wheel_has_room(&wheel) ||
		  !evert_timer_wheel_make_room(&wheel));
	*timer = evert_timer_wheel_take(&wheel);
	cr_assert(zero(u64, (*timer)->id));
	evert_timer_wheel_set(&wheel, *timer, when);
}

static void cancel(struct evert_timer **timer)
{
	evert_timer_wheel_cancel(&wheel, *timer);
	*timer = NULL;
}

/* The one that is due. */
static void end(struct evert_timer **timer)
{
	evert_timer_wheel_end(&wheel, *timer);
	*timer = NULL;
}

static void move(struct evert_timer **timer, int64_t when)
{
	evert_timer_wheel_move(&wheel, *timer, when);
	cr_assert(eq(i64, (*timer)->when, when));
}

/* Later, but maybe not as far as the clock is. */
static int64_t random_delay(int64_t when)
{
	return when + (int64_t)random_below(3);
}

static void change(size_t count)
{
	struct evert_timer **timer = &timers[random_below((uint32_t)count)];

	if (!*timer)
		add(timer, random_time());
	else if ((*timer)->when <= now && random_below(2))
		move(timer, random_delay((*timer)->when));
	else if (random_below(2))
		move(timer, random_time());
	else
		cancel(timer);
}

static void check_next(bool exactly)
{
	int64_t next = evert_timer_wheel_next(&wheel, now);

	if (exactly)
		cr_assert(eq(i64, next, expected_next()));
	cr_assert(le(i64, next, expected_next()));
}

/* What is due comes out in order, whatever is done in between. */
static void run_due(size_t count)
{
	struct evert_timer *timer, *expected;

	do {
		timer = evert_timer_wheel_due(&wheel, now);
		expected = expected_due();
		cr_assert(eq(ptr, timer, expected));
		if (timer && random_below(8))
			end(expected_first());
		if (!random_below(3))
			change(count);
		if (!random_below(8))
			check_next(count == FEW);
	} while (timer);
}

static void run_sequence(uint64_t seed, size_t count)
{
	int i;

	state = seed;
	for (i = 0; i < STEPS; i++) {
		change(count);
		cr_assert(eq(sz, evert_timer_wheel_count(&wheel),
			     count_waiting()));
		if (!random_below(3))
			check_next(count == FEW);
		if (!random_below(4)) {
			now = random_below(3) ? random_time() : now;
			/* A clock of 146 years is wound up again. */
			now = now < INT64_MAX / 2 ? now : INT64_MAX / 2;
			run_due(count);
		}
	}
	now = EVERT_TIMER_NEVER - 1;
	while (expected_first()) {
		cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now),
			     *expected_first()));
		end(expected_first());
	}
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
	check_next(true);
}

static void run_sequences(size_t count)
{
	uint64_t seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		now = (int64_t)seed * 12345678901;
		begin();
		run_sequence(seed, count);
		evert_timer_wheel_finish(&wheel);
	}
	begin();
}

Test(timer_wheel, p37_the_first_by_time_then_by_making_whatever_was_done)
{
	run_sequences(TIMERS);
}

Test(timer_wheel, of_a_few_it_knows_exactly_when_the_next_is_due)
{
	run_sequences(FEW);
}

/* ---- The next ---- */

Test(timer_wheel, the_first_that_leaves_is_not_waited_for)
{
	add(&timers[0], 5000);
	add(&timers[1], 700000);
	check_next(true);
	cancel(&timers[0]);
	cr_assert(eq(i64, evert_timer_wheel_next(&wheel, now), 700000));
	move(&timers[1], 900000);
	cr_assert(eq(i64, evert_timer_wheel_next(&wheel, now), 900000));
	cancel(&timers[1]);
	cr_assert(eq(i64, evert_timer_wheel_next(&wheel, now),
		     EVERT_TIMER_NEVER));
}

/* Moves time on to the next as the loop does; how often until one is due. */
static int count_wakes(void)
{
	int wakes = 0;

	while (!evert_timer_wheel_due(&wheel, now)) {
		now = evert_timer_wheel_next(&wheel, now);
		cr_assert(le(i64, now, expected_next()));
		wakes++;
	}
	return wakes;
}

static void add_crowd(void)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], 60000000000 + (int64_t)i * 1000000);
}

Test(timer_wheel, the_first_of_a_crowd_is_waited_for)
{
	add_crowd();
	cr_assert(eq(int, count_wakes(), 1));
}

/* Each time the loop wakes, the crowd is sorted out a little more. */
Test(timer_wheel, where_the_first_of_a_crowd_have_left_it_wakes_a_few_times)
{
	size_t i;

	add_crowd();
	for (i = 0; i < TIMERS / 2; i++)
		cancel(&timers[i]);
	cr_assert(le(int, count_wakes(), 6));
}

/* As connections do that are not idle: none of these looks at the others. */
Test(timer_wheel, timers_that_are_put_off_again_and_again_are_not_looked_at)
{
	const int64_t minute = 60000000000;
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], minute);
	for (i = 0; i < 100000; i++) {
		now += 1000;
		move(&timers[i % TIMERS], now + minute);
		check_next(false);
	}
	cr_assert(zero(sz, wheel.noted));
}

/* As the time-outs of what comes in time. */
Test(timer_wheel, timers_that_leave_before_any_is_due_are_not_filed)
{
	size_t i;

	check_next(true);
	for (i = 0; i < TIMERS; i++) {
		add(&timers[i], 1000 + (int64_t)i);
		move(&timers[i], 2000 + (int64_t)i);
		cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, 999)));
	}
	for (i = 1; i < TIMERS; i++)
		cancel(&timers[i]);
	cr_assert(zero(u64, wheel.words));
	now = 2000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
}

/* ---- What the clock has passed at once ---- */

static void check_order(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now),
			     timers[i]));
		end(&timers[i]);
	}
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
}

Test(timer_wheel, p37_what_was_passed_comes_in_order_of_time_however_it_was_made)
{
	size_t i;

	for (i = 0; i < FEW; i++)
		add(&timers[(i * 7) % FEW], 5000 + (int64_t)(i * 7 % FEW));
	now = 1000000;
	check_order(FEW);
}

Test(timer_wheel, p37_what_was_passed_and_put_off_comes_in_order_of_its_new_time)
{
	size_t i;

	for (i = 0; i < FEW; i++)
		add(&timers[i], 5000);
	for (i = 0; i < FEW; i++)
		move(&timers[i], 5000 + (int64_t)i * 100);
	now = 1000000;
	check_order(FEW);
}

/* Three instants close to each other; the ids are in no order. */
Test(timer_wheel, p37_ties_among_what_was_passed_come_in_order_of_making)
{
	enum { MANY = 90 };
	size_t i, at;

	for (i = 0; i < MANY; i++)
		add(&timers[i], 1000000 + (int64_t)i);
	for (i = 0; i < MANY; i++) {
		at = i * 37 % MANY;
		move(&timers[at], 5000 + (int64_t)(at / (MANY / 3)));
	}
	now = 2000000;
	check_order(MANY);
}

Test(timer_wheel, p37_what_was_passed_stays_in_order_when_it_is_swept)
{
	size_t i;

	for (i = 0; i < FEW; i++)
		add(&timers[i], 5000 + (int64_t)i);
	now = 1000000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	for (i = 0; i < 1000; i++) {
		add(&timers[FEW], now + 1);
		cancel(&timers[FEW]);
	}
	check_order(FEW);
}

/* More than are put in order at once, in two crowds. */
Test(timer_wheel, p37_very_many_that_were_passed_come_in_order)
{
	enum { MANY = 6000 };
	struct evert_timer *timer, *added;
	int64_t before = 0;
	uint64_t id = 0;
	size_t i;

	for (i = 0; i < MANY; i++)
		add(&added, 1000000 + (int64_t)random_below(i % 2 ? 1000 :
								   90000000));
	now = 100000000;
	for (i = 0; i < MANY; i++) {
		timer = evert_timer_wheel_due(&wheel, now);
		cr_assert(timer->when > before ||
			  (timer->when == before && timer->id > id));
		before = timer->when;
		id = timer->id;
		evert_timer_wheel_end(&wheel, timer);
	}
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
}

/* From one slot's time into another's, or beyond what is due. */
Test(timer_wheel, p37_what_was_put_off_past_others_that_were_passed_comes_then)
{
	const int64_t slot = 65536;
	struct evert_timer *timer;
	size_t i;

	for (i = 0; i < FEW; i++)
		add(&timers[i], slot * (int64_t)(2 + i));
	add(&timers[FEW], now = 1);
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[FEW]));
	end(&timers[FEW]);
	cr_assert(not(zero(u64, wheel.words)));
	for (i = 0; i < FEW; i += 2)
		move(&timers[i], slot * (int64_t)(i + (i % 3 ? 5 : 15)) + 5);
	now = slot * FEW;
	while ((timer = evert_timer_wheel_due(&wheel, now))) {
		cr_assert(eq(ptr, timer, expected_due()));
		end(expected_first());
	}
	cr_assert(zero(ptr, expected_due()));
	check_next(true);
}

/* More than a quarter of all, so that they are looked for where they lie. */
Test(timer_wheel, very_many_that_were_set_and_left_are_unused_when_some_are_due)
{
	enum { MANY = 5000 };
	static struct evert_timer *many[MANY];
	size_t i, round, room = 0;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANY; i++)
			add(&many[i], now + 1 + (int64_t)random_below(1000000));
		for (i = 0; i < MANY; i++)
			if (i % 100)
				cancel(&many[i]);
		now += 1000000;
		for (i = 0; i < MANY; i += 100)
			evert_timer_wheel_end(
				&wheel, evert_timer_wheel_due(&wheel, now));
		cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
		room = room ? room : wheel.room;
		cr_assert(eq(sz, wheel.room, room));
	}
}

/* ---- Moved earlier ---- */

Test(timer_wheel, what_is_moved_earlier_comes_first)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], 1000000000 + (int64_t)i);
	check_next(false);
	for (i = TIMERS; i-- > 0;)
		move(&timers[i], 5000 + (int64_t)i);
	now = 2000000000;
	check_order(TIMERS);
}

/* Back and forth, so that it is noted again while it is. */
Test(timer_wheel, what_is_moved_earlier_twice_comes_once)
{
	size_t i;

	for (i = 0; i < FEW; i++)
		add(&timers[i], 1000000 + (int64_t)i);
	now = 1;
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
	for (i = 0; i < FEW; i++) {
		move(&timers[i], 900000);
		move(&timers[i], 2000000);
		move(&timers[i], 5000 + (int64_t)i);
	}
	now = 1000000;
	check_order(FEW);
}

Test(timer_wheel, p37_what_is_moved_to_the_instant_that_is_due_keeps_its_place_in_it)
{
	add(&timers[0], 5000);
	add(&timers[1], 900000);
	add(&timers[2], 5000);
	now = 5000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	end(&timers[0]);
	move(&timers[1], 5000);
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[1]));
	end(&timers[1]);
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[2]));
}

/* Before and behind those that are due, some of which leave or move in turn. */
Test(timer_wheel, p37_very_many_are_moved_to_the_instant_that_is_due)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], i % 3 ? 900000 : 5000);
	now = 5000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	end(&timers[0]);
	for (i = 1; i < TIMERS; i++)
		if (i % 3 == 1)
			move(&timers[i], now);
	cancel(&timers[3]);
	cancel(&timers[4]);
	move(&timers[6], 900001);
	move(&timers[7], 900001);
	check_next(false);
	for (i = 0; i < TIMERS; i++)
		if (i % 3 == 2)
			move(&timers[i], now);
	cancel(&timers[9]);
	cancel(&timers[11]);
	run_due(TIMERS);
	check_next(false);
}

Test(timer_wheel, what_is_due_is_still_the_next_when_others_come_to_be_due)
{
	add(&timers[0], 4000);
	add(&timers[1], 4500);
	add(&timers[2], 900000);
	now = 5000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	move(&timers[2], now);
	add(&timers[3], now);
	check_next(true);
	check_order(4);
}

/* Behind another that is due: so it is come upon late. */
Test(timer_wheel, what_was_due_and_is_put_off_is_waited_for)
{
	add(&timers[0], 5000);
	add(&timers[1], 5000);
	add(&timers[2], 900000);
	now = 6000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	move(&timers[1], 7000);
	add(&timers[3], now);
	cancel(&timers[3]);
	check_next(true);
	end(&timers[0]);
	check_next(true);
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
	now = 7000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[1]));
}

/* ---- Memory ---- */

Test(timer_wheel, timers_that_come_and_go_do_not_make_it_grow)
{
	size_t i, room;

	for (i = 0; i < 10; i++)
		add(&timers[i], 1);
	room = wheel.room;
	for (i = 0; i < 10000; i++) {
		add(&timers[10], 2);
		cancel(&timers[10]);
	}
	cr_assert(eq(sz, wheel.room, room));
	now = 1;
	check_order(10);
}

/* Each time they are filed first, and stay there when they have left. */
Test(timer_wheel, timers_that_are_filed_and_leave_do_not_make_it_grow)
{
	size_t i, round, room = 0;

	for (round = 0; round < 100; round++) {
		for (i = 0; i < TIMERS; i++)
			add(&timers[i], 1000000000 + (int64_t)(i * round));
		add(&timers[0], ++now);
		cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now),
			     timers[0]));
		cr_assert(not(zero(u64, wheel.words)));
		end(&timers[0]);
		for (i = 1; i < TIMERS; i++)
			cancel(&timers[i]);
		room = room ? room : wheel.room;
	}
	cr_assert(le(sz, wheel.room, 2 * room));
	cr_assert(le(sz, wheel.room, 4 * TIMERS));
}

Test(timer_wheel, timers_that_are_moved_do_not_make_it_grow)
{
	size_t i, room;

	for (i = 0; i < 10; i++)
		add(&timers[i], 1000000);
	room = wheel.room;
	for (i = 0; i < 10000; i++) {
		move(&timers[i % 10], 500000 + (int64_t)(i % 7) * 1000);
		move(&timers[i % 10], 1000000 + (int64_t)i);
	}
	cr_assert(eq(sz, wheel.room, room));
}

Test(timer_wheel, with_no_timer_left_it_waits_for_none)
{
	size_t i;

	for (i = 0; i < TIMERS; i++)
		add(&timers[i], 1 + (int64_t)i);
	for (i = 0; i < TIMERS; i++)
		cancel(&timers[i]);
	check_next(true);
	now = 1000;
	cr_assert(zero(ptr, evert_timer_wheel_due(&wheel, now)));
}

/* As many as there is room for, the first at `when`. */
static size_t fill(int64_t when)
{
	size_t count = 0;

	failing_allocator_start(0, false);
	do
		add(&timers[count], when + (int64_t)count);
	while (++count < TIMERS && evert_timer_wheel_has_room(&wheel));
	failing_allocator_fail(1, true);
	return count;
}

static void empty(void)
{
	evert_timer_wheel_finish(&wheel);
	begin();
	failing_allocator_stop();
}

Test(timer_wheel, a_move_takes_no_memory)
{
	size_t count = fill(1000000), i;

	for (i = 0; i < 5000; i++) {
		move(&timers[i % count], 900000 - (int64_t)i);
		check_next(false);
	}
	now = 1000000;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), expected_due()));
	empty();
}

Test(timer_wheel, a_timer_more_without_memory_changes_nothing)
{
	fill(100);
	cr_assert(eq(int, evert_timer_wheel_make_room(&wheel), -ENOMEM));
	now = 100;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now), timers[0]));
	empty();
}

Test(timer_wheel, without_memory_one_that_has_left_makes_room)
{
	size_t count = fill(100);

	cancel(&timers[count / 2]);
	cr_assert(zero(int, evert_timer_wheel_make_room(&wheel)));
	add(&timers[count / 2], 50);
	now = 100;
	cr_assert(eq(ptr, evert_timer_wheel_due(&wheel, now),
		     timers[count / 2]));
	empty();
}
