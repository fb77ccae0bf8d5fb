/* SPDX-License-Identifier: MIT */
/*
 * Calls from other threads. Threads hand calls to the loop as fast as they
 * can, each call with a number of its own; an event is one call that has run
 * in the loop. That the calls of one thread run in order is checked.
 */
#ifndef BENCH_COMMON_THREADS_H
#define BENCH_COMMON_THREADS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a contestant defines ---- */

void loop_create(void);
/* Runs the loop until loop_stop, which is called inside it. */
void loop_run(void);
void loop_stop(void);
/* From any thread: loop_called(call) in the loop. */
void loop_call_from_thread(void *call);

/* ---- What is defined here ---- */

void loop_called(void *call);

/* Measures 1 thread and 4 threads, with so many calls. */
#define THREADS_CALLS 400000
int threads_main(size_t calls);

#ifdef __cplusplus
}
#endif

#endif
