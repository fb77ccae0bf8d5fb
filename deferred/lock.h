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
 * Destroys a semaphore; NULL does nothing. Who waits for it, also from now on,
 * fails with EVERT_ABANDONED. What evert_semaphore_run has begun goes on to its
 * end, and permits that are out are given back as before: the memory goes with
 * the last.
 */
void evert_semaphore_destroy(struct evert_semaphore *semaphore);

/*
 * A permit: the result of acquiring. It is given back when the result is
 * released, so that it can't get lost: not by who loses a race, is cancelled,
 * shielded or timed out, or forgets it.
 */
extern const struct evert_type evert_type_permit;

/*
 * Acquires a semaphore: fires with a permit when it is the caller's turn: first
 * come, first served. In a coroutine it is held for as long as the result is:
 *
 *	struct evert_result permit = evert_await(evert_semaphore_acquire(s));
 *	... what only so many may do at a time ...
 *	evert_result_release(permit);
 *
 * In a chain that is one callback, and what it waits for is not covered: take
 * the permit with evert_semaphore_take, or use evert_semaphore_run. Cancelled
 * while it waits, it leaves the queue. Without memory NULL, and nothing is
 * acquired.
 */
#define evert_semaphore_acquire(...) \
	evert_semaphore_acquire_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_semaphore_acquire_at(struct evert_semaphore *semaphore,
			   const char *place);

/*
 * Takes the permit out of a result: its holder has to call
 * evert_semaphore_release, once, on the semaphore that is returned. A result
 * that holds no permit is a bug.
 */
struct evert_semaphore *evert_semaphore_take(struct evert_result *permit);

/*
 * Gives a permit that was taken back, and hands it to the next in the queue
 * before this returns. When called by one that was just handed it, the outer
 * call does so instead, and where hand-overs of many semaphores are nested in
 * one another: however many wait, the stack does not grow. To release it more
 * often than it was acquired is a bug; so is to release what a result still
 * holds.
 */
void evert_semaphore_release(struct evert_semaphore *semaphore);

/* How often a semaphore can be acquired now without waiting. */
size_t evert_semaphore_available(const struct evert_semaphore *semaphore);

/*
 * Holds a semaphore for a call: acquires it, calls `call(arg)`, waits for what
 * that returns when it is a Deferred to wait for, releases it, and then fires
 * with that outcome. It is released whatever happens. Where `call`, directly or
 * through whatever it waits for, waits for the same lock (a semaphore of one),
 * that wait fails with EVERT_DEADLOCK; of what was acquired by
 * evert_semaphore_acquire it is not known who will release it. Cancelled while
 * it waits for the semaphore, `call` never runs; later, what `call` waits for
 * is cancelled. Without memory NULL, and `call` never runs.
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
