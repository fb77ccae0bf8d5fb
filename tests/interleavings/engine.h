/* SPDX-License-Identifier: MIT */
/* The explorer, as its parts see each other. */
#ifndef TESTS_INTERLEAVINGS_ENGINE_H
#define TESTS_INTERLEAVINGS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	THREADS = 6,
	OBJECTS = 4, /* that one step touches */
	STEPS = 4000, /* of one interleaving */
};

/* How far each thread has come, of what this one knows. */
struct clock {
	uint32_t of[THREADS];
};

static inline void clock_join(struct clock *clock, const struct clock *with)
{
	for (int i = 0; i < THREADS; i++)
		if (clock->of[i] < with->of[i])
			clock->of[i] = with->of[i];
}

/* ---- Steps: what other threads may see (explore.c) ---- */

struct step {
	const char *what;
	const void *at; /* who called */
	const void *object[OBJECTS];
	bool writes[OBJECTS];
	unsigned objects;
	uint64_t takes; /* of mutexes */
	/* May it be done now? NULL: at any time. */
	bool (*ready)(const struct step *step);
	void *arg;
	long number;
};

/* Ends when it is this thread's turn to do it. */
void step_wait(const struct step *step);

/* One of `count`: at most once in a step. */
unsigned step_choose(unsigned count);

/* What came of it, for the report. */
void step_tell(uint64_t value);

/* Runs all interleavings of `run`: how many; those that were cut short, as
   others had shown all there is in them. */
struct explored {
	uint64_t count, repeated, steps;
	double seconds;
	bool stopped; /* there are more */
};
struct explored explore(void (*run)(void), uint64_t most);

/* From now on all, those too that repeat others. */
void explore_all(bool all);

/* Which interleaving this is; what led to here. */
uint64_t explore_number(void);
void explore_print(FILE *to);
/* Whose fault it is, before it fails. */
void explore_blame(const void *at);

/* ---- Threads (threads.c) ---- */

struct thread;

void threads_begin(void (*run)(void));
unsigned threads_count(void);
unsigned thread_current(void);
bool thread_is_interrupted(unsigned thread);
const struct step *thread_step(unsigned thread); /* NULL: it has ended */
struct clock *thread_clock(unsigned thread);	 /* what happened before */
void thread_go_on(unsigned thread);		 /* until its next step */
void threads_init(void);

/* A thread hands on what it knows: `to` is joined with it. */
void clock_publish(struct clock *to);
void clock_learn(const struct clock *from);

/* ---- Mutexes (locks.c) ---- */

void locks_reset(void);
uint64_t thread_held(unsigned thread); /* a bit for each */

/* ---- C11 (atomics.c, races.c) ---- */

void atomics_reset(void);
bool atomics_has_news(unsigned thread); /* of what it looked at last */
void atomics_await(unsigned thread);
const void *atomics_looked_at(unsigned thread);

void races_reset(void);
void races_init(void);
void races_look(const void *address, size_t size, bool writes, bool atomic,
		const void *at);
void races_give_back(const void *memory, size_t size, const void *at);

/* ---- Memory (memory.c) ---- */

void memory_init(void);
void memory_reset(void);
void memory_check_empty(void);
/* Stops the program where it may not be touched. */
void memory_check(const void *address, size_t size, const void *at);
bool memory_place(const void *address, size_t *offset);
enum { MEMORY_SIZE = 1 << 20 };

/* ---- The kernel (kernel.c) ---- */

void kernel_reset(void);

#endif
