/* SPDX-License-Identifier: MIT */
/*
 * A child that is to become another program shares this one's memory until
 * then: nothing is copied, however much there is. Its thread stands still
 * meanwhile, but the others do not; so no handler of a signal may run in the
 * child, where it would change what they see, and all signals are blocked:
 * glibc's own too, which sigfillset(3) leaves out.
 */
#include "processes_internal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../deferred/base/descriptor_internal.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000 /* Linux 5.2; older ones take no notice of it */
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* of all processors */
#endif

enum {
	CHILD_STACK = 16384, /* it calls little */
	MASK_SIZE = 8,	     /* of a set of signals, as the kernel has it */
};

static void set_mask(const void *mask, void *before)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, before, MASK_SIZE);
}

/* Apart, so that its frame holds nothing but the stack that it lends. */
EVERT_APART static pid_t clone_on_this_stack(int (*child)(void *arg), void *arg,
					     int *pidfd)
{
	_Alignas(16) char stack[CHILD_STACK];
	pid_t pid = clone(child, stack + sizeof(stack),
			  CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, arg,
			  pidfd);

	return pid < 0 ? -errno : pid;
}

pid_t evert_system_spawn(struct evert_system *system, int (*child)(void *arg),
			 void *arg, int *pidfd)
{
	const uint64_t all = UINT64_MAX;
	uint64_t before;
	int made = -1;
	pid_t pid;

	(void)system;
	set_mask(&all, &before);
	pid = clone_on_this_stack(child, arg, &made);
	set_mask(&before, NULL);
	*pidfd = pid < 0 ? -1 : evert_descriptor_beyond_stderr(made);
	return pid;
}

/* glibc's does not ask what was used. */
int evert_system_waitid(struct evert_system *system, pid_t pid, int options,
			int *code, int *status, struct rusage *usage)
{
	siginfo_t info = { .si_pid = 0 };

	(void)system;
	if (syscall(SYS_waitid, P_PID, pid, &info, options, usage) < 0)
		return -errno;
	*code = info.si_pid ? info.si_code : 0;
	*status = info.si_status;
	return 0;
}

int evert_system_kill(struct evert_system *system, pid_t pid, int signal)
{
	(void)system;
	return kill(pid, signal) < 0 ? -errno : 0;
}

int evert_system_pidfd_send_signal(struct evert_system *system, int pidfd,
				   int signal)
{
	(void)system;
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ?
		       -errno :
		       0;
}
