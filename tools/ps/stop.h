/* SPDX-License-Identifier: MIT */
/* Stopping all threads of a process, for a moment, by ptrace(2). */
#ifndef EVERT_PS_STOP_H
#define EVERT_PS_STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stopped_thread {
	pid_t id;
	bool stopped;
	int signal; /* that it was about to get, or 0 */
};

struct stopped {
	struct stopped_thread *threads;
	size_t count;
	uint64_t since; /* nanoseconds */
};

/* 0: it stands still. -errno: it could not be stopped, or not all of it soon
   enough; what is stopped is to be let go on in any case. */
int stop_process(struct stopped *stopped, pid_t process);

/* Lets it go on; how long it stood, in nanoseconds. */
uint64_t stop_end(struct stopped *stopped);

#endif
