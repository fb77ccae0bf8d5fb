/* SPDX-License-Identifier: MIT */
/* A world in which a sequence is done: evert's, or the model's. */
#ifndef TESTS_MODEL_WAITING_WORLD_H
#define TESTS_MODEL_WAITING_WORLD_H

#include "../record.h"
#include "../world.h"
#include "waiting.h"

/* More results as numbers, besides those of ../world.h. */
enum {
	TIMED_OUT = -5,
	OVERFLOW = -6,
	UNDERFLOW = -7,
	FIRST_FAILURE = -8,
	ALL_FAILED = -9,
	CLOCK_DESTROYED = -10,
	PERMIT = 20000,	   /* and the semaphore's number */
	COMBINED = 100000, /* and a number that its parts give */
};

/* What a combination of results looks like. */
static inline int combined_number(int so_far, int part)
{
	return COMBINED +
	       (int)(((unsigned)so_far * 31u + (unsigned)part) % 800000u);
}

enum {
	WAITING_COMBINED = 3, /* inputs at most */
	WAITING_COROUTINES_MOST = 30,
	WAITING_LINKS = 60, /* and time-outs */
	/* Of anything: each step is done once, but those of programs. */
	WAITING_TICKS = 40, /* that do something */
	WAITING_MOST = WAITING_STEPS + WAITING_LINKS + 4 * WAITING_TICKS +
		       WAITING_COROUTINES_MOST * WAITING_PROGRAM_STEPS,
};

/* What a coroutine does next. */
enum waiting_action {
	ENDS,
	AWAITS,
	NAPS,
	LEAVES
};

struct waiting_world;

struct waiting_class {
	void (*begin)(const struct waiting_sequence *sequence);
	/* Makes a Deferred, into the slot. False: there is no memory. */
	bool (*create)(const struct waiting_step *step, int index);
	/* Anything else. What is returned is to be the same in both. */
	int (*perform)(const struct waiting_step *step, int index);
	/* The coroutine that runs, or -1; waits in it, gives the result back
	   and returns what it was. */
	int (*flow)(void);
	int (*wait)(enum waiting_action action,
		    const struct waiting_step *step);
	int (*result)(int slot);
	bool (*has_fired)(int slot);
	size_t (*queue_count)(int queue);
	size_t (*available)(int semaphore);
	bool (*is_running)(void); /* what is called again and again */
	size_t (*coroutines)(void); /* that have waited, and not ended */
	int (*live)(void);	    /* values */
};

struct waiting_world {
	const struct waiting_class *does;
	struct record record;
	struct {
		enum {
			FREE,
			RESERVED,
			HELD
		} state;
		int id;	   /* the Deferred's */
		bool null; /* there was no memory */
	} slots[WAITING_SLOTS];
	struct {
		bool held;
		int id;
		enum model_canceller canceller;
	} firings[WAITING_FIRINGS];
	struct {
		bool open, leaving;
		int owner;
	} scopes[WAITING_SCOPES];
	bool queue_gone[WAITING_QUEUES];
	bool semaphore_gone[WAITING_SEMAPHORES];
	int taken[WAITING_SEMAPHORES];
	bool clock_gone, periodic_gone;
	int ticks; /* so far */
	/* Whatever is called back. */
	struct {
		const struct waiting_step *step;
		int id;
	} links[WAITING_LINKS];
	int link_count;
	struct {
		const struct waiting_program *program;
		int next, id, last;
		struct waiting_step step; /* that it does */
		int scopes; /* that it has opened, and not left */
	} coroutines[WAITING_COROUTINES_MOST];
	int coroutine_count;
	int ids, numbers;
	/* What the latest step combines. */
	int inputs[WAITING_COMBINED], input_count;
	const struct waiting_sequence *sequence;
};

extern struct waiting_world waiting_evert, waiting_model;

/* Where evert found memory and where not: written by the one world, read by the
   other. A call that may begin others asks for its place before. */
enum waiting_memory {
	FOUND,
	NOT_FOUND,
	FAILED_FOR_IT, /* there is a Deferred, that has failed so */
};

struct waiting_oracle {
	unsigned char said[4000];
	size_t written, read;
};
extern struct waiting_oracle waiting_oracle;

/* ---- The user's code, the same in both ---- */

/* What is given in a step, to the Deferred `id`; what is to be waited for is in
   a slot. */
struct outcome waiting_gives(struct waiting_world *world,
			     const struct waiting_step *step, int id);

struct outcome waiting_link_runs(struct waiting_world *world, int index,
				 int in);
bool waiting_canceller_runs(struct waiting_world *world, int firing);
void waiting_reports(struct waiting_world *world, int failure);

/* A coroutine goes on until it has to wait, or ends: what it waits for is in
   `*step`, what it ends with in `*outcome`. */
enum waiting_action waiting_goes_on(struct waiting_world *world, int coroutine,
				    const struct waiting_step **step,
				    struct outcome *outcome);
/* The outcome of what it has awaited. */
void waiting_awaited(struct waiting_world *world, int coroutine, int result);

/* ---- From outside ---- */

void waiting_begins(struct waiting_world *world,
		    const struct waiting_sequence *sequence);
bool waiting_does(struct waiting_world *world, const struct waiting_step *step);
void waiting_looks(struct waiting_world *world);

#endif
