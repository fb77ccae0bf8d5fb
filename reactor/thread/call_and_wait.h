/* SPDX-License-Identifier: MIT */
/*
 * Asking the reactor from another thread (twisted.internet.threads.
 * blockingCallFromThread, asyncio.run_coroutine_threadsafe).
 */
#ifndef EVERT_REACTOR_CALL_AND_WAIT_H
#define EVERT_REACTOR_CALL_AND_WAIT_H

#include "../../deferred/result.h"
#include "../reactor.h"

EVERT_BEGIN

/*
 * Calls `call(arg)` on the reactor's thread, in its next turn, blocks until it
 * has returned, and gives what it returned; where that waits for a Deferred,
 * that one's outcome. The caller owns the result. If the reactor does not run
 * yet, that is waited for, too.
 *
 * A failure EVERT_REACTOR_STOPPED: the reactor was destroyed first.
 * EVERT_CANCELLED: the caller runs in a pool (reactor/thread/thread_pool.h),
 * and its own Deferred was cancelled; or the pool is being destroyed by the
 * thread it would wait for. EVERT_DEADLOCK: it was called on the reactor's own
 * thread. EVERT_NO_MEMORY. Where it fails, `call` is not called any more, or
 * has returned, and its Deferred is cancelled.
 *
 * From any thread, while the reactor exists; not from a signal handler.
 */
#define evert_reactor_call_and_wait(...) \
	evert_reactor_call_and_wait_at(__VA_ARGS__, EVERT_HERE)
struct evert_result
evert_reactor_call_and_wait_at(struct evert_reactor *reactor,
			       struct evert_result (*call)(void *arg),
			       void *arg, const char *place);

/* The same for so many seconds at most: then EVERT_TIMED_OUT. A failure,
   EVERT_SYSTEM with EINVAL, for seconds that are not finite; negative is 0. */
#define evert_reactor_call_and_wait_for(...) \
	evert_reactor_call_and_wait_for_at(__VA_ARGS__, EVERT_HERE)
struct evert_result
evert_reactor_call_and_wait_for_at(struct evert_reactor *reactor,
				   struct evert_result (*call)(void *arg),
				   void *arg, double seconds,
				   const char *place);

EVERT_END

#endif
