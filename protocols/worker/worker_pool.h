/* SPDX-License-Identifier: MIT */
/*
 * Worker processes, the caller's side: for what takes a processor for long, or
 * may crash (concurrent.futures.ProcessPoolExecutor).
 *
 *	pool = evert_worker_pool_create(reactor, NULL);
 *	d = evert_worker_call(pool, sort, bytes, length);
 *
 * The function runs in a process of its own (protocols/worker/worker.h), and
 * the Deferred fires with the bytes it gave, a text. A worker does one call at
 * a time, and calls begin in order. Processes are started when there is work,
 * and end when there was none for a while.
 *
 * A worker that dies fails the call it was at, and no other: the next call
 * finds another one. Cancelled while it waits for a worker, a call never runs;
 * one that runs is ended, with its worker. So a time-out is
 * evert_deferred_add_timeout.
 *
 * When the reactor stops, calls that wait and those that run fail with
 * EVERT_REACTOR_STOPPED, and the workers are ended.
 *
 * Fork: a child of fork has none of the workers. In one that runs the reactor
 * what ran in its parent's fails, and what waited runs in workers of its own.
 *
 * Thread rule: the reactor's thread. Everything may be called from callbacks.
 */
#ifndef EVERT_PROTOCOLS_WORKER_POOL_H
#define EVERT_PROTOCOLS_WORKER_POOL_H

#include "../../deferred/deferred.h"
#include "../../reactor/reactor.h"
#include "worker.h"

EVERT_BEGIN

struct evert_worker_pool;

/* The function returned a failure: the message is its words. */
extern const struct evert_error evert_error_worker_failed;
#define EVERT_WORKER_FAILED (&evert_error_worker_failed)

/* The worker ended before it had answered: the message says how. */
extern const struct evert_error evert_error_worker_died;
#define EVERT_WORKER_DIED (&evert_error_worker_died)

/* How a pool of workers is made. All zero is the default. */
struct evert_worker_pool_options {
	unsigned workers;    /* at most; 0: as many as processors */
	size_t queue;	     /* calls that may wait; 0: 65536 */
	size_t limit;	     /* bytes of a call, of an answer; 0: 64 MiB */
	double idle_seconds; /* that a worker lives without work; 0: 10 */
	int nice;	     /* lowers their priority by so much (1 to 19) */
};

/*
 * Makes a pool; `options` may be NULL. The caller owns it, and may destroy it
 * before the reactor or after. No process is started yet. NULL and errno:
 * ENOMEM; EINVAL for seconds that are negative or not finite, a nice that is
 * not 0 to 19, and a limit over 1 GiB. In a program whose main did not begin
 * with evert_worker_main it is a bug.
 */
struct evert_worker_pool *
evert_worker_pool_create(struct evert_reactor *reactor,
			 const struct evert_worker_pool_options *options);

/* Fails what waits and what runs, with EVERT_ABANDONED, as whatever is asked
   of it meanwhile; ends the workers, without waiting for that. NULL does
   nothing. */
void evert_worker_pool_destroy(struct evert_worker_pool *pool);

/* How many processes there are; how many calls wait for one. */
unsigned evert_worker_pool_workers(const struct evert_worker_pool *pool);
size_t evert_worker_pool_waiting(const struct evert_worker_pool *pool);

/*
 * evert_worker_call(pool, function, bytes, length)
 *
 * Calls `function` in a worker, with a copy of these bytes. The function must
 * be one of those given to evert_worker_main. Fails with EVERT_WORKER_FAILED,
 * EVERT_WORKER_DIED, EVERT_QUEUE_OVERFLOW when too many wait, EVERT_SYSTEM:
 * EMSGSIZE for too many bytes, EVERT_FRAME_REFUSED for an answer of too many,
 * EVERT_SPAWN_FAILED when no worker can be had. The caller owns the reading
 * end. NULL without memory.
 */
#define evert_worker_call(...) evert_worker_call_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_worker_call_at(struct evert_worker_pool *pool,
					    evert_worker_function function,
					    const void *bytes, size_t length,
					    const char *place);

EVERT_END

#endif
