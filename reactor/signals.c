/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM. Signals belong to the process, so one reactor at a time
 * has them. The handler only notes the signal and wakes the loop.
 */
#include <reactor/reactor_internal.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SIGNALS = 2 };

static const int handled[SIGNALS] = { SIGINT, SIGTERM };

static struct {
	_Atomic(struct evert_reactor *) reactor;
	struct sigaction before[SIGNALS];
	atomic_int wake_fd;
	atomic_int caught;
} signals;

static void on_signal(int number)
{
	int saved = errno;

	if (atomic_fetch_add(&signals.caught, 1)) {
		/* The second one: delivered when this handler returns. */
		signal(number, SIG_DFL);
		raise(number);
	} else if (write(atomic_load(&signals.wake_fd), "", 1) < 0) {
		/* A full pipe wakes the loop just as well. */
	}
	errno = saved;
}

int evert_reactor_handle_signals(struct evert_reactor *reactor)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct evert_reactor *none = NULL;
	int i;

	if (!atomic_compare_exchange_strong(&signals.reactor, &none, reactor))
		return none == reactor ? 0 : -EBUSY;
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

void evert_signals_release(struct evert_reactor *reactor)
{
	int i;

	if (atomic_load(&signals.reactor) != reactor)
		return;
	for (i = 0; i < SIGNALS; i++)
		sigaction(handled[i], &signals.before[i], NULL);
	atomic_store(&signals.reactor, NULL);
}
