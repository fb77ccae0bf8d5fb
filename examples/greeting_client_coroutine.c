/* SPDX-License-Identifier: MIT */
/* The greeting client right side out: it reads from top to bottom, as the
   blocking one does, and blocks nobody. */
#include <evert.h>

#include <stdio.h>
#include <string.h>

#include "common/example.h"

struct client {
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	double timeout;
	char **names; /* NULL ends */
};

static struct evert_result greet_all(void *arg)
{
	struct client *client = arg;
	struct evert_result r =
		evert_await(evert_stream_connect(client->endpoint));
	struct evert_stream *stream;
	char **name;

	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	for (name = client->names; *name; name++) {
		evert_stream_write_line(stream, *name, strlen(*name));
		r = evert_await(evert_stream_read_line(stream));
		if (evert_result_is_failure(&r))
			break;
		puts(evert_result_as_text(&r));
		evert_result_release(evert_result_take(&r));
	}
	evert_stream_destroy(stream);
	return r;
}

static struct evert_result run(void *arg)
{
	struct client *client = arg;
	struct evert_deferred *greetings = evert_spawn(greet_all, client);

	if (client->timeout > 0)
		evert_timeout(client->timeout, greetings);
	return evert_await(greetings);
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "9999";
	struct client client = { .timeout = 0 };
	const struct example_option options[] = {
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (9999)", &port, NULL },
		{ "--timeout", "SECONDS", "give up after (never)", NULL,
		  &client.timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Asks the greeting server to greet each NAME.", "NAME...", 1,
		argc, options,
	};

	client.names = argv + example_begin(&example, argc, argv);
	example_endpoint(client.endpoint, host, port);
	return evert_run(run, &client);
}
