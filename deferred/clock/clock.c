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

/* Takes the timer out of the wheel; its handles name nothing any more. */
static void give_back(struct evert_timer *timer)
{
	struct evert_clock *clock = timer->clock;

	evert_timer_wheel_remove(&clock->wheel, timer);
	timer->id = 0;
	clock->unused[clock->unused_count++] = timer;
}

/* ---- Delayed calls ---- */

/* -1: negative or not finite. */
static int64_t to_nanoseconds(double seconds)
{
	double span = seconds * 1e9;

	if (span >= 0 && span < (double)EVERT_CLOCK_NEVER)
		return (int64_t)(span + 0.5);
	return seconds >= 0 && isfinite(seconds) ? EVERT_CLOCK_NEVER : -1;
}

static double to_seconds(int64_t nanoseconds)
{
	/* Divided, not multiplied by 1e-9: so 0.1 comes back as 0.1. */
	return (double)nanoseconds / 1e9;
}

/* `span` after `time`, or the last instant there is. */
static int64_t later(int64_t time, int64_t span)
{
	const int64_t last = EVERT_CLOCK_NEVER - 1;

	return span < last - time ? time + span : last;
}

static void refresh(struct evert_clock *clock)
{
	if (clock->refresh)
		clock->refresh(clock);
}

struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place)
{
	struct evert_delayed_call handle = { NULL, 0 };
	struct evert_timer *timer;
	int64_t span = to_nanoseconds(seconds);

	if (span < 0) {
		errno = EINVAL;
		return handle;
	}
	if (evert_timer_wheel_reserve(&clock->wheel))
		return handle;
	timer = take_timer(clock);
	if (!timer)
		return handle;
	refresh(clock);
	timer->id = ++clock->made;
	timer->when = later(clock->now, span);
	timer->call = call;
	timer->arg = arg;
	timer->place = place;
	evert_timer_wheel_add(&clock->wheel, timer);
	handle.timer = timer;
	handle.id = timer->id;
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

int evert_delayed_call_cancel(struct evert_delayed_call call)
{
	if (!is_active(call))
		return -ENOENT;
	give_back(call.timer);
	return 0;
}

int evert_delayed_call_reset(struct evert_delayed_call call, double seconds)
{
	int64_t span = to_nanoseconds(seconds);
	struct evert_clock *clock;

	if (span < 0)
		return -EINVAL;
	if (!is_active(call))
		return -ENOENT;
	clock = call.timer->clock;
	refresh(clock);
	return evert_timer_wheel_move(&clock->wheel, call.timer,
				      later(clock->now, span));
}

int evert_delayed_call_delay(struct evert_delayed_call call, double seconds)
{
	int64_t span = to_nanoseconds(seconds);

	if (span < 0)
		return -EINVAL;
	if (!is_active(call))
		return -ENOENT;
	return evert_timer_wheel_move(&call.timer->clock->wheel, call.timer,
				      later(call.timer->when, span));
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
}

void evert_clock_finish(struct evert_clock *clock)
{
	struct evert_timer_block *block;

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
	if (clock->advancing)
		evert_bug("evert_clock_destroy was called from inside a "
			  "delayed call of the same clock");
	evert_clock_finish(clock);
	evert_free(clock);
}

double evert_clock_seconds(struct evert_clock *clock)
{
	refresh(clock);
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

void evert_clock_run_due(struct evert_clock *clock)
{
	uint64_t made_before = clock->made;
	struct evert_timer *timer;
	void (*call)(void *arg);
	const char *place;
	void *arg;

	while (!clock->stopped &&
	       (timer = evert_timer_wheel_due(&clock->wheel, clock->now)) &&
	       timer->id <= made_before) {
		call = timer->call;
		arg = timer->arg;
		place = timer->place;
		give_back(timer);
		evert_trace_begin("call", place);
		call(arg);
		evert_trace_end("call", place);
	}
}

void evert_clock_advance(struct evert_clock *clock, double seconds)
{
	int64_t span = to_nanoseconds(seconds);
	int64_t end, next;

	if (clock->advancing)
		evert_bug("evert_clock_advance was called from inside a "
			  "delayed call of the same clock");
	if (span < 0)
		evert_bug("evert_clock_advance(%g): a clock moves forward by "
			  "a finite time",
			  seconds);
	end = later(clock->now, span);
	clock->advancing = true;
	while ((next = evert_clock_next(clock)) <= end) {
		if (next > clock->now)
			clock->now = next;
		evert_clock_run_due(clock);
	}
	clock->now = end;
	clock->advancing = false;
}

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
