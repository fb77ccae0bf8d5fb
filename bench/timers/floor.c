/* SPDX-License-Identifier: MIT */
/*
 * The floor: what the memory costs. A timer is a record of 64 bytes, as many
 * as a cache line has, and its user has a handle of 16: where it is, and a
 * number that is the timer's own, so that a handle of one that is gone does no
 * harm. Nothing is put in any order: they fire in the order of adding, which
 * spares what a timer library cannot be spared.
 */
#include <stdalign.h>
#include <stdint.h>

#include "common/timers.h"

struct record {
	alignas(64) uint64_t id; /* 0: it does not wait */
	double due;
	void (*call)(void);
};

struct handle {
	struct record *record;
	uint64_t id;
};

static struct record records[TIMERS_MOST];
static struct handle handles[TIMERS_MOST];
static uint64_t last_id;
static size_t added;

void timers_begin(void)
{
	added = 0;
}

void timer_add(size_t i, double seconds)
{
	records[i] = (struct record){ ++last_id, seconds, timer_fired };
	handles[i] = (struct handle){ &records[i], last_id };
	added++;
}

void timer_reset(size_t i, double seconds)
{
	struct handle handle = handles[i];

	if (handle.record->id == handle.id)
		handle.record->due = seconds;
}

void timer_cancel(size_t i)
{
	struct handle handle = handles[i];

	if (handle.record->id == handle.id)
		handle.record->id = 0;
}

void timers_turn(void (*work)(void))
{
	work();
}

void timers_run(void)
{
	struct record *record = records, *end = records + added;

	for (; record < end; record++) {
		if (!record->id)
			continue;
		record->id = 0;
		record->call();
	}
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
		idle_reads();
}

int main(void)
{
	return timers_main();
}
