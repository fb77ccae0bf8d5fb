/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM. Signals belong to the process, so one reactor at a time
 * has them. The handler only notes the signal and wakes the loop. It may run in
 * any thread: so a reactor that lets go of them waits until no handler runs
 * that may have found it. One that has interrupted this thread has ended before
 * it goes on.
 */
#include "fork_internal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

enum { SIGNALS = 2 };

_Atomic(evert_last_words) evert_signals_last_words;

static const int handled[SIGNALS] = { SIGINT, SIGTERM };

static struct {
	_Atomic(struct evert_reactor *) reactor;
	struct sigaction before[SIGNALS];
	atomic_int caught;   /* since the last run ended */
	atomic_int handlers; /* that run */
} signals;

/* A copy in a fork's child has the parent's pipe; it looks when it has its
   own. */
void evert_reactor_wake(struct evert_reactor *reactor)
{
	struct evert_system *system = reactor->system;

	if (!evert_reactor_is_forked(reactor))
		system->ops->write(system, reactor->mailbox.pipe[1], "", 1);
}

static void catch(int number)
{
	struct evert_reactor *reactor = atomic_load(&signals.reactor);
	void (*last_words)(void);

	if (!atomic_fetch_add(&signals.caught, 1)) {
		if (reactor)
			evert_reactor_wake(reactor);
	} else {
		/* The second one: delivered when this handler returns. */
		last_words = atomic_load(&evert_signals_last_words);
		if (last_words)
			last_words();
		signal(number, SIG_DFL);
		raise(number);
	}
}

static void on_signal(int number)
{
	int saved = errno;

	atomic_fetch_add(&signals.handlers, 1);
	catch(number);
	atomic_fetch_sub(&signals.handlers, 1);
	errno = saved;
}

/* What was started with a signal ignored, by nohup or in the background, is
   to go on ignoring it. */
static void handle(int i)
{
	/* Calls of the program that can go on are to go on. */
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};

	sigaction(handled[i], NULL, &signals.before[i]);
	sigemptyset(&action.sa_mask);
	if (signals.before[i].sa_handler != SIG_IGN)
		sigaction(handled[i], &action, NULL);
}

/* A handler that the program has set meanwhile stays. */
static void put_back(int i)
{
	struct sigaction now;

	sigaction(handled[i], NULL, &now);
	if (now.sa_handler == on_signal)
		sigaction(handled[i], &signals.before[i], NULL);
}

int evert_reactor_handle_signals(struct evert_reactor *reactor)
{
	struct evert_reactor *none = NULL;
	int i;

	if (!atomic_compare_exchange_strong(&signals.reactor, &none, reactor))
		return none == reactor ? 0 : -EBUSY;
	reactor->handles_signals = true;
	atomic_store(&signals.caught, 0);
	for (i = 0; i < SIGNALS; i++)
		handle(i);
	return 0;
}

void evert_signals_check(struct evert_reactor *reactor)
{
	if (atomic_load(&signals.reactor) == reactor &&
	    atomic_load(&signals.caught))
		evert_reactor_stop(reactor);
}

void evert_signals_forget(struct evert_reactor *reactor)
{
	if (atomic_load(&signals.reactor) == reactor)
		atomic_store(&signals.caught, 0);
}

static void put_all_back(void)
{
	int i;

	for (i = 0; i < SIGNALS; i++)
		put_back(i);
	atomic_store(&signals.reactor, NULL);
}

void evert_signals_release(struct evert_reactor *reactor)
{
	if (atomic_load(&signals.reactor) != reactor)
		return;
	put_all_back();
	while (atomic_load(&signals.handlers))
		sched_yield();
}

/* ---- Forking ---- */

static _Thread_local sigset_t mask_before_fork;

/* What arrives in between waits: parent and child each get what was sent to
   them, by the handler that they have. */
void evert_signals_before_fork(void)
{
	sigset_t blocked;
	int i;

	sigemptyset(&blocked);
	for (i = 0; i < SIGNALS; i++)
		sigaddset(&blocked, handled[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, &mask_before_fork);
}

void evert_signals_after_fork(bool in_child)
{
	if (in_child) {
		/* Those of the parent's other threads are not here, to end. */
		atomic_store(&signals.handlers, 0);
		if (atomic_load(&signals.reactor)) {
			put_all_back();
			atomic_store(&signals.caught, 0);
		}
	}
	pthread_sigmask(SIG_SETMASK, &mask_before_fork, NULL);
}

void evert_signals_renew(struct evert_reactor *reactor)
{
	/* Where another reactor has them meanwhile, it keeps them. */
	if (reactor->handles_signals)
		evert_reactor_handle_signals(reactor);
	evert_signals_check(reactor);
}
