/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/say_internal.h"
#include "search_internal.h"

static void tell_success(const struct evert_sim_progress *progress,
			 double seconds)
{
	evert_say("%" PRIu64 " seeds went well: %" PRIu64 " steps, %.0f "
		  "simulated seconds in %.2f (%.0f to 1)\n",
		  progress->seeds, progress->steps, progress->seconds, seconds,
		  progress->seconds / seconds);
}

static void tell_exit(int status)
{
	evert_say("evert: the program ended by exit(%d)%s; a scenario has to "
		  "return\n",
		  status, status ? ", or by a sanitizer" : "");
}

static void tell_end(const struct evert_sim_search *search,
		     const struct evert_sim_progress *progress)
{
	int status = progress->status;

	if (progress->hung)
		evert_say("evert: the simulation hung: it had no end after %g "
			  "seconds\n",
			  search->seconds);
	else if (WIFSIGNALED(status))
		evert_say("evert: the simulation ended by signal %d (%s)\n",
			  WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		tell_exit(WEXITSTATUS(status));
}

/* 0: all went well; 1: one failed; or -errno. */
static int run_and_tell(const struct evert_sim_search *search,
			struct evert_sim_progress *progress)
{
	int failed = evert_sim_search_run(search, progress, false);

	if (failed <= 0)
		return failed;
	tell_end(search, progress);
	if (!progress->trace.told)
		evert_sim_trace_tell(&progress->trace);
	return 1;
}

static void tell_smaller(struct evert_sim_search *search,
			 struct evert_sim_progress *progress)
{
	uint64_t steps;

	evert_say("evert: to see it again:\n");
	evert_sim_search_say(search);
	if (!evert_sim_shrink(search, &steps, progress)) {
		evert_say("evert: tried once more, alone, it went well: it "
			  "fails by what other seeds left, or by chance that "
			  "is not drawn\n");
		return;
	}
	evert_say("evert: the smallest run that fails so%s has %" PRIu64
		  " steps:\n",
		  evert_sim_real_seconds() < search->end
			  ? ""
			  : ", of those that there was time for,",
		  steps);
	evert_sim_search_say(search);
	search->end = 0;
	run_and_tell(search, progress);
}

static int say_error(int error)
{
	evert_say("evert: the seeds can't be tried: %s\n", strerror(-error));
	return 1;
}

static int try_all(struct evert_sim_search *search,
		   struct evert_sim_progress *progress)
{
	double begun = evert_sim_real_seconds();
	int failed = run_and_tell(search, progress);

	if (failed < 0)
		return say_error(failed);
	if (!failed) {
		tell_success(progress, evert_sim_real_seconds() - begun);
		return 0;
	}
	search->from = progress->trace.seed;
	tell_smaller(search, progress);
	return 1;
}

/* What runs in this process, whose end would look like its success. */
static struct {
	pid_t process; /* 0: nothing */
	struct evert_sim_progress *progress;
} alone;

/* With which status nobody says. */
static void ended_alone(void)
{
	if (alone.process != getpid())
		return;
	fflush(NULL);
	evert_say("evert: the program called exit; a scenario has to return\n");
	evert_sim_trace_tell(&alone.progress->trace);
	_exit(1);
}

static int try_one(const struct evert_sim_search *search,
		   struct evert_sim_progress *progress)
{
	alone.progress = progress;
	alone.process = getpid();
	atexit(ended_alone);
	at_quick_exit(ended_alone);
	evert_sim_search_prepare();
	evert_sim_search_one(search, search->from, progress);
	alone.process = 0;
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

	if (!scenario)
		evert_bug("evert_sim_search was given no scenario");
	if (evert_sim_search_options(&search, argc, argv))
		return 2;
	progress = evert_sim_progress_create();
	if (!progress)
		return say_error(-errno);
	status = search.alone ? try_one(&search, progress)
			      : try_all(&search, progress);
	munmap(progress, sizeof(*progress));
	return status;
}
