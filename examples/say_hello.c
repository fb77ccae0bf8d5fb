/* SPDX-License-Identifier: MIT */
/* Two greetings that wait at the same time: 1.0 s and 0.5 s take 1.0 s. */
#include <evert.h>

#include <stdio.h>

#include "common/example.h"

struct hello {
	const char *name;
	double delay; /* seconds */
};

static struct evert_result say_hello(void *arg)
{
	const struct hello *hello = arg;
	struct evert_result slept = evert_await(evert_sleep(hello->delay));

	if (evert_result_is_failure(&slept))
		return slept;
	printf("Hello, %s!\n", hello->name);
	fflush(stdout);
	return evert_result_none();
}

static struct evert_result run(void *arg)
{
	struct hello alice = { "Alice", 1.0 }, bob = { "Bob", 0.5 };
	struct evert_deferred *both[] = {
		evert_spawn(say_hello, &alice),
		evert_spawn(say_hello, &bob),
	};

	(void)arg;
	return evert_await(evert_gather(both, 2, EVERT_CANCEL_REST));
}

int main(int argc, char **argv)
{
	const struct example_option options[] = {
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Greets Bob after half a second, and Alice after one.", "", 0,
		0, options,
	};

	example_begin(&example, argc, argv);
	return evert_run(run, NULL);
}
