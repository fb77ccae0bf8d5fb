/* SPDX-License-Identifier: MIT */
/* A run of seeds in a process of its own, and what came of it. */
#ifndef EVERT_REACTOR_SIM_SEARCH_INTERNAL_H
#define EVERT_REACTOR_SIM_SEARCH_INTERNAL_H

#include <time.h>

#include "search.h"
#include "trace_internal.h"
#include "variant_internal.h"

/* What a run fails by: others that fail otherwise are not it made smaller. */
struct evert_sim_failure {
	uint64_t message; /* evert_sim_trace.failure */
	int status;
	bool hung;
};

struct evert_sim_search {
	void (*scenario)(struct evert_sim *sim);
	uint64_t from, seeds;
	bool alone; /* only `from`, in this process */
	/* Of real time: how long a seed may take; when no other is begun, by
	   evert_sim_real_seconds, 0: it does not matter. */
	double seconds, end;
	struct evert_sim_variant variant;
	struct evert_sim_failure failure; /* that is made smaller */
	const char *program;
};

/* In memory that is shared with the process that runs the seeds. */
struct evert_sim_progress {
	struct evert_sim_trace trace; /* of the latest seed */
	uint64_t seeds, steps;	      /* that went well; in all of these */
	double seconds;		      /* simulated */
	bool all;		      /* were tried, and went well */
	_Atomic double until;	      /* the latest may go on */
	bool hung;		      /* the latest: its time was over */
	int status; /* of the process in the end, as waitpid(2) has it */
};

static inline double evert_sim_real_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* From the command line: 0, or -EINVAL, after saying what is wrong. */
int evert_sim_search_options(struct evert_sim_search *search, int argc,
			     char **argv);

/* Says the options that make it this run, behind the program's name. */
void evert_sim_search_say(const struct evert_sim_search *search);

/* NULL: there is no memory. */
struct evert_sim_progress *evert_sim_progress_create(void);

/* Before the first seed of a process. */
void evert_sim_search_prepare(void);

/* One seed, here. Stops the process if it fails. */
void evert_sim_search_one(const struct evert_sim_search *search, uint64_t seed,
			  struct evert_sim_progress *progress);

/* All of them, in a child. 0: they went well; 1: the latest one failed, and
   `progress` says how; or -errno. `quiet`: what it says is not shown. */
int evert_sim_search_run(const struct evert_sim_search *search,
			 struct evert_sim_progress *progress, bool quiet);

/* Makes `search`, whose seed `from` fails, a smaller one that fails, too, in as
   much time as a seed may take at most, and tells its steps. False: now that
   seed went well. */
bool evert_sim_shrink(struct evert_sim_search *search, uint64_t *steps,
		      struct evert_sim_progress *progress);

#endif
