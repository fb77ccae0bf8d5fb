/* SPDX-License-Identifier: MIT */
/*
 * Jobs for a pool of 4 threads. A job is done in one of them, and then back in
 * the loop, which gives the pool the next one; an event is one job there and
 * back. So many are on their way at once.
 */
#ifndef BENCH_COMMON_POOL_H
#define BENCH_COMMON_POOL_H

#include <stddef.h>

enum { POOL_THREADS = 4 };

struct pool_job {
	size_t done; /* by the threads, so often */
};

/* ---- What a contestant defines ---- */

void loop_create(void);
/* Runs the loop until loop_stop, which is called inside it. */
void loop_run(void);
void loop_stop(void);
/* pool_work(job) in a thread, then pool_done(job) in the loop. */
void loop_defer(struct pool_job *job);

/* ---- What is defined here ---- */

void pool_work(struct pool_job *job);
void pool_done(struct pool_job *job);

/* Measures 1 at a time and 1,000 at once. */
int pool_main(void);

#endif
