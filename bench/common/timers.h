/* SPDX-License-Identifier: MIT */
/*
 * What is done with timers, to all contestants alike. N are added, due in the
 * second quarter of an hour from now. Each is reset, in random order: to any
 * time in the same quarter, half of them to a later one; then into the third;
 * then into the first. Each is cancelled, in the order of adding. Then N are
 * fired that are due within 10 milliseconds, a million within 100. All times
 * are random. For N from 1,000 to 1,000,000.
 *
 * Some keep timers in memory of their own, some in their user's, which is one
 * array here. So that this is no advantage, N are added and cancelled once
 * before, unmeasured: then all have their memory, in order.
 *
 * Idle timeouts: 10,000 connections have a timeout of 60 seconds each, which
 * is moved at every read. A turn of the loop has 50 reads, of any connection.
 */
#ifndef BENCH_COMMON_TIMERS_H
#define BENCH_COMMON_TIMERS_H

#include <stddef.h>

#define TIMERS_MOST 1000000
#define IDLE_SECONDS 60

/* ---- What a contestant defines. Timers are numbered. ---- */

/* Makes a new loop, where the timers are in the library's memory; others may
   go on with the one they have. */
void timers_begin(void);
/* One shot; calls timer_fired. */
void timer_add(size_t i, double seconds);
/* The timer waits. */
void timer_reset(size_t i, double seconds);
void timer_cancel(size_t i);
/* Calls `work` from a turn of the loop, where programs use timers, and where
   the loop knows what time it is. */
void timers_turn(void (*work)(void));
/* Runs the loop until no timer waits. */
void timers_run(void);

/* Adds timers 0 to count - 1 of IDLE_SECONDS, by the best means there is for
   idle timeouts. */
void idle_create(size_t count);
void idle_reset(size_t i);
/* Runs `turns` turns of the loop; in each it calls idle_reads. */
void idle_run(size_t turns);

/* ---- What is defined here ---- */

void timer_fired(void);
void idle_reads(void);

/* Measures all of it. */
int timers_main(void);

#endif
