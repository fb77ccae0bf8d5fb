/* SPDX-License-Identifier: MIT */
#include "clock_internal.h"

#include <errno.h>
#include <math.h>

#include "../base/bug_internal.h"
#include "../base/memory.h"
#include "../base/say_internal.h"
#include "../base/trace_internal.h"

enum {
	FIRST_BLOCK = 32, /* timers */
	CACHE_LINE = 64,
};

struct evert_timer_block {
	struct evert_timer_block *next;
	size_t used; /* timers that have been used */
	/* Then the timers, from the next cache line on. */
};

/* ---- Timers ---- */

static struct evert_timer *timers_of(struct evert_timer_block *block)
{
	uintptr_t end = (uintptr_t)(block + 1) + CACHE_LINE - 1;

	return (struct evert_timer *)(end - end % CACHE_LINE);
}

/* A block of as many timers as there are already. Each has a place among the
   unused ones, so that to give it back can't fail. */
static int add_block(struct evert_clock *clock)
{
	size_t count = clock->timers ? clock->timers : FIRST_BLOCK;
	size_t all = clock->timers + count;
	struct evert_timer_block *block;
	struct evert_timer **unused;

	unused = evert_reallocate(clock->unused, all * sizeof(*unused));
	if (!unused)
		return -ENOMEM;
	clock->unused = unused;
	block = evert_allocate(sizeof(*block) + CACHE_LINE +
			       count * sizeof(struct evert_timer));
	if (!block)
		return -ENOMEM;
	block->next = clock->blocks;
	block->used = 0;
	clock->blocks = block;
	clock->fresh = count;
	clock->timers = all;
	return 0;
}

static struct evert_timer *take_timer(struct evert_clock *clock)
{
	struct evert_timer *timer;

	if (clock->unused_count)
		return clock->unused[--clock->unused_count];
	if (!clock->fresh && add_block(clock))
		return NULL;
	clock->fresh--;
	timer = &timers_of(clock->blocks)[clock->blocks->used++];
	timer->clock = clock;
	return timer;
}

/* ---- Spans of time ---- */

int evert_clock_to_span(double seconds, int64_t *span)
{
	double nanoseconds = seconds * 1e9;
	double size = fabs(nanoseconds);

	*span = 0;
	if (!isfinite(seconds))
		return -EINVAL;
	/* Less than one is one: who comes again after next to no time must not
	   come again at the same instant for ever. */
	if (size > 0 && size < 1)
		size = 1;
	*span = size < (double)EVERT_CLOCK_NEVER ? (int64_t)(size + 0.5) :
						   EVERT_CLOCK_NEVER;
	if (seconds < 0)
		*span = -*span;
	return 0;
}

static double to_seconds(int64_t nanoseconds)
{
	/* Divided, not multiplied by 1e-9: so 0.1 comes back as 0.1. */
	return (double)nanoseconds / 1e9;
}

/* ---- Delayed calls ---- */

static inline struct evert_timer *add(struct evert_clock *clock, int64_t when,
				      void (*call)(void *arg), void *arg,
				      const char *place)
{
	struct evert_timer *timer;

	if (clock->ending) {
		errno = ECANCELED;
		return NULL;
	}
	if (evert_timer_wheel_reserve(&clock->wheel))
		return NULL;
	timer = take_timer(clock);
	if (!timer)
		return NULL;
	timer->id = ++clock->made;
	timer->when = when;
	timer->is_wait = false;
	timer->call = call;
	timer->arg = arg;
	timer->place = place;
	evert_timer_wheel_add(&clock->wheel, timer);
	return timer;
}

struct evert_timer *evert_clock_add(struct evert_clock *clock, int64_t when,
				    void (*call)(void *arg), void *arg,
				    const char *place)
{
	return add(clock, when, call, arg, place);
}

struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place)
{
	struct evert_delayed_call handle = { NULL, 0 };
	int64_t span;

	if (evert_clock_to_delay(seconds, &span)) {
		errno = EINVAL;
		return handle;
	}
	evert_clock_refresh(clock);
	handle.timer = add(clock, evert_clock_later(clock->now, span), call,
			   arg, place);
	if (handle.timer)
		handle.id = handle.timer->id;
	return handle;
}

static inline bool is_active(struct evert_delayed_call call)
{
	return call.timer && call.timer->id == call.id;
}

bool evert_delayed_call_active(struct evert_delayed_call call)
{
	return is_active(call);
}

static EVERT_APART int drop(struct evert_timer *timer)
{
	struct evert_clock_wait *wait = evert_clock_wait_leave(timer);

	wait->dropped(wait, NULL);
	return 0;
}

int evert_delayed_call_cancel(struct evert_delayed_call call)
{
	if (!is_active(call))
		return -ENOENT;
	if (call.timer->is_wait)
		return drop(call.timer);
	evert_clock_give_back(call.timer);
	return 0;
}

static inline int move(struct evert_timer *timer, int64_t when)
{
	if (timer->clock->ending)
		return -ECANCELED;
	return evert_timer_wheel_move(&timer->clock->wheel, timer, when);
}

int evert_delayed_call_reset(struct evert_delayed_call call, double seconds)
{
	struct evert_clock *clock;
	int64_t span;

	if (evert_clock_to_delay(seconds, &span))
		return -EINVAL;
	if (!is_active(call))
		return -ENOENT;
	clock = call.timer->clock;
	evert_clock_refresh(clock);
	return move(call.timer, evert_clock_later(clock->now, span));
}

/* `span` before it was due, but not before now; if that is over, it stays. */
static int64_t earlier(const struct evert_timer *timer, int64_t span)
{
	struct evert_clock *clock = timer->clock;
	int64_t when = timer->when;

	evert_clock_refresh(clock);
	if (when <= clock->now)
		return when;
	return when - span > clock->now ? when - span : clock->now;
}

int evert_delayed_call_delay(struct evert_delayed_call call, double seconds)
{
	struct evert_timer *timer = call.timer;
	int64_t span;

	if (evert_clock_to_span(seconds, &span))
		return -EINVAL;
	if (!is_active(call))
		return -ENOENT;
	return move(timer, span < 0 ? earlier(timer, -span) :
				      evert_clock_later(timer->when, span));
}

double evert_delayed_call_time(struct evert_delayed_call call)
{
	if (!is_active(call))
		return NAN;
	return to_seconds(call.timer->when);
}

/* ---- Clocks ---- */

void evert_clock_init(struct evert_clock *clock)
{
	*clock = (struct evert_clock){ .now = 0 };
	evert_list_init(&clock->waits);
}

/* Only while somebody has to be told: else it is forgotten all at once. */
void evert_clock_end(struct evert_clock *clock)
{
	struct evert_clock_wait *wait;
	struct evert_timer *timer;

	clock->ending = true;
	while (clock->wait_count &&
	       (timer = evert_timer_wheel_due(&clock->wheel,
					      EVERT_CLOCK_NEVER - 1))) {
		if (timer->is_wait) {
			wait = evert_clock_wait_leave(timer);
			wait->dropped(wait, clock->why);
		} else {
			evert_clock_give_back(timer);
		}
	}
	evert_clock_end_watches(clock);
}

void evert_clock_finish(struct evert_clock *clock)
{
	struct evert_timer_block *block;

	evert_clock_end(clock);
	while ((block = clock->blocks)) {
		clock->blocks = block->next;
		evert_free(block);
	}
	evert_free(clock->unused);
	evert_timer_wheel_finish(&clock->wheel);
}

struct evert_clock *evert_clock_create(void)
{
	struct evert_clock *clock = evert_allocate(sizeof(*clock));

	if (clock)
		evert_clock_init(clock);
	return clock;
}

void evert_clock_destroy(struct evert_clock *clock)
{
	if (!clock)
		return;
	if (clock->advancing || clock->ending)
		evert_bug("evert_clock_destroy was called from inside a "
			  "delayed call of the same clock");
	evert_clock_finish(clock);
	evert_free(clock);
}

double evert_clock_seconds(struct evert_clock *clock)
{
	evert_clock_refresh(clock);
	return to_seconds(clock->now);
}

size_t evert_clock_pending(const struct evert_clock *clock)
{
	return clock->wheel.timers;
}

int64_t evert_clock_next(struct evert_clock *clock)
{
	return evert_timer_wheel_next(&clock->wheel, clock->now);
}

static void run(struct evert_timer *timer)
{
	void (*call)(void *arg) = timer->call;
	const char *place = timer->place;
	void *arg = timer->arg;

	if (timer->is_wait)
		evert_clock_wait_leave(timer);
	else
		evert_clock_give_back(timer);
	evert_trace_begin("call", place);
	call(arg);
	evert_trace_end("call", place);
}

/* The time goes on while calls run, if they ask for it. What is due then waits
   for the next turn. */
void evert_clock_run_due(struct evert_clock *clock)
{
	uint64_t made_before = clock->made;
	int64_t now = clock->now;
	struct evert_timer *timer;

	while (!clock->stopped &&
	       (timer = evert_timer_wheel_due(&clock->wheel, now)) &&
	       timer->id <= made_before)
		run(timer);
}

/* ---- Moving a clock by hand ---- */

/* Where the clock is to be. */
static int64_t begin_moving(struct evert_clock *clock, double seconds,
			    const char *what)
{
	int64_t span;

	if (clock->advancing || clock->ending)
		evert_bug("%s was called from inside a delayed call of the "
			  "same clock",
			  what);
	if (evert_clock_to_span(seconds, &span) || span < 0)
		evert_bug("%s(%g): a clock moves forward by a finite time",
			  what, seconds);
	clock->advancing = true;
	return evert_clock_later(clock->now, span);
}

static void run_until(struct evert_clock *clock, int64_t end)
{
	int64_t next;

	while ((next = evert_clock_next(clock)) <= end) {
		if (next > clock->now)
			clock->now = next;
		evert_clock_run_due(clock);
	}
	clock->now = end;
	clock->advancing = false;
}

void evert_clock_advance(struct evert_clock *clock, double seconds)
{
	run_until(clock, begin_moving(clock, seconds, "evert_clock_advance"));
}

void evert_clock_jump(struct evert_clock *clock, double seconds)
{
	clock->now = begin_moving(clock, seconds, "evert_clock_jump");
	run_until(clock, clock->now);
}

/* ---- What waits ---- */

static void print_waiting(struct evert_timer_block *block, const char *prefix)
{
	const struct evert_timer *timers = timers_of(block);
	size_t i;

	for (i = 0; i < block->used; i++)
		if (timers[i].id)
			evert_say("%sdelayed call made at %s\n", prefix,
				  timers[i].place);
}

void evert_clock_print_pending(const struct evert_clock *clock,
			       const char *prefix)
{
	struct evert_timer_block *block;

	for (block = clock->blocks; block; block = block->next)
		print_waiting(block, prefix);
}
