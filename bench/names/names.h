/* SPDX-License-Identifier: MIT */
/* What the programs that look names up have in common. */
#ifndef BENCH_NAMES_NAMES_H
#define BENCH_NAMES_NAMES_H

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#ifndef NAMES_AT_ONCE
#define NAMES_AT_ONCE 1000
#endif

enum { NAMES_ROUNDS = 10000 / NAMES_AT_ONCE, NAMES_SIZE = 64 };

struct names_time {
	double wall, processor; /* seconds */
};

static inline const char *names_write(char *name, unsigned round, unsigned i)
{
	snprintf(name, NAMES_SIZE, "host%u.example.org",
		 round * NAMES_AT_ONCE + i);
	return name;
}

static inline void names_begin(struct names_time *start)
{
	struct timespec wall, processor;

	clock_gettime(CLOCK_MONOTONIC, &wall);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &processor);
	start->wall = (double)wall.tv_sec + 1e-9 * (double)wall.tv_nsec;
	start->processor =
		(double)processor.tv_sec + 1e-9 * (double)processor.tv_nsec;
}

/* Microseconds a name: by the wall, of the processor; and how many failed. */
static inline void names_end(const struct names_time *start, size_t failed)
{
	const double names = NAMES_ROUNDS * NAMES_AT_ONCE;
	struct names_time end;

	names_begin(&end);
	printf("%.3f %.3f %zu\n", 1e6 * (end.wall - start->wall) / names,
	       1e6 * (end.processor - start->processor) / names, failed);
}

#endif
