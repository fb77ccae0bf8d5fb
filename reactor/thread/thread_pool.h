/* SPDX-License-Identifier: MIT */
/*
 * Threads for work that would block the loop: files, a slow computation, a
 * library that knows no other way (twisted.internet.threads, asyncio's
 * run_in_executor).
 *
 *	static struct evert_result add_up(void *numbers)
 *	{
 *		return evert_result_integer(sum(numbers));
 *	}
 *
 *	d = evert_defer_to_thread(reactor, add_up, numbers);
 *
 * The function runs in a thread of a pool, and must touch nothing that belongs
 * to the reactor's thread; the Deferred fires on the reactor's thread with what
 * it returned. A result that waits for a Deferred is a bug there. To ask
 * something of the reactor meanwhile there is evert_reactor_call_and_wait
 * (reactor/thread/call_and_wait.h).
 *
 * Cancelled while it waits for a thread, a call never runs. One that runs is
 * let go: its Deferred fails at once, and its result is released when it comes.
 *
 * When the reactor stops, calls that wait fail with EVERT_REACTOR_STOPPED, and
 * those that run are waited for, the loop running on.
 *
 * Threads are started when there is work, and end when there was none for a
 * while. Signals are not delivered to them.
 *
 * Fork: a child has none of the threads. In one that runs the reactor, calls
 * that waited run, in threads of its own, and those that ran in its parent's
 * fail with EVERT_ABANDONED.
 *
 * Thread rule: the reactor's thread, except where it is said otherwise.
 */
#ifndef EVERT_REACTOR_THREAD_POOL_H
#define EVERT_REACTOR_THREAD_POOL_H

#include "../../deferred/deferred.h"
#include "../reactor.h"

EVERT_BEGIN

struct evert_thread_pool;

/* How a pool is made. All zero is the default. */
struct evert_thread_pool_options {
	unsigned threads;    /* at most; 0: one more than 4 a processor, 32 */
	size_t queue;	     /* calls that may wait; 0: 65536 */
	double idle_seconds; /* that a thread lives without work; 0: 10 */
};

/*
 * Makes a pool for a reactor; `options` may be NULL. The caller owns it, and
 * may destroy it before the reactor or after. NULL and errno: ENOMEM; EINVAL
 * for seconds that are negative or not finite.
 */
struct evert_thread_pool *
evert_thread_pool_create(struct evert_reactor *reactor,
			 const struct evert_thread_pool_options *options);

/*
 * Destroys a pool: fails what waits, with EVERT_ABANDONED, as whatever is asked
 * of it meanwhile, blocks until what runs has returned, and ends the threads.
 * The Deferreds of what ran fire from the loop. A call that waits for this
 * reactor (evert_reactor_call_and_wait) is not waited for in vain: its waiting
 * fails. NULL does nothing. From inside what such a call waits for, and the
 * reactor's own, it is a bug.
 */
void evert_thread_pool_destroy(struct evert_thread_pool *pool);

/* The reactor's own pool, which is made when it is first asked for, and goes
   with it. NULL, errno ENOMEM. */
struct evert_thread_pool *
evert_reactor_thread_pool(struct evert_reactor *reactor);

/* Sets how many threads a pool may have at most, from now on, at least 1: for
   calls that wait, more are started; those that are too many end when they have
   no work. */
void evert_thread_pool_set_threads(struct evert_thread_pool *pool,
				   unsigned threads);

/* How many threads a pool has; how many calls wait for one. */
unsigned evert_thread_pool_threads(struct evert_thread_pool *pool);
size_t evert_thread_pool_waiting(struct evert_thread_pool *pool);

/* What runs in a thread. */
typedef struct evert_result (*evert_thread_call)(void *arg);

/*
 * Calls `call(arg)` in a thread of the reactor's own pool. Calls begin in
 * order. Fails with EVERT_QUEUE_OVERFLOW when too many wait, with EVERT_SYSTEM
 * when no thread can be had, with EVERT_REACTOR_STOPPED while the reactor is
 * stopping. The caller owns the reading end. NULL without memory.
 */
#define evert_defer_to_thread(...) \
	evert_defer_to_thread_at(__VA_ARGS__, NULL, EVERT_HERE)

/* evert_defer_to_thread_with(reactor, call, arg, release): if the call never
   runs, `release(arg)` is called, once, on the reactor's thread. */
#define evert_defer_to_thread_with(...) \
	evert_defer_to_thread_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_defer_to_thread_at(struct evert_reactor *reactor,
						evert_thread_call call,
						void *arg,
						void (*release)(void *arg),
						const char *place);

/* The same, in a pool of one's own. */
#define evert_defer_to_pool(...) \
	evert_defer_to_pool_at(__VA_ARGS__, NULL, EVERT_HERE)
#define evert_defer_to_pool_with(...) \
	evert_defer_to_pool_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_defer_to_pool_at(struct evert_thread_pool *pool,
					      evert_thread_call call, void *arg,
					      void (*release)(void *arg),
					      const char *place);

/* In a call that a thread runs: does nobody wait for its result any more? For
   one that takes long, to give up early. Elsewhere false. Any thread. */
bool evert_thread_is_let_go(void);

EVERT_END

#endif
