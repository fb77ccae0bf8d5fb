/* SPDX-License-Identifier: MIT */
/*
 * The queue that programs write who have none in their loop: a list below a
 * mutex; whoever puts into an empty one wakes the loop, by its own means.
 */
#ifndef BENCH_COMMON_QUEUE_H
#define BENCH_COMMON_QUEUE_H

#include <stdbool.h>

/* True: it was empty, the loop must be woken. */
bool queue_put(void *call);

/* Takes all that is there, and calls loop_called for each. */
void queue_run(void);

#endif
