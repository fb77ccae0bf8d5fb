/* SPDX-License-Identifier: MIT */
/*
 * Locks and semaphores for code that waits by Deferreds
 * (twisted.internet.defer: DeferredLock, DeferredSemaphore). They order
 * callbacks and coroutines of one thread; they are no mutexes.
 *
 * Thread rule: a semaphore belongs to one thread. Every function may be
 * called from inside callbacks.
 */
#ifndef EVERT_DEFERRED_LOCK_H
#define EVERT_DEFERRED_LOCK_H

#include "deferred.h"

EVERT_BEGIN

struct evert_semaphore;

/*
 * Makes a semaphore that can be acquired `limit` times at once, at least 1.
 * The caller owns it. Without memory NULL, errno ENOMEM.
 */
#define evert_semaphore_create(...) \
	evert_semaphore_create_at(__VA_ARGS__, EVERT_HERE)
/* A lock is a semaphore of one. */
#define evert_lock_create() evert_semaphore_create_at(1, EVERT_HERE)
struct evert_semaphore *evert_semaphore_create_at(size_t limit,
						  const char *place);

/*
 * Destroys it; NULL does nothing. Who waits for it fails with
 * EVERT_ABANDONED. What evert_semaphore_run has begun goes on to its end; who
 * else has acquired it must not release it any more.
 */
void evert_semaphore_destroy(struct evert_semaphore *semaphore);

/*
 * Fires, with the semaphore as a borrowed pointer, when the caller has it:
 * first come, first served. Who got it has to release it. Cancelled while it
 * waits, it leaves the queue. Without memory NULL, and nothing is acquired.
 */
#define evert_semaphore_acquire(...) \
	evert_semaphore_acquire_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_semaphore_acquire_at(struct evert_semaphore *semaphore,
			   const char *place);

/*
 * Gives it back, and hands it to the next in the queue before this returns.
 * When called by one that was just handed it, the outer call does so instead:
 * however many wait, the stack does not grow. To release it more often than
 * it was acquired is a bug.
 */
void evert_semaphore_release(struct evert_semaphore *semaphore);

/* How often it can be acquired now without waiting. */
size_t evert_semaphore_available(const struct evert_semaphore *semaphore);

/*
 * Acquires it, calls `call(arg)`, waits for what that returns when it is a
 * Deferred to wait for, releases it, and then fires with that outcome. It is
 * released whatever happens. Cancelled while it waits for the semaphore,
 * `call` never runs; later, what `call` waits for is cancelled. Without
 * memory NULL, and `call` never runs.
 */
#define evert_semaphore_run(...) \
	evert_semaphore_run_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_semaphore_run_at(struct evert_semaphore *semaphore,
		       struct evert_result (*call)(void *arg), void *arg,
		       const char *place);

EVERT_END

#endif
