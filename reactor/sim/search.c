/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "../../deferred/base/say_internal.h"
#include "search_internal.h"

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell_success(const struct evert_sim_progress *progress,
			 double seconds)
{
	evert_say("%" PRIu64 " seeds went well: %" PRIu64 " steps, %.0f "
		  "simulated seconds in %.2f (%.0f to 1)\n",
		  progress->seeds, progress->steps, progress->seconds, seconds,
		  progress->seconds / seconds);
}

static void tell_end(int status)
{
	if (status < 0)
		evert_say("evert: the seeds can't be tried: %s\n",
			  strerror(-status));
	else if (WIFSIGNALED(status))
		evert_say("evert: the simulation ended by signal %d (%s)\n",
			  WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		evert_say("evert: the simulation ended with status %d\n",
			  WEXITSTATUS(status));
}

static void tell_smaller(struct evert_sim_search *search,
			 struct evert_sim_progress *progress)
{
	evert_say("evert: to see it again:\n");
	evert_sim_search_say(search);
	evert_sim_shrink(search, progress);
	/* Once more, for its steps. */
	if (!evert_sim_search_run(search, progress, true))
		return;
	evert_say("evert: the smallest run that fails has %" PRIu64 " steps:\n",
		  progress->trace.steps);
	evert_sim_search_say(search);
}

static int try_all(struct evert_sim_search *search,
		   struct evert_sim_progress *progress)
{
	double begun = seconds_now();
	int status = evert_sim_search_run(search, progress, false);

	if (!status) {
		tell_success(progress, seconds_now() - begun);
		return 0;
	}
	tell_end(status);
	if (status < 0)
		return 1;
	if (!progress->trace.told)
		evert_sim_trace_tell(&progress->trace);
	search->from = progress->trace.seed;
	tell_smaller(search, progress);
	return 1;
}

static int try_one(const struct evert_sim_search *search,
		   struct evert_sim_progress *progress)
{
	evert_sim_search_one(search, search->from, progress);
	evert_say("seed %" PRIu64 " went well: %" PRIu64
		  " steps, hash %016" PRIx64 "\n",
		  search->from, progress->steps, progress->trace.hash);
	return 0;
}

int evert_sim_search(int argc, char **argv,
		     void (*scenario)(struct evert_sim *sim))
{
	struct evert_sim_search search = {.scenario = scenario};
	struct evert_sim_progress *progress;
	int status;

	if (evert_sim_search_options(&search, argc, argv))
		return 2;
	progress = evert_sim_progress_create();
	if (!progress) {
		tell_end(-errno);
		return 1;
	}
	status = search.alone ? try_one(&search, progress)
			      : try_all(&search, progress);
	munmap(progress, sizeof(*progress));
	return status;
}
