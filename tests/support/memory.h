/* SPDX-License-Identifier: MIT */
/*
 * An allocator for tests: counts what evert allocates, and makes the n-th
 * request fail. What is alive when it stops has leaked.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct memory_counts {
	size_t requests;   /* since the start, those that failed included */
	size_t failed;	   /* of these */
	size_t live;	   /* blocks not given back yet */
	size_t live_bytes; /* in these */
};

/*
 * Takes evert's memory from here from now on; nothing of evert may be alive.
 * The n-th request (from 1; growing a block is one, too) finds no memory, and
 * with `forever` so do all that follow; with n = 0 none fails. Any thread may
 * allocate.
 */
void failing_allocator_start(size_t n, bool forever);

/*
 * Moves the failure: from now on the n-th request from here fails. For a
 * scenario whose beginning has to work.
 */
void failing_allocator_fail(size_t n, bool forever);

/*
 * While it is suspended, requests find memory and are not counted; for what a
 * test does itself. Returns whether it was.
 */
bool failing_allocator_suspend(bool suspended);

/* The counts so far. */
struct memory_counts failing_allocator_counts(void);

/* Goes back to malloc, and says what was counted. */
struct memory_counts failing_allocator_stop(void);

/*
 * Runs `scenario(arg)` without a failure, then again and again with the first
 * request failing, the second, ... until none is left to fail: each time only
 * that one, and that one and all that follow. Asserts that every run gives
 * all its memory back.
 */
void fail_every_allocation(void (*scenario)(void *arg), void *arg);

#endif
