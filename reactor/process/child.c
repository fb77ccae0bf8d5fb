/* SPDX-License-Identifier: MIT */
#include "child_internal.h"

#include <errno.h>
#include <sys/wait.h>

/* ---- How it ended ---- */

static struct evert_exit exit_of(int code, int status,
				 const struct rusage *usage)
{
	bool exited = code == CLD_EXITED;

	return (struct evert_exit){
		.kind = exited ? EVERT_EXITED : EVERT_KILLED,
		.code = exited ? status : -1,
		.signal = exited ? 0 : status,
		.dumped_core = code == CLD_DUMPED,
		.usage = *usage,
	};
}

/* Of one whose end this process does not see. */
static struct evert_exit unseen(enum evert_exit_kind kind)
{
	return (struct evert_exit){ .kind = kind, .code = -1 };
}

/* With options of waitid(2). Has it ended? Then `*exit` says how. */
static bool wait_for(const struct evert_child *child, int options,
		     struct evert_exit *exit)
{
	struct evert_system *system = child->reactor->system;
	int error, code = 0, status = 0;
	struct rusage usage;

	do {
		error = system->ops->waitid(system, child->pid,
					    WEXITED | options, &code, &status,
					    &usage);
	} while (error == -EINTR);
	if (!error && !code)
		return false;
	*exit = error ? unseen(EVERT_EXIT_UNKNOWN) :
			exit_of(code, status, &usage);
	return true;
}

/* ---- Watching ---- */

static void stop_watching(struct evert_child *child)
{
	struct evert_system *system = child->reactor->system;

	evert_list_remove(&child->errand.node);
	if (!child->is_watched)
		return;
	child->is_watched = false;
	if (child->pidfd < 0) {
		evert_sigchld_leave(child);
		return;
	}
	evert_watch_remove(&child->watch);
	system->ops->close(system, child->pidfd);
	child->pidfd = -1;
}

void evert_child_look(struct evert_child *child)
{
	struct evert_exit exit;

	if (!wait_for(child, WNOHANG | (child->is_kept ? WNOWAIT : 0), &exit))
		return;
	child->has_ended = true;
	child->is_reaped = !child->is_kept || exit.kind == EVERT_EXIT_UNKNOWN;
	stop_watching(child);
	child->told(child, &exit);
}

static struct evert_child *child_at(struct evert_watch *watch)
{
	return evert_container_of(watch, struct evert_child, watch);
}

static void ready(struct evert_watch *watch, unsigned what)
{
	(void)what;
	evert_child_look(child_at(watch));
}

/* The poller has no room for it; or somebody has closed it. */
static void unwatchable(struct evert_watch *watch, int error)
{
	struct evert_child *child = child_at(watch);
	struct evert_system *system = child->reactor->system;
	struct evert_exit exit;

	evert_watch_remove(watch);
	if (error != EBADF)
		system->ops->close(system, child->pidfd);
	child->pidfd = -1;
	if (!evert_sigchld_join(child))
		return;
	child->is_watched = false;
	exit = evert_child_destroy(child, false);
	child->told(child, &exit);
}

static void describe(const struct evert_watch *watch, struct evert_text *to)
{
	const struct evert_child *child =
		evert_container_of(watch, const struct evert_child, watch);

	evert_text_add(to, " %ld", (long)child->pid);
}

static const struct evert_watch_ops watch_ops = {
	.kind = "process",
	.describe = describe,
	.ready = ready,
	.unwatchable = unwatchable,
};

static int watch_pidfd(struct evert_child *child)
{
	int error = evert_watch_add(&child->watch, child->reactor,
				    child->pidfd, &watch_ops);

	if (!error)
		evert_watch_begin(&child->watch, EVERT_ATTACHED | EVERT_READ);
	return error;
}

/* In a fork's child: it is the parent's, unless it was started since. */
static void lose(struct evert_errand *errand)
{
	struct evert_child *child =
		evert_container_of(errand, struct evert_child, errand);
	struct evert_exit exit = unseen(EVERT_LEFT_RUNNING);

	if (child->forks == evert_forks_now())
		return;
	child->has_ended = child->is_reaped = true;
	stop_watching(child);
	child->told(child, &exit);
}

int evert_child_begin(struct evert_child *child, struct evert_reactor *reactor,
		      const struct evert_spawned *spawned,
		      evert_child_told told)
{
	int error;

	*child = (struct evert_child){
		.reactor = reactor,
		.told = told,
		.pid = spawned->pid,
		.pidfd = spawned->pidfd,
		.forks = evert_forks_now(),
		.is_watched = true,
		.errand = { .begin_anew = lose },
	};
	evert_list_init(&child->node);
	evert_errand_join(reactor, &child->errand);
	error = child->pidfd < 0 ? evert_sigchld_join(child)
				 : watch_pidfd(child);
	if (!error)
		return 0;
	if (child->pidfd < 0)
		child->is_watched = false;
	evert_child_destroy(child, false);
	return error;
}

/* ---- The end ---- */

void evert_child_release(struct evert_child *child)
{
	struct evert_exit exit;

	child->is_kept = false;
	if (child->has_ended && !child->is_reaped)
		wait_for(child, WNOHANG, &exit);
	child->is_reaped = child->has_ended;
}

void evert_child_keep(struct evert_child *child)
{
	if (!child->has_ended)
		child->is_kept = true;
}

void evert_child_leave(struct evert_child *child)
{
	evert_child_release(child);
	stop_watching(child);
	child->has_ended = child->is_reaped = true;
}

struct evert_exit evert_child_destroy(struct evert_child *child,
				      bool has_own_group)
{
	struct evert_exit exit = unseen(EVERT_EXIT_UNKNOWN);

	if (has_own_group)
		evert_child_signal_group(child, SIGKILL);
	/* One of another user may not be killed: who knows when it ends. */
	if (evert_child_signal(child, SIGKILL) == -EPERM)
		exit = unseen(EVERT_LEFT_RUNNING);
	else if (!child->is_reaped)
		wait_for(child, 0, &exit);
	child->has_ended = child->is_reaped = true;
	child->is_kept = false;
	stop_watching(child);
	return exit;
}

/* ---- Signals ---- */

/* In a fork's child it is the parent's to be ended. */
static bool is_another_s(const struct evert_child *child)
{
	return child->forks != evert_forks_now();
}

int evert_child_signal(struct evert_child *child, int signal)
{
	struct evert_system *system = child->reactor->system;

	if (child->has_ended || is_another_s(child))
		return -ESRCH;
	return child->pidfd < 0 ?
		       system->ops->kill(system, child->pid, signal) :
		       system->ops->pidfd_send_signal(system, child->pidfd,
						      signal);
}

int evert_child_signal_group(struct evert_child *child, int signal)
{
	struct evert_system *system = child->reactor->system;

	return child->is_reaped || is_another_s(child) ?
		       -ESRCH :
		       system->ops->kill(system, -child->pid, signal);
}
