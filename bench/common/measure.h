/* SPDX-License-Identifier: MIT */
/*
 * How long a work in memory takes. Each contestant's program calls `measure`
 * for each figure; a line "FIGURE NANOSECONDS-PER-EVENT" is printed. The
 * caller runs the programs in turn, several times, and takes the medians.
 *
 * Under callgrind or with the probe (probe/probe.c) it counts instead: few
 * events, one run, and the lines are "FIGURE.events N" and
 * "FIGURE.allocations PER-EVENT"; callgrind writes a profile of its own for
 * each figure.
 */
#ifndef BENCH_COMMON_MEASURE_H
#define BENCH_COMMON_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls work(n) with a small n, to get warm, then with `events`. */
void measure(const char *figure, size_t events, void (*work)(size_t events));

/* The same in steps, where some of the work must not be measured. How many
   events to do; then begin and end, which tells what it was. */
size_t measure_events(size_t events);
void measure_begin(void);
void measure_end(const char *figure, size_t events);

/* Stops the program when what the work has produced is wrong. */
void measure_check(const char *what, uint64_t got, uint64_t expected);

/* A stream of numbers that is the same for all contestants (xorshift). */
uint32_t measure_random(void);

#ifdef __cplusplus
}
#endif

#endif
