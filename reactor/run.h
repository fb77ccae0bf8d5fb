/* SPDX-License-Identifier: MIT */
/*
 * A whole program as a coroutine, and time for coroutines.
 *
 * Thread rule: the thread of the reactor that runs. To call what needs one
 * while none runs is a bug.
 */
#ifndef EVERT_REACTOR_RUN_H
#define EVERT_REACTOR_RUN_H

#include "../deferred/coroutine/coroutine.h"
#include "reactor.h"

EVERT_BEGIN

/*
 * Runs `body(arg)` as a coroutine on a reactor of its own, until it has
 * returned, and gives an exit status for main: 0 for a value; 1 for a
 * failure, after printing "PROGRAM: its message" to stderr. What takes a
 * reactor gets this one: evert_reactor_current().
 *
 * SIGINT and SIGTERM cancel the body, which may clean up, and wait while doing
 * so. The status is then 0 if it ended with EVERT_CANCELLED or a value; a
 * second signal ends the process at once. Coroutines of this thread that are
 * left when the body has returned are cancelled, too, and waited for. The
 * connections work until all have ended.
 *
 * To call it while a reactor or a coroutine runs on this thread is a bug. Of
 * several at a time, in threads, the first one has the signals.
 */
#define evert_run(...) \
	evert_run_at(__VA_ARGS__, EVERT_NAME_OF(__VA_ARGS__), EVERT_HERE)
int evert_run_at(evert_body body, void *arg, const char *name,
		 const char *place);

/* Waits for time, by the running reactor's clock (evert_clock_sleep): fires
   with nothing after `seconds`, and fails with EVERT_REACTOR_STOPPED when the
   run ends first. */
#define evert_sleep(...) evert_sleep_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_sleep_at(double seconds, const char *place);

/*
 * Gives a Deferred a time-out (evert_deferred_add_timeout) by the running
 * reactor's clock: when it runs out first, the Deferred is cancelled and fails
 * with EVERT_TIMED_OUT. Returns `deferred`, to be awaited. Where the time-out
 * can't be had (no memory, such seconds), `deferred` is cancelled and fails so.
 */
#define evert_timeout(...)                        \
	evert_timeout_at(__VA_ARGS__, EVERT_HERE, \
			 "timeout (" EVERT_HERE ")")
EVERT_MUST_USE
struct evert_deferred *evert_timeout_at(double seconds,
					struct evert_deferred *deferred,
					const char *place, const char *label);

EVERT_END

#endif
