/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "measure.h"

enum {
	IDLE_TIMERS = 10000,
	IDLE_TURNS = 20000,
	READS_PER_TURN = 50,
};

static double delays[TIMERS_MOST];
static uint32_t order[TIMERS_MOST];
static size_t fired;

void timer_fired(void)
{
	fired++;
}

/* ---- Preparing what need not be measured ---- */

static void shuffle(size_t count)
{
	uint32_t swap;
	size_t i, j;

	for (i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	for (i = count - 1; i > 0; i--) {
		j = measure_random() % (i + 1);
		swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
}

static void draw_delays(size_t count, double least, double most)
{
	size_t i;

	for (i = 0; i < count; i++)
		delays[i] = least + (most - least) / 4294967296 *
					    measure_random();
}

static void prepare(size_t count, double least)
{
	shuffle(count);
	draw_delays(count, least, least + 900);
}

/* ---- The steps ---- */

static void add(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_add(i, delays[i]);
}

static void reset(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_reset(order[i], delays[i]);
}

static void cancel(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		timer_cancel(i);
}

static struct step {
	const char *name;
	size_t count;
	void (*work)(size_t count);
} step;

static void measure_step(void)
{
	char figure[32];

	snprintf(figure, sizeof(figure), "%s_%zu", step.name, step.count);
	measure_begin();
	step.work(step.count);
	measure_end(figure, step.count);
}

static void in_a_turn(const char *name, size_t count,
		      void (*work)(size_t count))
{
	step = (struct step){ name, count, work };
	timers_turn(measure_step);
}

static void fire(size_t count)
{
	(void)count;
	timers_run();
}

/* 10,000 in each millisecond; few ones no closer than in ten, or they were one
   and the same time to those who count in milliseconds. */
static void add_due(size_t count)
{
	size_t milliseconds = count / 10000 > 10 ? count / 10000 : 10;
	struct timespec moment = {
		.tv_nsec = (long)(milliseconds + 2) * 1000000,
	};

	draw_delays(count, 0, 1e-3 * (double)milliseconds);
	add(count);
	nanosleep(&moment, NULL);
	fired = 0;
}

static void warm(size_t count)
{
	size_t i;

	add(count);
	for (i = count; i-- > 0;)
		timer_cancel(i);
}

static void measure_timers(size_t count)
{
	prepare(count, 900);
	timers_begin();
	warm(count);
	in_a_turn("add", count, add);
	prepare(count, 900);
	in_a_turn("reset", count, reset);
	prepare(count, 1800);
	in_a_turn("later", count, reset);
	prepare(count, 0);
	in_a_turn("earlier", count, reset);
	in_a_turn("cancel", count, cancel);
	timers_begin();
	add_due(count);
	step = (struct step){ "fire", count, fire };
	measure_step();
	measure_check("fired", fired, count);
}

/* ---- Idle timeouts ---- */

void idle_reads(void)
{
	size_t i;

	for (i = 0; i < READS_PER_TURN; i++)
		idle_reset(measure_random() % IDLE_TIMERS);
}

static void measure_idle(void)
{
	size_t turns = measure_events(IDLE_TURNS);

	timers_begin();
	idle_create(IDLE_TIMERS);
	idle_run(turns / 10 + 1);
	measure_begin();
	idle_run(turns);
	measure_end("idle", turns * READS_PER_TURN);
}

int timers_main(void)
{
	size_t most = measure_events(TIMERS_MOST), count, i;

	for (count = 1000; count <= most; count *= 10)
		/* A few timers take too little time to be measured once. */
		for (i = 0; i == 0 || i < most / count / 20; i++)
			measure_timers(count);
	measure_idle();
	return 0;
}
