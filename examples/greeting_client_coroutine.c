/* SPDX-License-Identifier: MIT */
/* The greeting client right side out: it reads from top to bottom, as the
   blocking one does, and blocks nobody. */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "common/example.h"

static struct evert_result greet(struct evert_stream *stream, const char *name)
{
	struct evert_result r;
	int error = evert_stream_write_line(stream, name, strlen(name));

	if (error)
		return evert_result_error(error, "cannot send the name");
	EVERT_TRY(r, evert_await(evert_stream_read_line(stream)));
	puts(evert_result_as_text(&r));
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result greet_all(void *arg)
{
	const struct example_greeting *wanted = arg;
	char **name = wanted->names;
	struct evert_stream *stream;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect(wanted->connect)));
	stream = evert_stream_take(&r);
	while (*name && !evert_result_is_failure(&r))
		r = greet(stream, *name++);
	evert_stream_destroy(stream);
	return r;
}

static struct evert_result run(void *arg)
{
	struct example_greeting *wanted = arg;
	struct evert_deferred *greetings = evert_spawn(greet_all, wanted);

	if (wanted->timeout > 0)
		greetings = evert_timeout(wanted->timeout, greetings);
	return evert_await(greetings);
}

int main(int argc, char **argv)
{
	struct example_greeting wanted;

	example_add_tls();
	example_greeting_client(&wanted, argc, argv);
	return evert_run(run, &wanted);
}
