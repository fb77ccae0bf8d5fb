/* SPDX-License-Identifier: MIT */
/* Which interleavings differ: what steps depend on, and where another thread is
   to be tried (reduce.c). */
#ifndef TESTS_INTERLEAVINGS_REDUCE_H
#define TESTS_INTERLEAVINGS_REDUCE_H

#include "engine.h"

/* A step of an interleaving, and what may be done in its place. */
struct node {
	unsigned thread;
	unsigned outcome, outcomes;
	/* Sets of threads: those that could go on here; those that have to be
	   tried, that were, and that need not be. */
	unsigned ready, to_try, tried, asleep;
	/* The step that was made. */
	struct step step;
	uint64_t held;
	uintptr_t pending; /* where all threads stood before */
	struct clock clock; /* what it depends on, itself included */
	int before[OBJECTS]; /* the last one that touched that object, or -1 */
	uint64_t value;
};

/* An interleaving begins. */
void reduce_reset(void);

/* Does it matter which of two threads' steps comes first? */
bool reduce_depend(const struct step *a, const struct step *b);

/* Step `made` is being made: what it depends on happened before it. */
void reduce_note(struct node *node, unsigned made);

/* A thread has been started by another. */
void reduce_begin_thread(unsigned thread, unsigned by);

/* After `made` steps the thread is about to make one. Where it could have come
   before one of these, who leads to that is to be tried. */
void reduce_find_races(struct node *nodes, unsigned made, unsigned thread);

#endif
