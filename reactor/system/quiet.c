/* SPDX-License-Identifier: MIT */
#include "quiet_internal.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static void sigpipe_alone(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGPIPE);
}

void evert_quiet_begin(struct evert_quiet *quiet)
{
	sigset_t set;

	sigpipe_alone(&set);
	pthread_sigmask(SIG_BLOCK, &set, &quiet->before);
	quiet->waited = false;
	/* Only where it was blocked before may one wait. */
	if (sigismember(&quiet->before, SIGPIPE)) {
		sigpending(&set);
		quiet->waited = sigismember(&set, SIGPIPE);
	}
}

ssize_t evert_quiet_end(const struct evert_quiet *quiet, ssize_t size)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t set;

	sigpipe_alone(&set);
	if (size == -EPIPE && !quiet->waited)
		sigtimedwait(&set, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &quiet->before, NULL);
	return size;
}
