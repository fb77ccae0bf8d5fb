/* SPDX-License-Identifier: MIT */
#include "modes.h"

#include <stdio.h>
#include <time.h>

#include "server.h"

enum { FIRST = 10 };

/* A server may tidy up after a burst. */
static int64_t settled_memory(pid_t pid)
{
	struct timespec moment = { .tv_nsec = 100000000 };

	nanosleep(&moment, NULL);
	return server_memory(pid);
}

void mode_memory(struct job *job)
{
	int64_t before;

	swarm_grow(&job->swarm, FIRST);
	before = settled_memory(job->pid);
	swarm_grow(&job->swarm, job->connections);
	printf("bytes %.1f\n",
	       (double)(settled_memory(job->pid) - before) /
		       (double)(job->connections - FIRST));
}
