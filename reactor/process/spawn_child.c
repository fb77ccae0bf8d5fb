/* SPDX-License-Identifier: MIT */
/*
 * The child, until it is another program. It calls the kernel by syscall(2):
 * the C library's setuid(2) and the like would change all threads of the
 * process that it takes this one for, and a sanitizer would take what happens
 * here for what happens there. (Not for MIPS, whose kernel has another layout
 * for the dispositions of signals, and more signals.)
 */
#include "spawn_internal.h"

#include <errno.h>
#include <signal.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where they came later, those with 32 bits. */
#ifdef SYS_setgroups32
enum { SET_GROUPS = SYS_setgroups32, SET_GROUP = SYS_setresgid32,
       SET_USER = SYS_setresuid32 };
#else
enum { SET_GROUPS = SYS_setgroups, SET_GROUP = SYS_setresgid,
       SET_USER = SYS_setresuid };
#endif

enum {
	SIGNALS = 64,
	MASK_SIZE = 8,	  /* of a set of them */
	NOT_STARTED = 127, /* nobody sees it */
};

/* The first word of the kernel's structure; zeros behind it mean the same on
   all processors. */
struct disposition {
	void (*handler)(int number);
	unsigned long rest[15];
};

/* ---- Steps: an errno each, or 0 ---- */

static EVERT_IN_CHILD int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static EVERT_IN_CHILD int take_terminal(void)
{
	if (syscall(SYS_setsid) < 0)
		return errno;
	return outcome(syscall(SYS_ioctl, STDIN_FILENO, TIOCSCTTY, 0));
}

static EVERT_IN_CHILD int join_group(const struct evert_spawn_plan *plan)
{
	if (plan->options->has_terminal)
		return take_terminal();
	switch (plan->options->group) {
	case EVERT_CHILD_IN_OWN_GROUP:
		return outcome(syscall(SYS_setpgid, 0, 0));
	case EVERT_CHILD_IN_OWN_SESSION:
		return outcome(syscall(SYS_setsid));
	default:
		return 0;
	}
}

static EVERT_IN_CHILD int change_directory(struct evert_spawn_plan *plan)
{
	const char *directory = plan->options->directory;

	if (!directory)
		return 0;
	plan->detail = directory;
	return outcome(syscall(SYS_chdir, directory));
}

static EVERT_IN_CHILD int set_umask(const struct evert_spawn_plan *plan)
{
	if (plan->options->umask)
		syscall(SYS_umask, *plan->options->umask);
	return 0;
}

/* The kernel's priorities run from 40 (nice -20) to 1. */
static EVERT_IN_CHILD int lower_priority(const struct evert_spawn_plan *plan)
{
	long now;

	if (!plan->options->nice)
		return 0;
	now = syscall(SYS_getpriority, PRIO_PROCESS, 0);
	return outcome(now) ? errno :
			      outcome(syscall(SYS_setpriority, PRIO_PROCESS, 0,
					      20 - now + plan->options->nice));
}

static EVERT_IN_CHILD int set_limits(const struct evert_spawn_plan *plan)
{
	const struct evert_child_limit *limit = plan->options->limits;
	size_t i;

	for (i = 0; i < plan->options->limit_count; i++, limit++)
		if (syscall(SYS_prlimit64, 0, limit->resource, &limit->limit,
			    NULL) < 0)
			return errno;
	return 0;
}

/* Who may not drop groups may not become anybody else, either; that is for
   the next steps to say. */
static EVERT_IN_CHILD int set_groups(const struct evert_spawn_plan *plan)
{
	const struct evert_process_options *options = plan->options;

	if (options->groups)
		return outcome(syscall(SET_GROUPS, options->group_count,
				       options->groups));
	if ((options->user || options->group_id) &&
	    syscall(SET_GROUPS, 0, NULL) < 0 && errno != EPERM)
		return errno;
	return 0;
}

static EVERT_IN_CHILD int set_group(const struct evert_spawn_plan *plan)
{
	const gid_t *id = plan->options->group_id;

	return id ? outcome(syscall(SET_GROUP, *id, *id, *id)) : 0;
}

static EVERT_IN_CHILD int set_user(const struct evert_spawn_plan *plan)
{
	const uid_t *id = plan->options->user;

	return id ? outcome(syscall(SET_USER, *id, *id, *id)) : 0;
}

/* Who asked for it may have ended before. */
static EVERT_IN_CHILD int tie_to_parent(const struct evert_spawn_plan *plan)
{
	int signal = plan->options->parent_death_signal;

	if (!signal)
		return 0;
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0)
		return errno;
	return syscall(SYS_getppid) == plan->parent ? 0 : ESRCH;
}

static EVERT_IN_CHILD bool stays_ignored(const struct evert_spawn_plan *plan,
					 int number)
{
	return !plan->options->resets_all_signals &&
	       (number == SIGHUP || number == SIGINT || number == SIGQUIT);
}

/* Handlers first: one must not run here. */
static EVERT_IN_CHILD int reset_signals(const struct evert_spawn_plan *plan)
{
	static const struct disposition by_default;
	static const uint64_t none;
	struct disposition now;
	int number;

	for (number = 1; number <= SIGNALS; number++) {
		if (syscall(SYS_rt_sigaction, number, NULL, &now, MASK_SIZE) <
			    0 ||
		    now.handler == SIG_DFL ||
		    (now.handler == SIG_IGN && stays_ignored(plan, number)))
			continue;
		syscall(SYS_rt_sigaction, number, &by_default, NULL, MASK_SIZE);
	}
	return outcome(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL,
			       MASK_SIZE));
}

/* ---- The program ---- */

static EVERT_IN_CHILD int execute(const struct evert_spawn_plan *plan,
				  const char *path)
{
	syscall(SYS_execve, path, plan->argv, plan->env);
	return errno;
}

/* "FOLDER/NAME" of the folder at `*search`, which goes on to the next. */
static EVERT_IN_CHILD void next_candidate(const struct evert_spawn_plan *plan,
					  const char **search)
{
	const char *from = *search, *name = plan->path;
	char *to = plan->candidate;

	while (*from && *from != ':')
		*to++ = *from++;
	if (to > plan->candidate)
		*to++ = '/';
	while ((*to++ = *name++))
		;
	*search = *from ? from + 1 : NULL;
}

/* As execvp(3): what cannot be reached is passed over, and what was found but
   may not be run counts where nothing better comes. */
static EVERT_IN_CHILD int search_and_execute(struct evert_spawn_plan *plan)
{
	const char *search = plan->search;
	int error = ENOENT, latest;

	while (search) {
		next_candidate(plan, &search);
		latest = execute(plan, plan->candidate);
		if (latest == EACCES)
			error = EACCES;
		else if (latest != ENOENT && latest != ENOTDIR &&
			 latest != ESTALE && latest != ENODEV &&
			 latest != ETIMEDOUT)
			return latest;
	}
	return error;
}

/* Does a step: has it failed? */
#define FAILS(name, call) \
	(plan->step = (name), plan->detail = NULL, (plan->error = (call)) != 0)

EVERT_IN_CHILD int evert_spawn_child(void *arg)
{
	struct evert_spawn_plan *plan = arg;

	(void)(FAILS("descriptors", evert_spawn_descriptors(plan)) ||
	       FAILS("process group", join_group(plan)) ||
	       FAILS("directory", change_directory(plan)) ||
	       FAILS("umask", set_umask(plan)) ||
	       FAILS("priority", lower_priority(plan)) ||
	       FAILS("limits", set_limits(plan)) ||
	       FAILS("supplementary groups", set_groups(plan)) ||
	       FAILS("group", set_group(plan)) ||
	       FAILS("user", set_user(plan)) ||
	       FAILS("parent death signal", tie_to_parent(plan)) ||
	       FAILS("signals", reset_signals(plan)) ||
	       FAILS("exec", plan->search ? search_and_execute(plan) :
					    execute(plan, plan->path)));
	syscall(SYS_exit_group, NOT_STARTED);
	return 0;
}
