/* SPDX-License-Identifier: MIT */
/*
 * SIGCHLD, where the kernel has no pidfd. Signals belong to the process, so
 * there is one list of all reactors that have such children; the handler
 * writes a byte to the pipe of each, and these then look at their children,
 * and only at them.
 *
 * The handler may run in any thread at any time: it takes no lock. Who takes a
 * reactor out of the list waits until no handler walks it any more; one that
 * has interrupted him has ended before he goes on.
 */
#include "child_internal.h"

#include <errno.h>
#include <sched.h>

#include "../../deferred/base/memory.h"
#include "../thread/thread_pool_internal.h"

/* A reactor with children. */
struct evert_listener {
	_Atomic(struct evert_listener *) next;
	struct evert_reactor *reactor;
	struct evert_list_node children;
	struct evert_watch watch;
	int pipe[2];
	unsigned forks; /* when it began */
	bool is_walked; /* on the stack */
};

/* Changed under the mutex for all that threads share. */
static struct {
	_Atomic(struct evert_listener *) first;
	atomic_int walkers;
	struct sigaction before;
} all;

/* ---- The handler ---- */

static void tell_all(void)
{
	struct evert_listener *listener;
	struct evert_system *system;

	atomic_fetch_add(&all.walkers, 1);
	for (listener = atomic_load(&all.first); listener;
	     listener = atomic_load(&listener->next)) {
		system = listener->reactor->system;
		/* Else it is a parent's. */
		if (listener->forks == evert_forks_now())
			system->ops->write(system, listener->pipe[1], "", 1);
	}
	atomic_fetch_sub(&all.walkers, 1);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	tell_all();
	if (all.before.sa_flags & SA_SIGINFO)
		all.before.sa_sigaction(number, info, context);
	else if (all.before.sa_handler != SIG_DFL &&
		 all.before.sa_handler != SIG_IGN)
		all.before.sa_handler(number);
	errno = saved;
}

static void handle(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, NULL, &all.before);
	sigaction(SIGCHLD, &action, NULL);
}

/* A handler that the program has set meanwhile stays. */
static void put_back(void)
{
	struct sigaction now;

	sigaction(SIGCHLD, NULL, &now);
	if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_signal)
		sigaction(SIGCHLD, &all.before, NULL);
}

/* ---- The list ---- */

static void enter_list(struct evert_listener *listener)
{
	evert_threads_lock();
	if (!atomic_load(&all.first))
		handle();
	atomic_store(&listener->next, atomic_load(&all.first));
	atomic_store(&all.first, listener);
	evert_threads_unlock();
}

static void unlink_from(_Atomic(struct evert_listener *) *at,
			struct evert_listener *listener)
{
	struct evert_listener *here;

	while ((here = atomic_load(at)) != listener)
		at = &here->next;
	atomic_store(at, atomic_load(&listener->next));
}

static void leave_list(struct evert_listener *listener)
{
	evert_threads_lock();
	unlink_from(&all.first, listener);
	if (!atomic_load(&all.first))
		put_back();
	/* A thread of the parent's is not here. */
	if (listener->forks != evert_forks_now())
		atomic_store(&all.walkers, 0);
	while (atomic_load(&all.walkers))
		sched_yield();
	evert_threads_unlock();
}

static struct evert_listener *find(const struct evert_reactor *reactor)
{
	struct evert_listener *listener;

	evert_threads_lock();
	listener = atomic_load(&all.first);
	while (listener && (listener->reactor != reactor ||
			    listener->forks != evert_forks_now()))
		listener = atomic_load(&listener->next);
	evert_threads_unlock();
	return listener;
}

/* ---- A reactor's ---- */

static void close_pipe(struct evert_listener *listener)
{
	struct evert_system *system = listener->reactor->system;

	evert_watch_remove(&listener->watch);
	system->ops->close(system, listener->pipe[0]);
	system->ops->close(system, listener->pipe[1]);
}

static void release_unused(struct evert_listener *listener)
{
	if (listener->is_walked || !evert_list_is_empty(&listener->children))
		return;
	leave_list(listener);
	close_pipe(listener);
	evert_free(listener);
}

/* From a list of their own: who is told may end any of them, and start
   others. */
static void look_at_all(struct evert_listener *listener)
{
	struct evert_list_node left, *node;

	evert_list_init(&left);
	evert_list_move_all(&left, &listener->children);
	listener->is_walked = true;
	while (!evert_list_is_empty(&left)) {
		node = left.next;
		evert_list_remove(node);
		evert_list_append(&listener->children, node);
		evert_child_look(
			evert_container_of(node, struct evert_child, node));
	}
	listener->is_walked = false;
	release_unused(listener);
}

/* The pipe first: what ends from now on wakes us again. */
static void came(struct evert_watch *watch, unsigned ready)
{
	struct evert_listener *listener =
		evert_container_of(watch, struct evert_listener, watch);
	struct evert_system *system = watch->reactor->system;
	char bytes[64];

	(void)ready;
	while (system->ops->read(listener->pipe[0], bytes, sizeof(bytes),
				 system) == (ssize_t)sizeof(bytes))
		;
	look_at_all(listener);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "ends of processes",
	.ready = came,
};

/* The poller hears of it here, so that it can't fail later. 0, or -errno. */
static int watch_pipe(struct evert_listener *listener)
{
	int error = evert_watch_add(&listener->watch, listener->reactor,
				    listener->pipe[0], &watch_ops);

	if (error)
		return error;
	evert_watch_set(&listener->watch, EVERT_ATTACHED | EVERT_READ);
	return evert_watch_tell_poller(&listener->watch);
}

static int open_listener(struct evert_listener *listener)
{
	struct evert_system *system = listener->reactor->system;
	int error = system->ops->pipe(system, listener->pipe);

	if (error)
		return error;
	error = watch_pipe(listener);
	if (error)
		close_pipe(listener);
	return error;
}

static int make(struct evert_reactor *reactor, struct evert_listener **made)
{
	int error = evert_threads_survive_fork();

	if (error)
		return error;
	*made = evert_allocate(sizeof(**made));
	if (!*made)
		return -ENOMEM;
	**made = (struct evert_listener){
		.reactor = reactor,
		.forks = evert_forks_now(),
	};
	evert_list_init(&(*made)->children);
	error = open_listener(*made);
	if (error)
		evert_free(*made);
	else
		enter_list(*made);
	return error;
}

int evert_sigchld_join(struct evert_child *child)
{
	struct evert_system *system = child->reactor->system;
	struct evert_listener *listener = find(child->reactor);
	int error = listener ? 0 : make(child->reactor, &listener);

	if (error)
		return error;
	child->listener = listener;
	evert_list_append(&listener->children, &child->node);
	/* It may have ended before there was a handler. */
	system->ops->write(system, listener->pipe[1], "", 1);
	return 0;
}

void evert_sigchld_leave(struct evert_child *child)
{
	struct evert_listener *listener = child->listener;

	evert_list_remove(&child->node);
	release_unused(listener);
}
