/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM. Signals belong to the process, so one reactor at a time
 * has them. The handler only notes the signal and wakes the loop.
 */
#include "reactor_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

enum { SIGNALS = 2 };

static const int handled[SIGNALS] = { SIGINT, SIGTERM };

static struct {
	_Atomic(struct evert_reactor *) reactor;
	struct sigaction before[SIGNALS];
	_Atomic(struct evert_system *) system;
	atomic_int wake_fd;
	atomic_int caught; /* since the last run ended */
} signals;

static void wake(void)
{
	struct evert_system *system = atomic_load(&signals.system);

	system->ops->write(system, atomic_load(&signals.wake_fd), "", 1);
}

static void on_signal(int number)
{
	int saved = errno;

	if (!atomic_fetch_add(&signals.caught, 1)) {
		wake();
	} else {
		/* The second one: delivered when this handler returns. */
		signal(number, SIG_DFL);
		raise(number);
	}
	errno = saved;
}

int evert_reactor_handle_signals(struct evert_reactor *reactor)
{
	/* Calls of the program that can go on are to go on. */
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};
	struct evert_reactor *none = NULL;
	int i;

	if (!atomic_compare_exchange_strong(&signals.reactor, &none, reactor))
		return none == reactor ? 0 : -EBUSY;
	atomic_store(&signals.system, reactor->system);
	atomic_store(&signals.wake_fd, reactor->mailbox.pipe[1]);
	atomic_store(&signals.caught, 0);
	sigemptyset(&action.sa_mask);
	for (i = 0; i < SIGNALS; i++)
		sigaction(handled[i], &action, &signals.before[i]);
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

void evert_signals_release(struct evert_reactor *reactor)
{
	int i;

	if (atomic_load(&signals.reactor) != reactor)
		return;
	for (i = 0; i < SIGNALS; i++)
		sigaction(handled[i], &signals.before[i], NULL);
	atomic_store(&signals.reactor, NULL);
}
