/* SPDX-License-Identifier: MIT */
/*
 * What a program that seems stuck is waiting for, told by itself. The same can
 * be seen from outside, by a debugger or in a core (docs/debugging.md).
 *
 *	static void usr2(void *reactor)		(a delayed call, a callback)
 *	{
 *		evert_reactor_dump(reactor, stderr);
 *	}
 *
 * Without a line of code: EVERT_DUMP_SIGNAL=USR1 in the environment, and the
 * program does it at each SIGUSR1, on stderr.
 *
 * Thread rule: the reactor's thread; from every callback.
 */
#ifndef EVERT_REACTOR_DUMP_H
#define EVERT_REACTOR_DUMP_H

#include <stdio.h>

#include "../deferred/base/base.h"

EVERT_BEGIN

struct evert_reactor;

/*
 * Prints what a reactor has and what waits under it: its turn; its descriptors,
 * with what each is, what is queued, what it is watched for; the timers that
 * are due first; and who waits for whom, as a tree: below each Deferred, a
 * little to the right, those that it waits for, a coroutine by its name and
 * the turn since which it waits.
 *
 * Deferreds are those that this thread has made, if the environment variable
 * EVERT_DEBUG or EVERT_DUMP_SIGNAL was set when it made the first; otherwise
 * those of coroutines, and what these wait for. Coroutines are the thread's,
 * whatever reactor they came by.
 *
 * It allocates nothing, and calls nobody back.
 */
void evert_reactor_dump(const struct evert_reactor *reactor, FILE *to);

EVERT_END

#endif
