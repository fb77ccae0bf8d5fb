/* SPDX-License-Identifier: MIT */
#include "running_internal.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "slow_internal.h"
#include "thread_end_internal.h"

static _Thread_local struct evert_running_thread *here;

static struct {
	pthread_mutex_t mutex;
	struct evert_list_node threads;
} all = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.threads = { &all.threads, &all.threads },
};

static atomic_uint forks;

/* ---- Time ---- */

static int64_t monotonic(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t (*evert_running_clock)(void) = monotonic;

static _Atomic(int64_t) stopped;

int64_t evert_running_now(void)
{
	return evert_running_clock() - atomic_load(&stopped);
}

void evert_running_was_stopped(int64_t nanoseconds)
{
	atomic_fetch_add(&stopped, nanoseconds);
}

/* ---- Threads ---- */

struct evert_list_node *evert_running_lock(void)
{
	pthread_mutex_lock(&all.mutex);
	return &all.threads;
}

void evert_running_unlock(void)
{
	pthread_mutex_unlock(&all.mutex);
}

struct evert_running_thread *evert_running_here(void)
{
	return here;
}

static void end_thread(void)
{
	struct evert_running_thread *thread = here;

	evert_running_lock();
	here = NULL;
	evert_list_remove(&thread->node);
	evert_running_unlock();
	evert_free(thread);
}

/* A child's other threads are not there: their memory is lost with them. */
static void in_child(void)
{
	atomic_fetch_add(&forks, 1);
	evert_list_init(&all.threads);
	if (here)
		evert_list_init(&here->node);
	pthread_mutex_unlock(&all.mutex);
}

static void before_fork(void)
{
	pthread_mutex_lock(&all.mutex);
}

static void handle_forks(void)
{
	pthread_atfork(before_fork, evert_running_unlock, in_child);
}

static void join(struct evert_running_thread *thread)
{
	thread->id = syscall(SYS_gettid);
	thread->forks = atomic_load(&forks);
	evert_list_append(evert_running_lock(), &thread->node);
	evert_running_unlock();
	evert_watchdog_start();
}

/* Without memory it is not observed. */
static struct evert_running_thread *join_first(void)
{
	static _Thread_local struct evert_thread_end thread_end;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct evert_running_thread *thread = evert_allocate(sizeof(*thread));

	if (!thread || !evert_thread_end_add(&thread_end, end_thread)) {
		evert_free(thread);
		return NULL;
	}
	pthread_once(&once, handle_forks);
	memset(thread, 0, sizeof(*thread));
	join(thread);
	here = thread;
	return thread;
}

static struct evert_running_thread *joined(void)
{
	struct evert_running_thread *thread = here ? here : join_first();

	if (thread && thread->forks != atomic_load(&forks))
		join(thread);
	return thread;
}

/* ---- What runs ---- */

static void push(struct evert_running_thread *thread,
		 struct evert_running_mark *mark, const char *what,
		 const char *name, const char *made, const char *place,
		 int descriptor)
{
	unsigned depth = thread->depth;
	struct evert_running *running = &thread->stack[depth];

	if (depth == EVERT_RUNNING_DEPTH)
		return;
	running->what = what;
	running->name = name;
	running->made = made;
	running->place = place;
	running->descriptor = descriptor;
	running->begun = evert_running_now();
	running->told = 0;
	running->id = ++thread->last_id;
	mark->id = running->id;
	mark->depth = depth;
	thread->depth = depth + 1;
}

void evert_running_push(struct evert_running_mark *mark, const char *what,
			const char *name, const char *made, const char *place,
			int descriptor)
{
	if (here && here->depth)
		push(here, mark, what, name, made, place, descriptor);
}

static struct evert_running *
running_at(struct evert_running_thread *thread,
	   const struct evert_running_mark *mark)
{
	struct evert_running *running;

	if (!mark->id || !thread || thread->depth <= mark->depth)
		return NULL;
	running = &thread->stack[mark->depth];
	return running->id == mark->id ? running : NULL;
}

/* What was told of it, or in it, is told of for whatever is around it, too. */
void evert_running_pop(const struct evert_running_mark *mark)
{
	struct evert_running *running = running_at(here, mark);
	int64_t took;

	if (!running)
		return;
	took = evert_running_now() - running->begun;
	if (evert_slow_ended(here, mark->depth, took - running->told))
		running->told = took;
	here->depth = mark->depth;
	if (mark->depth)
		running[-1].told += running->told;
}

/* ---- Turns ---- */

void evert_running_push_turn(struct evert_running_mark *mark,
			     const char *place)
{
	struct evert_running_thread *thread = joined();

	if (!thread)
		return;
	mark->busy_since = thread->busy_since;
	push(thread, mark, "turn of the reactor", NULL, " made at ", place,
	     -1);
}

void evert_running_pop_turn(const struct evert_running_mark *mark)
{
	here->busy_since = mark->busy_since;
	evert_running_pop(mark);
}

void evert_running_wait(void)
{
	here->busy_since = 0;
}

/* The turn's work begins. */
void evert_running_work(const struct evert_running_mark *mark)
{
	struct evert_running *running = running_at(here, mark);

	if (!running)
		return;
	running->begun = evert_running_now();
	running->told = 0;
	here->busy_since = running->begun;
}
