/* SPDX-License-Identifier: MIT */
/*
 * What runs in a turn of the loop: the turn, in it a protocol's function, in it
 * a callback, a coroutine, and so on, the innermost last. Kept for EVERT_SLOW
 * (slow_internal.h) and for EVERT_DUMP_SIGNAL, by those who would tell a trace:
 *
 *	struct evert_running_mark mark;
 *
 *	evert_running_begin(&mark, "callback", label,
 *			    " of the Deferred made at ", place);
 *	... the call ...
 *	evert_running_end(&mark);
 *
 * Outside of turns nothing holds a loop, and nothing is kept. A coroutine that
 * is left takes with it what it has begun: that is never ended, or later, which
 * does nothing then.
 *
 * All of it may be read by another thread, or a handler, at any moment: text is
 * constant, and stays.
 */
#ifndef EVERT_DEFERRED_RUNNING_INTERNAL_H
#define EVERT_DEFERRED_RUNNING_INTERNAL_H

#include "list_internal.h"
#include "observe_internal.h"

enum { EVERT_RUNNING_DEPTH = 32 }; /* what is deeper is not kept */

/* Something that runs. */
struct evert_running {
	_Atomic(const char *) what, name;  /* the name may be NULL */
	_Atomic(const char *) made, place; /* by whom: " made at ", or NULL */
	atomic_int descriptor;		   /* that it is about, or -1 */
	_Atomic(int64_t) begun; /* nanoseconds, as evert_running_now */
	int64_t told; /* of its time, what has been told of those in it */
	uint64_t id;
};

/* Of a thread whose loop is observed. */
struct evert_running_thread {
	struct evert_list_node node; /* among all */
	long id;		     /* gettid(2) */
	unsigned forks;		     /* of this process, when it joined */
	uint64_t last_id;
	/* When the loop began to work; 0: it waits, or there is none. */
	_Atomic(int64_t) busy_since;
	atomic_uint depth;
	struct evert_running stack[EVERT_RUNNING_DEPTH];
	/* The watchdog's, see watchdog.c. */
	int64_t seen; /* of busy_since, when it was told of */
	int64_t next; /* time of work after which to tell again */
	atomic_bool asked, answered;
	int count;
	void *addresses[EVERT_RUNNING_DEPTH];
};

/* Where a thing stands; id 0: it is not kept. */
struct evert_running_mark {
	uint64_t id;
	unsigned depth;
	int64_t busy_since; /* of the loop around this one, for a turn */
};

void evert_running_push(struct evert_running_mark *mark, const char *what,
			const char *name, const char *made, const char *place,
			int descriptor);
void evert_running_pop(const struct evert_running_mark *mark);

static inline void evert_running_begin(struct evert_running_mark *mark,
				       const char *what, const char *name,
				       const char *made, const char *place)
{
	mark->id = 0;
	if (evert_is_observed_by(EVERT_OBSERVED_BY_SLOW))
		evert_running_push(mark, what, name, made, place, -1);
}

/* The same for a protocol's function. */
static inline void evert_running_begin_for(struct evert_running_mark *mark,
					   const char *what, int descriptor)
{
	mark->id = 0;
	if (evert_is_observed_by(EVERT_OBSERVED_BY_SLOW))
		evert_running_push(mark, what, NULL, NULL, NULL, descriptor);
}

static inline void evert_running_end(const struct evert_running_mark *mark)
{
	if (mark->id)
		evert_running_pop(mark);
}

/* ---- Turns ---- */

void evert_running_push_turn(struct evert_running_mark *mark,
			     const char *place);
void evert_running_pop_turn(const struct evert_running_mark *mark);
void evert_running_wait(void);
void evert_running_work(const struct evert_running_mark *mark);

/* A turn of the reactor made at `place`; in it, the time of waiting. */
static inline void evert_running_turn_begin(struct evert_running_mark *mark,
					    const char *place)
{
	mark->id = 0;
	if (evert_is_observed_by(EVERT_OBSERVED_BY_SLOW))
		evert_running_push_turn(mark, place);
}

static inline void evert_running_turn_end(const struct evert_running_mark *mark)
{
	if (mark->id)
		evert_running_pop_turn(mark);
}

static inline void
evert_running_wait_begin(const struct evert_running_mark *mark)
{
	if (mark->id)
		evert_running_wait();
}

static inline void evert_running_wait_end(const struct evert_running_mark *mark)
{
	if (mark->id)
		evert_running_work(mark);
}

/* ---- For who tells of them ---- */

/* Of CLOCK_MONOTONIC, without the time for which the process was stopped, as
   far as that was noticed. A test may set the clock. */
int64_t evert_running_now(void);
extern int64_t (*evert_running_clock)(void);
void evert_running_was_stopped(int64_t nanoseconds);

/* All threads that are observed; locked from the first to the second. */
struct evert_list_node *evert_running_lock(void);
void evert_running_unlock(void);

/* This thread's, or NULL; for a handler, too. */
struct evert_running_thread *evert_running_here(void);

#endif
