/* SPDX-License-Identifier: MIT */
#include "tell_timer_internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "../base/bug.h"
#include "../base/memory.h"
#include "../base/running_internal.h"
#include "../base/say_internal.h"

/* ---- Delayed calls ---- */

atomic_bool evert_clock_some_hold;

/* There will be a timer, or errno says why not: ECANCELED, ENOMEM. */
static bool prepare(struct evert_clock *clock)
{
	if (clock->ending)
		errno = ECANCELED;
	else if (evert_timer_wheel_has_room(&clock->wheel) ||
		 !evert_timer_wheel_make_room(&clock->wheel))
		return true;
	else
		errno = ENOMEM;
	return false;
}

/* One that waits for nothing yet. */
static inline struct evert_timer *begin(struct evert_clock *clock,
					void (*call)(void *arg), void *arg,
					const char *place)
{
	struct evert_timer *timer = evert_timer_wheel_take(&clock->wheel);

	timer->call = call;
	timer->arg = arg;
	timer->place = place;
	return timer;
}

struct evert_timer *evert_clock_add(struct evert_clock *clock, int64_t when,
				    void (*call)(void *arg), void *arg,
				    const char *place)
{
	struct evert_timer *timer;

	if (!prepare(clock))
		return NULL;
	timer = begin(clock, call, arg, place);
	evert_timer_wheel_set(&clock->wheel, timer, when);
	if (evert_trace_is_recording())
		evert_tell_added(timer);
	return timer;
}

static inline struct evert_delayed_call handle_of(struct evert_timer *timer)
{
	return (struct evert_delayed_call){ timer, timer ? timer->id : 0 };
}

/* With all that may be in the way, the system's clock first. */
static EVERT_APART struct evert_delayed_call
call_after(struct evert_clock *clock, int64_t span, void (*call)(void *arg),
	   void *arg, const char *place)
{
	return handle_of(evert_clock_add(
		clock, evert_clock_later(evert_clock_refresh(clock), span),
		call, arg, place));
}

static EVERT_APART struct evert_delayed_call
call_later(struct evert_clock *clock, double seconds, void (*call)(void *arg),
	   void *arg, const char *place)
{
	int64_t span;

	if (!evert_clock_to_delay(seconds, &span))
		return call_after(clock, span, call, arg, place);
	errno = EINVAL;
	return handle_of(NULL);
}

/* Most often nothing is. */
struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place)
{
	struct evert_timer *timer;
	int64_t span;

	if (!EVERT_LIKELY(call != NULL))
		evert_bug("evert_clock_call_later was given no call");
	if (!evert_clock_is_ordinary(seconds, &span))
		return call_later(clock, seconds, call, arg, place);
	if (clock->apart || !evert_timer_wheel_has_room(&clock->wheel) ||
	    !evert_clock_is_fresh(clock))
		return call_after(clock, span, call, arg, place);
	timer = begin(clock, call, arg, place);
	evert_timer_wheel_set(&clock->wheel, timer,
			      evert_clock_later(clock->now, span));
	return handle_of(timer);
}

static inline bool is_active(struct evert_delayed_call call)
{
	return call.timer && call.timer->id == call.id;
}

bool evert_delayed_call_active(struct evert_delayed_call call)
{
	return is_active(call);
}

/* A wait's, or one of which a recording knows. */
static EVERT_APART int drop(struct evert_timer *timer)
{
	struct evert_clock_wait *wait = NULL;

	if (evert_timer_is_wait(timer))
		wait = evert_clock_wait_part(timer);
	if (timer->id & EVERT_TIMER_IS_TOLD)
		evert_tell_cancelled_timer(timer);
	evert_timer_wheel_cancel(&timer->clock->wheel, timer);
	if (wait)
		wait->dropped(wait, NULL);
	return 0;
}

int evert_delayed_call_cancel(struct evert_delayed_call call)
{
	if (!is_active(call))
		return -ENOENT;
	if (call.timer->id & (EVERT_TIMER_IS_WAIT | EVERT_TIMER_IS_TOLD))
		return drop(call.timer);
	evert_timer_wheel_cancel(&call.timer->clock->wheel, call.timer);
	return 0;
}

static EVERT_APART int move_apart(struct evert_timer *timer, int64_t when)
{
	if (timer->clock->ending)
		return -ECANCELED;
	evert_timer_wheel_move(&timer->clock->wheel, timer, when);
	if (evert_trace_is_recording())
		evert_tell_moved(timer);
	return 0;
}

static int move(struct evert_timer *timer, int64_t when)
{
	if (timer->clock->apart)
		return move_apart(timer, when);
	evert_timer_wheel_move(&timer->clock->wheel, timer, when);
	return 0;
}

static EVERT_APART int move_after(struct evert_timer *timer, int64_t span)
{
	return move(timer, evert_clock_later(
				   evert_clock_refresh(timer->clock), span));
}

static EVERT_APART int reset(struct evert_delayed_call call, double seconds)
{
	int64_t span;

	if (evert_clock_to_delay(seconds, &span))
		return -EINVAL;
	return is_active(call) ? move_after(call.timer, span) : -ENOENT;
}

int evert_delayed_call_reset(struct evert_delayed_call call, double seconds)
{
	struct evert_timer *timer = call.timer;
	struct evert_clock *clock;
	uint64_t ticks;
	int64_t span;

	__builtin_prefetch(timer); /* comes while the ticks are asked for */
	ticks = evert_clock_ticks();
	if (!evert_clock_is_ordinary(seconds, &span) || !is_active(call))
		return reset(call, seconds);
	clock = timer->clock;
	if (clock->apart || !evert_clock_is_fresh_at(clock, ticks))
		return move_after(timer, span);
	evert_timer_wheel_move(&clock->wheel, timer,
			       evert_clock_later(clock->now, span));
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

/* One that does costs the others in the process nothing but the asking. */
void evert_clock_hold(struct evert_clock *clock, uint64_t ticks)
{
	clock->holds = ticks;
	if (ticks)
		atomic_store_explicit(&evert_clock_some_hold, true,
				      memory_order_relaxed);
}

void evert_clock_init(struct evert_clock *clock, int64_t now,
		      int64_t (*read)(struct evert_clock *clock))
{
	memset(clock, 0, sizeof(*clock)); /* as the wheel's, for its size */
	evert_timer_wheel_init(&clock->wheel, clock, now);
	clock->now = now;
	clock->read = read;
	clock->told = evert_trace_is_recording();
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
		if (!evert_timer_is_wait(timer)) {
			evert_timer_wheel_end(&clock->wheel, timer);
			continue;
		}
		wait = evert_clock_wait_part(timer);
		evert_timer_wheel_end(&clock->wheel, timer);
		wait->dropped(wait, clock->why);
	}
	evert_clock_end_watches(clock);
}

void evert_clock_finish(struct evert_clock *clock)
{
	evert_clock_end(clock);
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
	return evert_timer_wheel_count(&clock->wheel);
}

int64_t evert_clock_next(struct evert_clock *clock)
{
	return evert_timer_wheel_next(&clock->wheel, clock->now);
}

static inline void run(struct evert_clock *clock, struct evert_timer *timer)
{
	void (*call)(void *arg) = timer->call;
	void *arg = timer->arg;

	if (evert_timer_is_wait(timer))
		evert_clock_wait_part(timer);
	evert_timer_wheel_end(&clock->wheel, timer);
	call(arg);
}

static EVERT_APART void run_observed(struct evert_clock *clock,
				     struct evert_timer *timer)
{
	struct evert_running_mark mark;

	evert_running_begin(&mark, "delayed call", NULL, " made at ",
			    timer->place);
	if (evert_trace_is_recording())
		evert_tell_timer_fires(timer);
	run(clock, timer);
	evert_trace_end();
	evert_running_end(&mark);
}

/* The time goes on while calls run, if they ask for it. What is due then waits
   for the next turn. */
void evert_clock_run_due(struct evert_clock *clock)
{
	uint64_t latest = clock->wheel.set + EVERT_TIMER_IDS - 1;
	int64_t now = clock->now;
	struct evert_timer *timer;

	while (!clock->stopped &&
	       (timer = evert_timer_wheel_due(&clock->wheel, now)) &&
	       timer->id <= latest) {
		if (evert_is_observed())
			run_observed(clock, timer);
		else
			run(clock, timer);
	}
}

/* ---- What waits ---- */

void evert_clock_print_pending(const struct evert_clock *clock,
			       const char *prefix)
{
	struct evert_timer_block *block = NULL;
	struct evert_timer *timer, *end;

	while ((block = evert_timer_block_after(&clock->wheel, block, &timer,
						&end)))
		for (; timer < end; timer++)
			if (timer->id)
				evert_say("%sdelayed call made at %s\n",
					  prefix, timer->place);
}
