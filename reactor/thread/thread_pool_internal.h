/* SPDX-License-Identifier: MIT */
/*
 * A call is in its pool's queue, then in a thread's hands, then in the
 * reactor's mailbox; it is released on the reactor's thread, and until then it
 * counts for its pool and its reactor. What threads touch is under one mutex
 * for all pools, so that a fork finds everything in order; the rest is the
 * reactor's thread's alone.
 */
#ifndef EVERT_REACTOR_THREAD_POOL_INTERNAL_H
#define EVERT_REACTOR_THREAD_POOL_INTERNAL_H

#include <pthread.h>
#include <time.h>

#include "../fork_internal.h"
#include "thread_pool.h"

extern pthread_mutex_t evert_threads_mutex;

static inline void evert_threads_lock(void)
{
	pthread_mutex_lock(&evert_threads_mutex);
}

static inline void evert_threads_unlock(void)
{
	pthread_mutex_unlock(&evert_threads_mutex);
}

/* ---- Calls ---- */

struct evert_pool_call {
	struct evert_message message;
	struct evert_list_node node; /* waiting, or running */
	struct evert_thread_pool *pool;
	evert_thread_call call;
	void *arg;
	void (*release)(void *arg); /* or NULL */
	struct evert_firing *slot;
	struct evert_result result;
	struct evert_thread_wait *wait; /* of its thread, for a reactor */
	unsigned forks; /* when a thread took it: did that come along? */
	bool waits;	/* in the queue */
	bool is_let_go;
};

struct evert_thread_pool {
	struct evert_reactor *reactor;	/* NULL: destroyed */
	struct evert_list_node sibling; /* among all pools */
	struct evert_member member;
	struct evert_errand errand;
	size_t calls;	  /* not released yet */
	unsigned holders; /* functions on the stack */
	bool is_destroyed;
	/* Under the mutex: */
	struct evert_list_node waiting;
	struct evert_list_node running;
	size_t waiting_count, queue;
	unsigned threads, idle, most;
	bool waking; /* an idle thread is, and has not looked yet */
	bool ending; /* set by the reactor's thread, which may ask without */
	bool has_last_ended;
	pthread_t last_ended; /* of the threads; not joined yet */
	double idle_seconds;
	pthread_cond_t work;  /* there is some, or the end */
	pthread_cond_t ended; /* a thread has */
};

static inline struct evert_pool_call *
evert_pool_call_at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_pool_call, node);
}

/* It never runs, or nobody in this process runs it. On the reactor's thread,
   taken out of its list. */
void evert_pool_call_fail(struct evert_pool_call *call,
			  const struct evert_error *kind);

/* Frees a pool that was destroyed, when its last call has gone, and nobody on
   the stack holds it. */
void evert_pool_free_if_unused(struct evert_thread_pool *pool);

/* ---- Threads: all of this under the mutex ---- */

/* That there is one for the calls that wait: 0, or -errno, there is none. */
int evert_pool_have_thread(struct evert_thread_pool *pool);

/*
 * Is an idle one to be woken for the calls that wait? Then evert_pool_wake is
 * called, best when the mutex is free. One at a time: that wakes the next, if
 * there still is something for it.
 */
bool evert_pool_must_wake(struct evert_thread_pool *pool);

/* The same, and that there are as many of them as it may have. */
int evert_pool_have_threads(struct evert_thread_pool *pool);

/* Until all of its threads are gone; for good. Unlocks. */
void evert_pool_wait_threads(struct evert_thread_pool *pool);

/* The pools that a fork's child is to set right. */
void evert_pool_join(struct evert_thread_pool *pool);

/* A thread that waits for a reactor. */
struct evert_thread_wait {
	pthread_cond_t cond;
	const struct evert_reactor *reactor;
	bool interrupted; /* nobody wants it to wait any longer */
	bool on_stack;	  /* what it waits for runs on the reactor's stack */
};

/* The wait of this thread, which may be one of a pool; NULL: it waits no
   more. */
void evert_thread_set_wait(struct evert_thread_wait *wait);

/* Ends the wait of the thread that runs the call, if it is in one. */
void evert_pool_call_interrupt(struct evert_pool_call *call);

/* ---- Not under it ---- */

static inline void evert_pool_wake(struct evert_thread_pool *pool)
{
	pthread_cond_signal(&pool->work);
}

/* 0, or -errno: from now on the mutex and the pools survive forks. */
int evert_threads_survive_fork(void);

/* A condition whose timed waits follow CLOCK_MONOTONIC; and their end, so many
   finite seconds from now (negative: now; longer than anybody lives: that). */
void evert_thread_cond_init(pthread_cond_t *cond);
void evert_thread_deadline(struct timespec *end, double seconds);

#endif
