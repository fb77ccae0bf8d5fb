/* SPDX-License-Identifier: MIT */
/*
 * Calling something again and again (twisted.internet.task.LoopingCall). It
 * never drifts: calls are due at multiples of the interval from the start,
 * however long each takes. They never overlap: a call may return a Deferred to
 * wait for, and what was due meanwhile is left out and counted.
 *
 * Thread rule: as its clock's. Every function may be called from inside the
 * call.
 */
#ifndef EVERT_DEFERRED_PERIODIC_H
#define EVERT_DEFERRED_PERIODIC_H

#include "clock/clock.h"
#include "deferred.h"

EVERT_BEGIN

struct evert_periodic;

/*
 * What is called. `count` is how many intervals have passed since the last
 * call: 1, or more when some were missed; 0 for one that is called at the
 * start. It may return evert_result_wait(deferred): the next call waits for
 * it. A failure ends the periodic call.
 */
typedef struct evert_result (*evert_tick)(void *arg, size_t count);

/* Makes one that does nothing yet. The caller owns it. When the clock ends
   first it has stopped, and can't be started again. Without memory NULL, errno
   ENOMEM. */
EVERT_MUST_USE
struct evert_periodic *evert_periodic_create(struct evert_clock *clock,
					     evert_tick tick, void *arg);

/* Stops it, cancels what its call waits for (or, from inside it, will wait
   for), and releases it. NULL does nothing. */
void evert_periodic_destroy(struct evert_periodic *periodic);

/*
 * Begins: the first call is in `interval` seconds (an interval that is
 * negative or 0 means: whenever the clock moves, in every turn of a reactor),
 * or with `now` before this returns. One that runs already is stopped first.
 *
 * The Deferred fires with nothing when it was stopped; it fails when the call
 * fails, with that failure, and when the clock ends, as evert_clock_sleep
 * does, once what the call waits for has ended; with EVERT_SYSTEM, EINVAL, for
 * an interval that is not finite; with EVERT_DEADLOCK, when the call would wait
 * for it. To cancel it stops it, and cancels what the call waits for. The
 * caller owns the reading end. Without memory NULL, and it does not begin.
 */
#define evert_periodic_start(...) \
	evert_periodic_start_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_periodic_start_at(struct evert_periodic *periodic,
					       double interval, bool now,
					       const char *place);

/* Calls no more. What the call waits for goes on to its end; then the Deferred
   fires. On one that does not run it does nothing. */
void evert_periodic_stop(struct evert_periodic *periodic);

/* Was it started and not stopped? */
bool evert_periodic_is_running(const struct evert_periodic *periodic);

EVERT_END

#endif
