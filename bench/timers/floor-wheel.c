/* SPDX-License-Identifier: MIT */
/*
 * The floor of what finds its first timer: hierarchical bitmap wheels, as in
 * "Hashed and Hierarchical Timing Wheels" (Varghese and Lauck), with a word of
 * bits for each wheel. As little as it needs: ticks of a millisecond, no order
 * within a tick, timers in the user's memory and no handles, and a time that
 * stands still for as long as a callback runs.
 *
 * A timer waits on the level of the highest digit (to the base of 64) in which
 * its tick differs from the wheels' own, in the slot of its digit there. When
 * the ticks come to a slot, its timers are filed again, or fire.
 */
#include <stdint.h>
#include <time.h>

#include "common/timers.h"

#ifndef FROM_THE_CALL
#define FROM_THE_CALL 0
#endif

enum {
	BITS = 6,
	SLOTS = 1 << BITS,
	LEVELS = 6, /* two years */
};

struct timer {
	struct timer *next, **link; /* what points to it */
	uint64_t tick;
	struct timer **slot; /* NULL: it does not wait */
	void (*call)(void);
};

static struct timer timers[TIMERS_MOST];
static struct timer *slots[LEVELS * SLOTS];
static uint64_t filled[LEVELS];
static uint64_t now; /* the wheels' tick */
static size_t waiting;

static uint64_t read_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* ---- Filing ---- */

static inline void file(struct timer *timer)
{
	uint64_t tick = timer->tick;
	unsigned level = (unsigned)(63 - __builtin_clzll((tick ^ now) | 1)) /
			 BITS;
	unsigned digit = tick >> level * BITS & (SLOTS - 1);
	struct timer **slot = &slots[level * SLOTS + digit];

	timer->slot = timer->link = slot;
	timer->next = *slot;
	if (timer->next)
		timer->next->link = &timer->next;
	*slot = timer;
	filled[level] |= UINT64_C(1) << digit;
}

static inline void unlink_timer(struct timer *timer)
{
	struct timer **slot = timer->slot;
	size_t which = (size_t)(slot - slots);

	*timer->link = timer->next;
	if (timer->next)
		timer->next->link = timer->link;
	if (!*slot)
		filled[which / SLOTS] &= ~(UINT64_C(1) << which % SLOTS);
}

static inline uint64_t tick_after(double seconds)
{
	uint64_t from = FROM_THE_CALL ? read_clock() : now;

	return from + (uint64_t)(seconds * 1e3) + 1;
}

/* ---- Moving on ---- */

static void fire(struct timer *list)
{
	struct timer *timer;

	while ((timer = list)) {
		list = timer->next;
		if (list)
			list->link = &list;
		timer->slot = NULL;
		waiting--;
		timer->call();
	}
}

static void file_all(struct timer *timer)
{
	struct timer *next;

	for (; timer; timer = next) {
		next = timer->next;
		file(timer);
	}
}

/* The first slot that is not empty, if the ticks have come to it by `end`. */
static int open_slot(uint64_t end)
{
	unsigned level = 0, digit, shift;
	struct timer *list, **slot;

	while (level < LEVELS && !filled[level])
		level++;
	if (level == LEVELS)
		return 0;
	digit = (unsigned)__builtin_ctzll(filled[level]);
	shift = level * BITS;
	if ((now >> shift & ~UINT64_C(63)) + digit > end >> shift)
		return 0;
	now = ((now >> shift & ~UINT64_C(63)) + digit) << shift;
	slot = &slots[level * SLOTS + digit];
	list = *slot;
	*slot = NULL;
	filled[level] &= ~(UINT64_C(1) << digit);
	if (level)
		file_all(list);
	else
		fire(list);
	return 1;
}

static void advance(uint64_t end)
{
	while (open_slot(end))
		;
	now = end;
}

/* ---- What a contestant does ---- */

void timers_begin(void)
{
	if (!waiting)
		now = read_clock();
}

void timer_add(size_t i, double seconds)
{
	struct timer *timer = &timers[i];

	timer->tick = tick_after(seconds);
	timer->call = timer_fired;
	file(timer);
	waiting++;
}

void timer_reset(size_t i, double seconds)
{
	struct timer *timer = &timers[i];

	if (!timer->slot)
		return;
	unlink_timer(timer);
	timer->tick = tick_after(seconds);
	file(timer);
}

void timer_cancel(size_t i)
{
	struct timer *timer = &timers[i];

	if (!timer->slot)
		return;
	unlink_timer(timer);
	timer->slot = NULL;
	waiting--;
}

void timers_turn(void (*work)(void))
{
	advance(read_clock());
	work();
}

void timers_run(void)
{
	while (waiting)
		advance(read_clock());
}

void idle_create(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_add(i, IDLE_SECONDS);
}

void idle_reset(size_t i)
{
	timer_reset(i, IDLE_SECONDS);
}

void idle_run(size_t turns)
{
	while (turns--)
		timers_turn(idle_reads);
}

int main(void)
{
	return timers_main();
}
