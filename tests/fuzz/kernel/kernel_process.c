/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "../../../reactor/process/spawn_internal.h"
#include "kernel.h"
#include "process.h"

struct kernel_child kernel_children[KERNEL_CHILDREN];
unsigned kernel_begun, kernel_reaped;
static bool has_sigchld; /* on its way, one for all that have ended */

void kernel_processes_begin(void)
{
	memset(kernel_children, 0, sizeof(kernel_children));
	kernel_begun = kernel_reaped = 0;
	has_sigchld = false;
}

static struct kernel_child *by_number(unsigned number)
{
	int i;

	for (i = 0; i < KERNEL_CHILDREN; i++)
		if (kernel_children[i].number == number)
			return &kernel_children[i];
	return NULL;
}

/* It is a bug if that is nobody's. */
static struct kernel_child *by_pid(pid_t pid)
{
	struct kernel_child *child = &kernel_children[pid - KERNEL_FIRST_PID];

	must(pid >= KERNEL_FIRST_PID &&
	     pid < KERNEL_FIRST_PID + KERNEL_CHILDREN);
	must(child->state != KERNEL_NO_CHILD);
	return child;
}

bool kernel_child_runs(unsigned number)
{
	struct kernel_child *child = by_number(number);

	return child && child->state == KERNEL_CHILD_RUNS;
}

void kernel_child_end(struct kernel_child *child, int code, int status)
{
	if (child->state != KERNEL_CHILD_RUNS)
		return;
	has_sigchld = true;
	child->state = KERNEL_CHILD_ENDED;
	child->code = code;
	child->status = status;
}

bool kernel_sigchld(void)
{
	if (!has_sigchld)
		return false;
	has_sigchld = false;
	raise(SIGCHLD);
	return true;
}

void kernel_child_close(struct kernel_child *child, int fd)
{
	if (child->fds[fd])
		kernel_let_go(child->fds[fd]);
	child->fds[fd] = NULL;
}

/* ---- Its begin ---- */

static void give_fds(struct kernel_child *child,
		     const struct evert_spawn_plan *plan)
{
	const struct evert_child_source *source = plan->sources;
	size_t i;

	for (i = 0; i < plan->source_count; i++, source++) {
		must(source->to < KERNEL_CHILD_FDS);
		if (source->from < 0)
			continue;
		child->fds[source->to] = kernel_file(source->from);
		kernel_hold(child->fds[source->to]);
	}
}

static int give_pidfd(const struct kernel_child *child)
{
	struct kernel_file *file;
	int fd;

	if (kernel_planned(KERNEL_PIDFD, NULL))
		return -1;
	file = kernel_new(KERNEL_IS_PROCESS);
	file->child = child->number;
	fd = kernel_give(file);
	if (fd < 0)
		free(file);
	return fd < 0 ? -1 : fd;
}

/* A free number, whose former owner has left nothing open. */
static struct kernel_child *find_free(void)
{
	int i, fd;

	for (i = 0; i < KERNEL_CHILDREN; i++)
		if (kernel_children[i].state == KERNEL_NO_CHILD)
			break;
	if (i == KERNEL_CHILDREN)
		return NULL;
	for (fd = 0; fd < KERNEL_CHILD_FDS; fd++)
		kernel_child_close(&kernel_children[i], fd);
	return &kernel_children[i];
}

pid_t kernel_spawn(struct evert_system *system, int (*run)(void *arg),
		   void *arg, int *pidfd)
{
	struct evert_spawn_plan *plan = arg;
	int error = kernel_planned(KERNEL_SPAWN, NULL);
	struct kernel_child *child = find_free();

	(void)system;
	(void)run;
	if (error || !child)
		return error ? error : -EAGAIN;
	*child = (struct kernel_child){
		.state = KERNEL_CHILD_RUNS,
		.number = ++kernel_begun,
		.leads = plan->options->group != EVERT_CHILD_IN_OUR_GROUP,
	};
	*pidfd = give_pidfd(child);
	plan->error = -kernel_planned(KERNEL_EXEC, NULL);
	if (plan->error) {
		plan->step = "the program";
		kernel_child_end(child, CLD_EXITED, 127);
	} else {
		give_fds(child, plan);
	}
	return (pid_t)(child - kernel_children) + KERNEL_FIRST_PID;
}

/* ---- Its end ---- */

int kernel_waitid(struct evert_system *system, pid_t pid, int options,
		  int *code, int *status, struct rusage *usage)
{
	struct kernel_child *child = by_pid(pid);
	int error = kernel_planned(KERNEL_WAITID, NULL);

	(void)system;
	/* Somebody else has reaped it. */
	if (error == -ECHILD && child->state == KERNEL_CHILD_RUNS)
		error = 0;
	if (error == -ECHILD) {
		child->state = KERNEL_NO_CHILD;
		kernel_reaped++;
	}
	if (error)
		return error;
	*code = *status = 0;
	memset(usage, 0, sizeof(*usage));
	/* Who waits for one that runs stands still. */
	must(options & WNOHANG || child->state == KERNEL_CHILD_ENDED);
	if (child->state == KERNEL_CHILD_RUNS)
		return 0;
	*code = child->code;
	*status = child->status;
	if (options & WNOWAIT)
		return 0;
	child->state = KERNEL_NO_CHILD;
	kernel_reaped++;
	return 0;
}

static int kill_child(struct kernel_child *child, int number)
{
	int error = kernel_planned(KERNEL_KILL, NULL);

	if (error)
		return error;
	if (number < 0 || number > SIGRTMAX)
		return -EINVAL;
	if (child->is_another_user_s)
		return -EPERM;
	if (number == SIGKILL) {
		child->was_killed = true;
		kernel_child_end(child, CLD_KILLED, SIGKILL);
	}
	return 0;
}

/* A negative one is a group's, which is there as long as its leader is. */
int kernel_kill(struct evert_system *system, pid_t pid, int signal)
{
	struct kernel_child *child = by_pid(pid < 0 ? -pid : pid);

	(void)system;
	must(pid > 0 || child->leads);
	return kill_child(child, signal);
}

int kernel_pidfd_send_signal(struct evert_system *system, int pidfd,
			     int signal)
{
	struct kernel_file *file = kernel_file(pidfd);
	struct kernel_child *child = by_number(file->child);

	(void)system;
	must(file->kind == KERNEL_IS_PROCESS);
	if (!child || child->state == KERNEL_NO_CHILD)
		return -ESRCH;
	return kill_child(child, signal);
}
