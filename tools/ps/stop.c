/* SPDX-License-Identifier: MIT */
#include "stop.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "moment.h"
#include "report.h"

/* Milliseconds: a thread that the kernel holds for longer is not waited for. */
enum { PATIENCE = 5, PATIENCE_AT_END = 1000 };

/* ---- Threads ---- */

static bool is_known(const struct stopped *stopped, pid_t id)
{
	size_t i;

	for (i = 0; i < stopped->count; i++)
		if (stopped->threads[i].id == id)
			return true;
	return false;
}

/* One that ends just now need not be stopped. */
static int seize(struct stopped *stopped, pid_t id)
{
	if (ptrace(PTRACE_SEIZE, id, NULL, NULL))
		return errno == ESRCH ? 0 : -errno;
	stopped->threads = resize(stopped->threads, stopped->count + 1,
				  sizeof(*stopped->threads));
	stopped->threads[stopped->count++] =
		(struct stopped_thread){ .id = id };
	return 0;
}

/* Those that are not known yet. */
static int seize_all(struct stopped *stopped, pid_t process)
{
	char path[64];
	struct dirent *entry;
	DIR *folder;
	int error = 0;
	pid_t id;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while (!error && (entry = readdir(folder))) {
		id = (pid_t)atoi(entry->d_name);
		if (id > 0 && !is_known(stopped, id))
			error = seize(stopped, id);
	}
	closedir(folder);
	return error;
}

/* ---- Stopping ---- */

/* Has it stopped, or ended? */
static bool look_at(struct stopped_thread *thread)
{
	int status;
	pid_t found = waitpid(thread->id, &status, __WALL | WNOHANG);

	if (!found)
		return false;
	if (found == thread->id && WIFSTOPPED(status)) {
		thread->stopped = true;
		if (status >> 16 != PTRACE_EVENT_STOP)
			thread->signal = WSTOPSIG(status);
	} else {
		thread->id = 0;
	}
	return true;
}

static size_t count_moving(struct stopped *stopped)
{
	struct stopped_thread *thread = stopped->threads;
	size_t count = 0;

	for (; thread < stopped->threads + stopped->count; thread++)
		if (thread->id && !thread->stopped)
			count += !look_at(thread);
	return count;
}

/* It stands from when the first thread has stopped: not before the last time
   that all were seen to move. */
static int wait_for_all(struct stopped *stopped, uint64_t until)
{
	static const struct timespec moment = { .tv_nsec = 20000 };
	uint64_t now = moment_now();
	size_t moving;

	while ((moving = count_moving(stopped))) {
		if (moving == stopped->count)
			stopped->since = now;
		if (now > until)
			return -ETIMEDOUT;
		nanosleep(&moment, NULL);
		now = moment_now();
	}
	return 0;
}

/* Others of this machine are to wait meanwhile, if we may have that. */
static void hurry(bool on)
{
	struct sched_param parameter = { .sched_priority = on };

	sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &parameter);
}

int stop_process(struct stopped *stopped, pid_t process)
{
	size_t known = 0;
	int error;

	*stopped = (struct stopped){ 0 };
	error = seize_all(stopped, process);
	hurry(true);
	stopped->since = moment_now();
	while (!error && known < stopped->count) {
		for (; known < stopped->count; known++)
			ptrace(PTRACE_INTERRUPT, stopped->threads[known].id,
			       NULL, NULL);
		error = wait_for_all(stopped,
				     moment_now() + PATIENCE * 1000000u);
		if (!error) /* what they had begun before they stopped */
			error = seize_all(stopped, process);
	}
	return error;
}

uint64_t stop_end(struct stopped *stopped)
{
	struct stopped_thread *thread;
	uint64_t stood = 0;
	size_t i;

	for (i = 0; i < 2; i++) {
		for (thread = stopped->threads;
		     thread < stopped->threads + stopped->count; thread++)
			if (thread->id && thread->stopped) {
				ptrace(PTRACE_DETACH, thread->id, NULL,
				       (void *)(intptr_t)thread->signal);
				thread->id = 0;
			}
		if (!i) {
			stood = moment_now() - stopped->since;
			hurry(false);
			wait_for_all(stopped,
				     moment_now() + PATIENCE_AT_END * 1000000u);
		}
	}
	free(stopped->threads);
	*stopped = (struct stopped){ 0 };
	return stood;
}
