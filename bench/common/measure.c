/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "callgrind.h"

static int64_t begun;
static size_t allocations;

/* ---- Counting ---- */

/* The probe's answer, when it is loaded (LD_PRELOAD). */
static size_t (*probe(void))(void)
{
	size_t (*count)(void);

	*(void **)&count = dlsym(RTLD_DEFAULT, "probe_allocations");
	return count;
}

static bool counting(void)
{
	return RUNNING_ON_VALGRIND || probe();
}

static size_t count_allocations(void)
{
	size_t (*count)(void) = probe();

	return count ? count() : 0;
}

/* ---- Measuring ---- */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

size_t measure_events(size_t events)
{
	if (!counting())
		return events;
	return events / 1000 > 0 ? events / 1000 : 1;
}

void measure_begin(void)
{
	allocations = count_allocations();
	CALLGRIND_ZERO_STATS;
	begun = now();
}

void measure_end(const char *figure, size_t events)
{
	int64_t duration = now() - begun;

	CALLGRIND_DUMP_STATS_AT(figure);
	allocations = count_allocations() - allocations;
	if (!counting()) {
		printf("%s %.3f\n", figure, (double)duration / (double)events);
		return;
	}
	printf("%s.events %zu\n", figure, events);
	printf("%s.allocations %.3f\n", figure,
	       (double)allocations / (double)events);
}

void measure(const char *figure, size_t events, void (*work)(size_t events))
{
	events = measure_events(events);
	work(events / 10 + 1);
	measure_begin();
	work(events);
	measure_end(figure, events);
}

void measure_check(const char *what, uint64_t got, uint64_t expected)
{
	if (got == expected)
		return;
	fprintf(stderr, "%s: %" PRIu64 " instead of %" PRIu64 "\n", what, got,
		expected);
	exit(1);
}

uint32_t measure_random(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}
