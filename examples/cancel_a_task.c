/* SPDX-License-Identifier: MIT */
/* A task that works until it is cancelled, cleans up, and says so. */
#include <evert.h>

#include <stdio.h>

#include "common/example.h"

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static struct evert_result long_running_task(void *arg)
{
	struct evert_result r;

	(void)arg;
	for (;;) {
		r = evert_await(evert_sleep(1.0));
		if (evert_result_is_failure(&r))
			break;
		say("Working...");
	}
	if (evert_result_failed_with(&r, EVERT_CANCELLED))
		say("Task was cancelled, cleaning up");
	return r; /* whoever awaits the task hears that it was cancelled */
}

static struct evert_result run(void *arg)
{
	struct evert_deferred *task = evert_spawn(long_running_task, NULL);
	struct evert_result slept = evert_await(evert_sleep(3.0));
	struct evert_result r;

	(void)arg;
	evert_deferred_cancel(task);
	r = evert_await(task);
	if (evert_result_is_failure(&slept)) {
		evert_result_release(r);
		return slept;
	}
	if (!evert_result_failed_with(&r, EVERT_CANCELLED))
		return r;
	say("Task cancelled successfully");
	evert_result_release(r);
	return evert_result_none();
}

int main(int argc, char **argv)
{
	const struct example_option options[] = {
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Cancels a task that has worked for three seconds.", "", 0, 0,
		options,
	};

	example_begin(&example, argc, argv);
	return evert_run(run, NULL);
}
