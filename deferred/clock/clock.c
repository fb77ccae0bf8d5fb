/* SPDX-License-Identifier: MIT */
#include "clock_internal.h"

#include <errno.h>
#include <math.h>

#include "../base/bug.h"
#include "../base/memory.h"
#include "../base/say_internal.h"
#include "../base/trace_internal.h"

enum {
	FIRST_BLOCK = 32, /* timers */
	CACHE_LINE = 64,
};

struct evert_timer_block {
	struct evert_timer_block *next;
	size_t count; /* of its timers */
	/* Then the timers, from the next cache line on. */
};

/* ---- Timers ---- */

static struct evert_timer *timers_of(struct evert_timer_block *block)
{
	uintptr_t end = (uintptr_t)(block + 1) + CACHE_LINE - 1;

	return (struct evert_timer *)(end - end % CACHE_LINE);
}

/* A block of as many timers as there are already. */
static EVERT_APART int add_block(struct evert_clock *clock)
{
	size_t count = clock->timers ? clock->timers : FIRST_BLOCK;
	struct evert_timer_block *block;

	block = evert_allocate(sizeof(*block) + CACHE_LINE +
			       count * sizeof(struct evert_timer));
	if (!block)
		return -ENOMEM;
	block->next = clock->blocks;
	block->count = count;
	clock->blocks = block;
	clock->timers += count;
	clock->fresh = timers_of(block);
	clock->fresh_end = clock->fresh + count;
	return 0;
}

/* Is there no need for a block? */
static inline bool has_timer(const struct evert_clock *clock)
{
	return clock->unused || clock->fresh != clock->fresh_end;
}

/* There is one. */
static inline struct evert_timer *take_timer(struct evert_clock *clock)
{
	struct evert_timer *timer = clock->unused;

	if (timer) {
		clock->unused = timer->next_unused;
		return timer;
	}
	timer = clock->fresh++;
	timer->clock = clock;
	timer->is_wait = false;
	return timer;
}

/* ---- Delayed calls ---- */

/* There will be a timer, or errno says why not: ECANCELED, ENOMEM. */
static bool prepare(struct evert_clock *clock)
{
	if (clock->ending)
		errno = ECANCELED;
	else if (has_timer(clock) || !add_block(clock))
		return true;
	return false;
}

/* One that waits for nothing yet. */
static inline struct evert_timer *begin(struct evert_clock *clock,
					void (*call)(void *arg), void *arg,
					const char *place)
{
	struct evert_timer *timer = take_timer(clock);

	timer->call = call;
	timer->arg = arg;
	timer->place = place;
	return timer;
}

/* Its time is known: it waits. NULL: there was no memory. */
static inline struct evert_timer *add(struct evert_clock *clock,
				      struct evert_timer *timer, int64_t when)
{
	timer->id = ++clock->made;
	timer->when = when;
	if (evert_timer_wheel_add(&clock->wheel, timer))
		return timer;
	evert_clock_put_back(timer);
	return NULL;
}

struct evert_timer *evert_clock_add(struct evert_clock *clock, int64_t when,
				    void (*call)(void *arg), void *arg,
				    const char *place)
{
	if (!prepare(clock))
		return NULL;
	return add(clock, begin(clock, call, arg, place), when);
}

static inline struct evert_delayed_call handle_of(struct evert_timer *timer)
{
	return (struct evert_delayed_call){ timer, timer ? timer->id : 0 };
}

/* With all that may be in the way. */
static EVERT_APART struct evert_delayed_call
call_later(struct evert_clock *clock, double seconds, void (*call)(void *arg),
	   void *arg, const char *place)
{
	int64_t span, now;

	if (evert_clock_to_delay(seconds, &span)) {
		errno = EINVAL;
		return handle_of(NULL);
	}
	now = evert_clock_refresh(clock);
	return handle_of(evert_clock_add(clock, evert_clock_later(now, span),
					 call, arg, place));
}

/* Most often nothing is, and little has to be kept in mind while the time is
   read. */
struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place)
{
	struct evert_timer *timer;
	int64_t span;

	if (!evert_clock_is_ordinary(seconds, &span) || clock->ending ||
	    !has_timer(clock))
		return call_later(clock, seconds, call, arg, place);
	timer = begin(clock, call, arg, place);
	return handle_of(add(clock, timer,
			     evert_clock_later(evert_clock_refresh(clock),
					       span)));
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

static int move(struct evert_timer *timer, int64_t when)
{
	if (timer->clock->ending)
		return -ECANCELED;
	evert_timer_wheel_move(&timer->clock->wheel, timer, when);
	return 0;
}

static EVERT_APART int reset(struct evert_delayed_call call, double seconds)
{
	int64_t span;

	if (evert_clock_to_delay(seconds, &span))
		return -EINVAL;
	if (!is_active(call))
		return -ENOENT;
	return move(call.timer,
		    evert_clock_later(evert_clock_refresh(call.timer->clock),
				      span));
}

int evert_delayed_call_reset(struct evert_delayed_call call, double seconds)
{
	struct evert_timer *timer = call.timer;
	int64_t span, when;

	if (!evert_clock_is_ordinary(seconds, &span) || !is_active(call) ||
	    timer->clock->ending)
		return reset(call, seconds);
	when = evert_clock_later(timer->clock->read(timer->clock), span);
	evert_timer_wheel_move(&timer->clock->wheel, timer, when);
	return 0;
}

/* `span` before it was due, but not before now; if that is over, it stays. */
static int64_t earlier(const struct evert_timer *timer, int64_t span)
{
	struct evert_clock *clock = timer->clock;
	int64_t when = timer->when;
	int64_t now = evert_clock_refresh(clock);

	if (when <= now)
		return when;
	return when - span > now ? when - span : now;
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
	return evert_clock_to_seconds(call.timer->when);
}

/* ---- Clocks ---- */

static int64_t stand_still(struct evert_clock *clock)
{
	return clock->now;
}

void evert_clock_init(struct evert_clock *clock, int64_t now,
		      int64_t (*read)(struct evert_clock *clock))
{
	*clock = (struct evert_clock){
		.now = now,
		.read = read ? read : stand_still,
		.wheel.pos = now,
	};
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
	evert_timer_wheel_finish(&clock->wheel);
}

struct evert_clock *evert_clock_create(void)
{
	struct evert_clock *clock = evert_allocate(sizeof(*clock));

	if (clock)
		evert_clock_init(clock, 0, NULL);
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
	return evert_clock_to_seconds(evert_clock_refresh(clock));
}

size_t evert_clock_pending(const struct evert_clock *clock)
{
	return clock->wheel.timers;
}

int64_t evert_clock_next(struct evert_clock *clock)
{
	return evert_timer_wheel_next(&clock->wheel, clock->now);
}

static EVERT_APART void call_traced(void (*call)(void *arg), void *arg,
				    const char *place)
{
	evert_trace_begin("call", place);
	call(arg);
	evert_trace_end("call", place);
}

static inline void run(struct evert_timer *timer)
{
	void (*call)(void *arg) = timer->call;
	const char *place = timer->place;
	void *arg = timer->arg;

	if (timer->is_wait) {
		evert_clock_wait_leave(timer);
	} else {
		evert_clock_put_back(timer);
		evert_timer_wheel_take(&timer->clock->wheel, timer);
	}
	if (evert_trace_is_recording())
		call_traced(call, arg, place);
	else
		call(arg);
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

/* ---- What waits ---- */

/* Up to `end`. */
static void print_waiting(const struct evert_timer *timer,
			  const struct evert_timer *end, const char *prefix)
{
	for (; timer < end; timer++)
		if (timer->id)
			evert_say("%sdelayed call made at %s\n", prefix,
				  timer->place);
}

void evert_clock_print_pending(const struct evert_clock *clock,
			       const char *prefix)
{
	struct evert_timer_block *block;

	for (block = clock->blocks; block; block = block->next)
		print_waiting(timers_of(block),
			      block == clock->blocks ?
				      clock->fresh :
				      timers_of(block) + block->count,
			      prefix);
}
