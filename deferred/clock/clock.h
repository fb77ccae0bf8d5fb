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
 * Calls `call(arg)` once, `seconds` from now: from this call on, however long
 * the caller has been at work; to a microsecond, since the system's clock need
 * not be read more often (evert_clock_seconds reads it). Negative seconds are
 * none: it is due now, and runs when the clock next moves, or in the reactor's
 * next turn; more than none is at least a nanosecond. Calls that are due at the
 * same instant run in the order they were made. Refused: seconds that are not
 * finite (errno EINVAL), a clock that is being destroyed (ECANCELED), no memory
 * (ENOMEM); then the answer names none.
 */
#define evert_clock_call_later(...) \
	evert_clock_call_later_at(__VA_ARGS__, EVERT_HERE)
struct evert_delayed_call evert_clock_call_later_at(struct evert_clock *clock,
						    double seconds,
						    void (*call)(void *arg),
						    void *arg,
						    const char *place);

/*
 * The same, for an `arg` that is given up if the call never runs: then
 * `release(arg)` is called instead. Exactly one of the two is called, once,
 * whatever happens: when it was refused, cancelled, or the clock destroyed,
 * it is `release`, before that returns.
 */
#define evert_clock_call_later_with(...) \
	evert_clock_call_later_with_at(__VA_ARGS__, EVERT_HERE)
struct evert_delayed_call evert_clock_call_later_with_at(
	struct evert_clock *clock, double seconds, void (*call)(void *arg),
	void *arg, void (*release)(void *arg), const char *place);

/* Has a delayed call neither run nor been cancelled? While it runs it counts as
   run. */
bool evert_delayed_call_active(struct evert_delayed_call call);

/* Cancels a delayed call: 0, or -ENOENT when it has run or was cancelled. */
int evert_delayed_call_cancel(struct evert_delayed_call call);

/*
 * Moves a delayed call to `seconds` from now (negative: now), or to `seconds`
 * later than it was due (negative: earlier, but not before now, and one that is
 * overdue stays where it is). 0, or -ENOENT when it has run or was cancelled,
 * -EINVAL for seconds that are not finite, -ECANCELED when the clock is being
 * destroyed; on an error nothing has changed. To move a call does not fail for
 * want of memory.
 */
int evert_delayed_call_reset(struct evert_delayed_call call, double seconds);
int evert_delayed_call_delay(struct evert_delayed_call call, double seconds);

/* When a delayed call is due, by evert_clock_seconds; NaN when it is not
   active. */
double evert_delayed_call_time(struct evert_delayed_call call);

/* ---- Clocks ---- */

/* The time by this clock, from an arbitrary origin. */
double evert_clock_seconds(struct evert_clock *clock);

/* How many delayed calls wait for a clock. */
size_t evert_clock_pending(const struct evert_clock *clock);

/*
 * Makes a clock that stands still until it is moved. The caller owns it.
 * Without memory NULL, errno ENOMEM.
 */
EVERT_MUST_USE
struct evert_clock *evert_clock_create(void);

/*
 * Destroys a clock: drops the calls that wait, in order of time, without
 * running them: what was to be released then is released, and sleeps and
 * time-outs fail with EVERT_CLOCK_DESTROYED. What these call may cancel what
 * else waits, and ask; what it asks of the clock for later is refused. NULL
 * does nothing. From inside a delayed call of this clock it is a bug.
 */
void evert_clock_destroy(struct evert_clock *clock);

/*
 * Moves a clock made by evert_clock_create, stopping at every call on the
 * way: each runs at its own time, those made meanwhile included. Not a
 * reactor's clock, not from inside a delayed call, not with seconds that are
 * negative or not finite: a bug.
 */
void evert_clock_advance(struct evert_clock *clock, double seconds);

/*
 * The same, but the clock is there at once, as one is after the program was
 * held up: then what is due runs, late (twisted.internet.task.Clock.advance).
 */
void evert_clock_jump(struct evert_clock *clock, double seconds);

EVERT_END

#endif
