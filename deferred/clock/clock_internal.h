/* SPDX-License-Identifier: MIT */
/* What a clock is: the manual one, and the reactor's. And what waits for time
   and must be told when the clock ends first. */
#ifndef EVERT_DEFERRED_CLOCK_INTERNAL_H
#define EVERT_DEFERRED_CLOCK_INTERNAL_H

#include <stdatomic.h>

#include "../base/list_internal.h"
#include "clock.h"
#include "ticks_internal.h"
#include "timer_wheel_internal.h"

#define EVERT_CLOCK_NEVER EVERT_TIMER_NEVER

struct evert_error;

struct evert_clock {
	struct evert_timer_wheel wheel;
	int64_t now; /* nanoseconds */
	/* What `now` should be; NULL: it is, as long as nobody moves it. */
	int64_t (*read)(struct evert_clock *clock);
	uint64_t ticks; /* the processor's, shortly before `now` was read */
	uint64_t holds; /* for so many it is taken for the time */
	struct evert_list_node waits; /* that end with a reactor's run */
	size_t wait_count;	      /* those that do not, too */
	/* What a wait fails with that outlives it; NULL: the default,
	   EVERT_CLOCK_DESTROYED, which is above this room. */
	const struct evert_error *why;
	bool advancing;
	bool stopped; /* nothing more is run */
	union { /* so that one look tells of both */
		struct {
			bool ending; /* nothing new is taken */
			bool told;   /* its timers are, to a recording */
		};
		uint16_t apart; /* either */
	};
};

/* `read` is NULL for one that stands still until it is moved. Else it is called
   whenever the time is asked for; where evert_clock_hold follows, not more often
   than after so many of the processor's ticks. */
void evert_clock_init(struct evert_clock *clock, int64_t now,
		      int64_t (*read)(struct evert_clock *clock));

/* Drops all calls, as evert_clock_destroy does: it may be asked and used
   still. Then gives the memory back. */
void evert_clock_end(struct evert_clock *clock);
void evert_clock_finish(struct evert_clock *clock);

/* Brings `now` up to date. */
static inline int64_t evert_clock_refresh(struct evert_clock *clock)
{
	if (clock->read) {
		clock->ticks = evert_ticks();
		clock->now = clock->read(clock);
	}
	return clock->now;
}

/* `clock->holds` is set; and does any clock of the process hold? */
void evert_clock_hold(struct evert_clock *clock, uint64_t ticks);
extern atomic_bool evert_clock_some_hold;

/* The ticks, before it is known which clock is asked: the processor first ends
   what it has begun, as to load that clock's timer. */
static inline uint64_t evert_clock_ticks(void)
{
	return atomic_load_explicit(&evert_clock_some_hold,
				    memory_order_relaxed) ?
		       evert_ticks() :
		       0;
}

/* Is it? */
static inline bool evert_clock_is_fresh_at(const struct evert_clock *clock,
					   uint64_t ticks)
{
	return !clock->read || ticks - clock->ticks < clock->holds;
}

static inline bool evert_clock_is_fresh(const struct evert_clock *clock)
{
	return !clock->read || evert_clock_is_fresh_at(clock, evert_ticks());
}

/* From when on a delay counts. */
static inline int64_t evert_clock_time(struct evert_clock *clock)
{
	return evert_clock_is_fresh(clock) ? clock->now :
					     evert_clock_refresh(clock);
}

/*
 * Runs what is due at `clock->now` and was made before this began, in order
 * of time, then of making. A call that an earlier one cancels does not run.
 */
void evert_clock_run_due(struct evert_clock *clock);

/* When the next call is due, in nanoseconds, or EVERT_CLOCK_NEVER. */
int64_t evert_clock_next(struct evert_clock *clock);

/* Prints "delayed call made at PLACE" for each that waits, with `prefix`. */
void evert_clock_print_pending(const struct evert_clock *clock,
			       const char *prefix);

/* ---- Spans of time ---- */

/*
 * 0, and the seconds in nanoseconds: as many as there are, where there are
 * too many, and never none where there are some. -EINVAL: not finite.
 */
EVERT_APART int evert_clock_to_span(double seconds, int64_t *span);

/* Divided, not multiplied by 1e-9: so 0.1 comes back as 0.1. */
static inline double evert_clock_to_seconds(int64_t nanoseconds)
{
	return (double)nanoseconds / 1e9;
}

/* `span` (not negative) after `time`, or the last instant there is. */
static inline int64_t evert_clock_later(int64_t time, int64_t span)
{
	const uint64_t last = EVERT_CLOCK_NEVER - 1;
	uint64_t later = (uint64_t)time + (uint64_t)span;

	return (int64_t)(later < last ? later : last);
}

/* Is it neither very little nor very much? Then this is what it is. */
static inline bool evert_clock_is_ordinary(double seconds, int64_t *span)
{
	double nanoseconds = seconds * 1e9;

	if (!(nanoseconds >= 1) || nanoseconds >= (double)EVERT_CLOCK_NEVER)
		return false; /* or not a number */
	*span = (int64_t)(nanoseconds + 0.5);
	return true;
}

/* As evert_clock_to_span; negative ones count as none. */
static inline int evert_clock_to_delay(double seconds, int64_t *span)
{
	int error;

	if (evert_clock_is_ordinary(seconds, span))
		return 0;
	error = evert_clock_to_span(seconds, span);
	if (*span < 0)
		*span = 0;
	return error;
}

/* A delayed call at `when`, which is not before now. NULL, errno: ENOMEM, or
   ECANCELED. */
struct evert_timer *evert_clock_add(struct evert_clock *clock, int64_t when,
				    void (*call)(void *arg), void *arg,
				    const char *place);

/* Is its `arg` a struct evert_clock_wait? */
static inline bool evert_timer_is_wait(const struct evert_timer *timer)
{
	return timer->id & EVERT_TIMER_IS_WAIT;
}

/* ---- Waits ---- */

/* Embedded in its owner, it stays in place while it waits. */
struct evert_clock_wait {
	struct evert_list_node node; /* in the clock's `waits`, or alone */
	struct evert_delayed_call call;
	/* Its time has come. `wait` is this. */
	void (*over)(void *wait);
	/* It never will: it was cancelled by its handle, or the clock, or the
	   run of its reactor, ends first. */
	void (*dropped)(struct evert_clock_wait *wait,
			const struct evert_error *why);
};

/*
 * Waits until `when`, or for some seconds: `over` and `dropped` are set. 0,
 * -EINVAL, -ENOMEM, or -ECANCELED: then neither will be called.
 */
int evert_clock_wait_until(struct evert_clock *clock, int64_t when,
			   struct evert_clock_wait *wait, const char *place);
int evert_clock_wait(struct evert_clock *clock, double seconds,
		     struct evert_clock_wait *wait, const char *place);

/* Neither is called any more; harmless afterwards, also when the clock is
   gone. */
void evert_clock_wait_end(struct evert_clock_wait *wait);

/*
 * Waits for nothing but the end: `dropped` is called when the clock, or the
 * run of its reactor, ends. False: the clock ends already, and it is not
 * called. Takes no memory.
 */
bool evert_clock_watch(struct evert_clock *clock,
		       struct evert_clock_wait *wait);

/* As evert_clock_wait_end, also for one that watches. */
void evert_clock_unwatch(struct evert_clock_wait *wait);

/* Tells those that watch. */
void evert_clock_end_watches(struct evert_clock *clock);

/* The timer of a wait leaves the wait, which knows. */
struct evert_clock_wait *evert_clock_wait_part(struct evert_timer *timer);

/*
 * For a reactor whose run ends: drops the waits, those of
 * evert_clock_call_later_with excepted, in the order in which they began. What
 * begins meanwhile stays for the next run.
 */
void evert_clock_end_waits(struct evert_clock *clock);

#endif
