/* SPDX-License-Identifier: MIT */
/*
 * What coroutines, scopes, shields, sleeps, time-outs, combinators, queues,
 * locks and semaphores promise, as a model: what a user does with some of each,
 * from outside, in callbacks and in coroutines, is done twice, with evert and
 * with the model, which knows what the headers say. What runs, in which order,
 * with what, what can be seen, how many values are alive, and which failures
 * are reported: after each step it must be the same. Where evert found no
 * memory, the model is told, and does what the headers say of that.
 *
 * For tests/fuzz/fuzz_coroutine.c and tests/fuzz/fuzz_queue.c.
 */
#ifndef TESTS_MODEL_WAITING_H
#define TESTS_MODEL_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../model.h"

enum {
	WAITING_SLOTS = 8,   /* reading ends that the user can hold */
	WAITING_FIRINGS = 4, /* and firing ends */
	WAITING_SCOPES = 3,
	WAITING_QUEUES = 2,
	WAITING_SEMAPHORES = 2,
	WAITING_PROGRAMS = 5, /* that coroutines run */
	WAITING_PROGRAM_STEPS = 8,
	WAITING_STEPS = 100,
};

enum waiting_verb {
	/* Deferreds */
	WAITING_MAKE,
	WAITING_FIRE,
	WAITING_ABANDON,
	WAITING_ADD,
	WAITING_CANCEL,
	WAITING_RELEASE,
	WAITING_SHIELD,
	WAITING_TIMEOUT,
	WAITING_SLEEP,
	WAITING_COMBINE,
	/* coroutines */
	WAITING_SPAWN,
	WAITING_SCOPE_SPAWN,
	WAITING_SCOPE_CANCEL,
	/* queues and semaphores */
	WAITING_PUT,
	WAITING_PUT_WAIT,
	WAITING_GET,
	WAITING_CLOSE_QUEUE,
	WAITING_ACQUIRE,
	WAITING_RUN,
	WAITING_START, /* what is called again and again */
	WAITING_GIVE_BACK, /* a permit that was taken out of its result */
	WAITING_STOP,
	WAITING_CLOSE_SEMAPHORE,
	WAITING_END_PERIODIC,
	/* the clock; not from inside */
	WAITING_ADVANCE,
	WAITING_END_CLOCK,
	/* only by a coroutine */
	WAITING_AWAIT,
	WAITING_NAP,
	WAITING_OPEN,
	WAITING_LEAVE,
	WAITING_DROP, /* what was awaited last */
	WAITING_TAKE, /* the permit in that */
	WAITING_VERBS,
};

/*
 * Numbers of slots, firing ends and scopes count among those that are there: the
 * free ones where something is to be made, else those held; so that most steps
 * can be done.
 */
struct waiting_step {
	enum waiting_verb verb;
	int on;	    /* a slot: of what is made, or of what it is done to */
	int other;  /* another slot: of what is to be waited for */
	int firing; /* of a firing end */
	int number; /* of a scope, queue, semaphore; units of time; options */
	int program;
	enum model_half half;
	enum model_give give;
	enum model_canceller canceller;
	const struct waiting_step *inside; /* what is done in a callback */
	const struct waiting_step *origin; /* with such numbers, of one that has
					      those of what they mean */
};

struct waiting_program {
	struct waiting_step steps[WAITING_PROGRAM_STEPS];
	int count;
};

struct waiting_sequence {
	struct {
		size_t size, backlog;
	} queues[WAITING_QUEUES];
	size_t limits[WAITING_SEMAPHORES];
	struct waiting_program programs[WAITING_PROGRAMS];
	struct waiting_step steps[WAITING_STEPS];
	size_t count;
	unsigned fails_at; /* the request for memory that fails; 0: none */
	bool fails_forever;
	unsigned maps; /* how many slabs of stacks there are besides; 0: any */
	bool drains;  /* no stack is left from before */
	unsigned end; /* in which order what is left is given up */
};

/* Which steps there are most of. */
enum waiting_mix {
	WAITING_COROUTINES,
	WAITING_THINGS
};

/* Makes a sequence of any bytes. */
void waiting_read(const uint8_t *bytes, size_t length, enum waiting_mix mix,
		  struct waiting_sequence *sequence);

/* Does it in both worlds, and gives up what is left; false where they differ:
   then it is printed, and both records. */
bool waiting_holds(const struct waiting_sequence *sequence);

void waiting_print(const struct waiting_sequence *sequence, FILE *to);

#endif
