/* SPDX-License-Identifier: MIT */
/*
 * Who holds the loop: with the environment variable EVERT_SLOW=MS whatever
 * takes longer than so many milliseconds is told of on stderr when it ends
 * (slow.c), and while it runs, with a backtrace (watchdog.c).
 *
 * Of something that holds others, its own time counts: what none of those has
 * been told for. The same thing is told of once a second at most, with how
 * often it was not.
 */
#ifndef EVERT_DEFERRED_SLOW_INTERNAL_H
#define EVERT_DEFERRED_SLOW_INTERNAL_H

#include "running_internal.h"
#include "say_internal.h"

/* Begins to observe, the first time, if that is wanted. Any thread. */
void evert_slow_start(void);

/* What is slow, in nanoseconds; INT64_MAX: nothing. */
int64_t evert_slow_limit(void);

/* Something has ended that took so long by itself. False: it is not slow. */
bool evert_slow_ended(const struct evert_running_thread *thread,
		      unsigned depth, int64_t took);

/* May what still runs be told of? Not if it was within a second. */
bool evert_slow_may_tell(const struct evert_running *running);

/* "callback show (main.c:9) of the Deferred made at ..., in ...": what is at
   `depth`, and around it. */
void evert_slow_describe(struct evert_text *text,
			 const struct evert_running_thread *thread,
			 unsigned depth);

/* ---- watchdog.c ---- */

/* Has it watch from now on; again in a fork's child. */
void evert_watchdog_start(void);

#endif
