/* SPDX-License-Identifier: MIT */
/*
 * Worker processes on a simulated host: what a pool of workers
 * (protocols/worker/worker_pool.h) starts there. Each has the other end of its
 * socket, answers calls after a while, and may die at any time, before it has
 * answered or in the middle of it, or hang when it is to leave; killed, it ends
 * at once. They are all played by one reactor of the host, so the connection of
 * one that was killed may be gone before its end is told, or after.
 *
 * Checked are what a kernel sees: that a process is reaped once, that one is
 * not given two calls at once, and that there are never more than are allowed.
 */
#ifndef TESTS_SIM_COMMON_PROCESSES_H
#define TESTS_SIM_COMMON_PROCESSES_H

#include <evert.h>

struct processes_options {
	size_t most;	  /* at once */
	double most_work; /* seconds that a call takes, at most */
	/* How often a worker dies, instead of answering or meanwhile; how often
	   one hangs that is to leave, and none can be begun. */
	double death, hang, refusal;
	evert_worker_function function; /* that all calls are to */
};

/* The host has processes from now on; call it before a reactor is made there.
   One host at a time. */
void processes_install(struct evert_sim *sim, struct evert_sim_host *host,
		       const struct processes_options *options);

/* From now on nothing goes wrong. */
void processes_calm_down(void);

/* How many were begun, have not ended, were not reaped. */
size_t processes_begun(void);
size_t processes_running(void);
size_t processes_unreaped(void);

#endif
