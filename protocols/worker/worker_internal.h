/* SPDX-License-Identifier: MIT */
/*
 * Both sides speak length-prefixed strings over a socket. A call is a byte,
 * the function's number, and its bytes; an answer a byte, how it went, and its
 * bytes.
 *
 * A job waits in its pool, then it is at a worker. A worker is idle or has a
 * job, until its process has ended; it is released when its connection has
 * gone, too.
 */
#ifndef EVERT_PROTOCOLS_WORKER_INTERNAL_H
#define EVERT_PROTOCOLS_WORKER_INTERNAL_H

#include "../../reactor/fork_internal.h"
#include "../../reactor/process/process.h"
#include "../../reactor/reactor_internal.h"
#include "../framing/length_prefixed.h"
#include "worker_pool.h"

/* In a worker's environment: the number of its descriptor. */
#define EVERT_WORKER_VARIABLE "EVERT_WORKER"

enum evert_worker_answer { EVERT_WORKER_DONE, EVERT_WORKER_SAID_NO };

enum { EVERT_WORKER_PREFIX = 4 };

/* What evert_worker_main was given; NULL: it was not called. */
const evert_worker_function *evert_worker_functions(void);

struct evert_worker_job {
	struct evert_list_node node; /* waiting */
	struct evert_worker_pool *pool;
	bool waits;
	struct evert_worker *worker; /* that is at it, or NULL */
	struct evert_firing *slot;
	size_t length;
	char frame[]; /* of that length */
};

struct evert_worker {
	struct evert_length_prefixed base; /* the connection's protocol */
	struct evert_factory factory;	   /* which gives that */
	struct evert_process_protocol protocol;
	struct evert_process *process; /* NULL: there is none any more */
	struct evert_worker_pool *pool;
	struct evert_list_node node; /* idle, busy, or over */
	struct evert_worker_job *job;
	struct evert_delayed_call leaving;
	unsigned forks;	  /* when it was started */
	unsigned holders; /* the connection, the process */
	bool is_new; /* it has had no job yet */
	bool is_connected;
	bool is_over; /* no work for it any more */
};

struct evert_worker_pool {
	struct evert_reactor *reactor; /* NULL: destroyed */
	struct evert_member member;
	struct evert_errand errand;
	struct evert_worker_pool_options options;
	struct evert_list_node waiting; /* jobs */
	size_t waiting_count;
	struct evert_list_node idle, busy; /* workers; the latest idle first */
	struct evert_list_node over;	   /* whose processes have not ended */
	unsigned workers;		   /* processes */
	unsigned holders; /* functions on the stack, workers, the user */
	bool ending;
};

static inline void evert_worker_pool_hold(struct evert_worker_pool *pool)
{
	pool->holders++;
}
void evert_worker_pool_let_go(struct evert_worker_pool *pool);

/* There is one. */
static inline struct evert_worker_job *
evert_worker_pool_first(struct evert_worker_pool *pool)
{
	return evert_container_of(pool->waiting.next, struct evert_worker_job,
				  node);
}

/* Gives jobs that wait to workers. Fires Deferreds where there is none to be
   had: the pool is held. */
void evert_worker_pool_go_on(struct evert_worker_pool *pool);

/* Takes a job away from whoever has it, and fires it: the pool is held. */
void evert_worker_job_end(struct evert_worker_job *job,
			  struct evert_result result);

/* Fails whatever waits and runs. */
void evert_worker_pool_fail_all(struct evert_worker_pool *pool,
				const struct evert_error *kind);

/* A new one, idle, or NULL and why not, which the caller then owns. */
struct evert_worker *evert_worker_start(struct evert_worker_pool *pool,
					struct evert_failure **failure);

/* Starts its process: NULL and why not, where there is memory to say it. */
struct evert_process *evert_worker_spawn(struct evert_worker *worker,
					 struct evert_failure **failure);

/* Gives it a job: 0, or -errno. */
int evert_worker_give(struct evert_worker *worker,
		      struct evert_worker_job *job);

/* Nobody wants its answer any more. */
void evert_worker_kill(struct evert_worker *worker);

/* It is the parent's: its process is not ours, and we are not to be heard. */
void evert_worker_forget(struct evert_worker *worker);

/* An idle one may go. */
void evert_worker_leave(struct evert_worker *worker);

#endif
