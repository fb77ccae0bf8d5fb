/* SPDX-License-Identifier: MIT */
/* Step 3: several greetings at the same time. */
#include <evert.h>
#include <stdio.h>

static const char *endpoint;

static struct evert_result greet(void *name)
{
	struct evert_stream *server;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect(endpoint)));
	server = evert_stream_take(&r);
	evert_stream_write_linef(server, "%s", (const char *)name);
	r = evert_await(evert_stream_read_line(server));
	if (!evert_result_is_failure(&r))
		puts(evert_result_as_text(&r));
	evert_stream_destroy(server);
	return r;
}

static struct evert_result greet_all(void *arg)
{
	struct evert_scope scope;
	char **names = arg;
	struct evert_result r;
	int error = 0;

	evert_scope_init(&scope);
	while (*names && !error)
		error = evert_scope_spawn(&scope, greet, *names++);
	EVERT_TRY(r, evert_scope_leave(&scope));
	return error ? evert_result_error(error, "starting a greeting") : r;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s ENDPOINT NAME...\n", argv[0]);
		return 2;
	}
	endpoint = argv[1];
	return evert_run(greet_all, argv + 2);
}
