/* SPDX-License-Identifier: MIT */
/*
 * Clocks and delayed calls (twisted.internet.interfaces.IReactorTime). A
 * reactor has a clock that follows the monotonic clock of the system
 * (evert_reactor_clock); a clock made by evert_clock_create is moved by hand,
 * for tests (twisted.internet.task.Clock).
 *
 * Times are seconds as double, precise to a nanosecond for the first 100
 * days. The last instant is 292 years from a clock's origin: what would come
 * later is due then. A wall clock that jumps does not matter.
 *
 * Thread rule: a clock belongs to one thread. Everything may be called from
 * inside delayed calls.
 */
#ifndef EVERT_DEFERRED_CLOCK_H
#define EVERT_DEFERRED_CLOCK_H

#include "../base/base.h"

EVERT_BEGIN

struct evert_clock;
struct evert_timer;

/*
 * Names a delayed call, as long as its clock exists: also after it has run or
 * was cancelled it may be asked and used, and is then refused. All zero names
 * none. Copies name the same call.
 */
struct evert_delayed_call {
	struct evert_timer *timer;
	uint64_t id;
};

/* ---- Delayed calls ---- */

/*
 * Calls `call(arg)` once, `seconds` from now. Calls that are due at the same
 * instant run in the order they were made. Refused: seconds that are negative
 * or not finite (errno EINVAL), no memory (ENOMEM); then the answer names
 * none. On a reactor's clock "now" is the start of the turn.
 */
#define evert_clock_call_later(...) \
	evert_clock_call_later_at(__VA_ARGS__, EVERT_HERE)
struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place);

/* Has it neither run nor been cancelled? While it runs it counts as run. */
bool evert_delayed_call_active(struct evert_delayed_call call);

/* Cancels it: 0, or -ENOENT when it has run or was cancelled. */
int evert_delayed_call_cancel(struct evert_delayed_call call);

/*
 * Moves it to `seconds` from now, or to `seconds` later than it was due. 0, or
 * -ENOENT when it has run or was cancelled, or -EINVAL for seconds that are
 * negative or not finite, or -ENOMEM; on an error nothing has changed. To move
 * a call later takes no memory.
 */
int evert_delayed_call_reset(struct evert_delayed_call call, double seconds);
int evert_delayed_call_delay(struct evert_delayed_call call, double seconds);

/* When it is due, by evert_clock_seconds; NaN when it is not active. */
double evert_delayed_call_time(struct evert_delayed_call call);

/* ---- Clocks ---- */

/* The time by this clock, from an arbitrary origin. */
double evert_clock_seconds(struct evert_clock *clock);

/* How many delayed calls wait. */
size_t evert_clock_pending(const struct evert_clock *clock);

/*
 * Makes a clock that stands still until it is advanced. The caller owns it.
 * Without memory NULL, errno ENOMEM.
 */
struct evert_clock *evert_clock_create(void);

/*
 * Drops the calls that wait, without running them; NULL does nothing. From
 * inside a delayed call of this clock it is a bug.
 */
void evert_clock_destroy(struct evert_clock *clock);

/*
 * Moves a clock made by evert_clock_create, stopping at every call on the
 * way: each runs at its own time, those made meanwhile included. Not from
 * inside a delayed call, not with negative seconds: a bug.
 */
void evert_clock_advance(struct evert_clock *clock, double seconds);

EVERT_END

#endif
