/* SPDX-License-Identifier: MIT */
/* A coroutine for each connection, which reads names from a stream: right side
   out. */
#include <evert.h>
#include "../../protocols/stream/server.h"
#include "../../reactor/run.h"

#include <stdio.h>

/* Piece by piece: they are sent together, and need no room on a stack. */
static void greet(struct evert_stream *stream,
		  const struct evert_result *name)
{
	evert_stream_write(stream, "Hello, ", 7);
	evert_stream_write(stream, evert_result_as_text(name),
			   evert_result_text_length(name));
	evert_stream_write(stream, "!\r\n", 3);
}

/* Waits. False: it failed. */
static bool done(struct evert_deferred *deferred)
{
	struct evert_result result = evert_await(deferred);
	bool failed = evert_result_is_failure(&result);

	evert_result_release(result);
	return !failed;
}

/* How the connection ends does not matter. */
static struct evert_result serve_one(struct evert_stream *stream, void *arg)
{
	struct evert_result name;
	bool more;

	(void)arg;
	evert_stream_set_limit(stream, EVERT_LINE_LIMIT);
	do {
		name = evert_await(evert_stream_read_line(stream));
		more = !evert_result_is_failure(&name);
		if (more)
			greet(stream, &name);
		evert_result_release(name);
	} while (more && done(evert_stream_drain(stream)));
	return evert_result_none();
}

static struct evert_result serve_all(void *arg)
{
	struct evert_result result = evert_await(
		evert_serve("tcp:127.0.0.1:0", serve_one, arg));
	struct evert_server *server;

	if (evert_result_is_failure(&result))
		return result;
	server = evert_server_take(&result);
	printf("%d\n", evert_address_port(evert_port_address(
			       evert_server_port(server))));
	fflush(stdout);
	return evert_await(evert_server_forever(server));
}

int main(void)
{
	return evert_run(serve_all, NULL);
}
