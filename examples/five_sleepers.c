/* SPDX-License-Identifier: MIT */
/* Five coroutines that sleep for a random time each, and one that waits for
   them. */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/example.h"

enum { SLEEPERS = 5 };

static struct evert_result random_sleep(void *arg)
{
	int number = *(int *)arg;
	double delay = 5.0 * rand() / RAND_MAX;
	struct evert_result slept;

	printf("%d sleeps for %.2f seconds\n", number, delay);
	fflush(stdout);
	slept = evert_await(evert_sleep(delay));
	if (evert_result_is_failure(&slept))
		return slept;
	printf("%d awakens\n", number);
	fflush(stdout);
	return evert_result_none();
}

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static struct evert_result five_sleepers(void *arg)
{
	int numbers[SLEEPERS];
	struct evert_deferred *tasks[SLEEPERS], *all;
	struct evert_result r;
	int i;

	(void)arg;
	say("Creating five tasks");
	for (i = 0; i < SLEEPERS; i++) {
		numbers[i] = i;
		tasks[i] = evert_spawn(random_sleep, &numbers[i]);
	}
	all = evert_gather(tasks, SLEEPERS, EVERT_CANCEL_REST);
	say("Sleeping after starting five tasks");
	r = evert_await(evert_sleep(2.0));
	if (evert_result_is_failure(&r))
		evert_deferred_cancel(all);
	else
		say("Waking and waiting for five tasks");
	evert_result_release(r);
	return evert_await(all);
}

static struct evert_result run(void *arg)
{
	struct evert_result r = five_sleepers(arg);

	if (!evert_result_is_failure(&r))
		say("Done five tasks");
	return r;
}

int main(int argc, char **argv)
{
	double seed = (double)time(NULL);
	const struct example_option options[] = {
		{ "--seed", "N", "repeat the times of another run", NULL,
		  &seed },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Waits for five tasks that sleep up to five seconds.", "", 0,
		0, options,
	};

	example_begin(&example, argc, argv);
	srand((unsigned)seed);
	return evert_run(run, NULL);
}
