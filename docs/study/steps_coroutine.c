/* SPDX-License-Identifier: MIT */
/* Five steps, of which each may fail; right side out. */
#include <errno.h>
#include <evert.h>
#include <stdio.h>
#include <string.h>

/* Fails unless the server says OK to it. */
static struct evert_result say(struct evert_stream *server, const char *what)
{
	struct evert_result r;

	evert_stream_write_line(server, what, strlen(what));
	EVERT_TRY(r, evert_await(evert_stream_read_line(server)));
	if (!strncmp(evert_result_as_text(&r), "OK", 2))
		return r;
	evert_result_release(r);
	return evert_result_error(EACCES, "refused");
}

static struct evert_result visit(struct evert_stream *server)
{
	struct evert_result r;

	EVERT_TRY(r, say(server, "USER World")); /* 2 */
	evert_result_release(r);
	EVERT_TRY(r, say(server, "TIME")); /* 3 */
	puts(evert_result_as_text(&r));	   /* 4 */
	evert_result_release(r);
	return say(server, "QUIT"); /* 5 */
}

static struct evert_result connect_and_visit(void *endpoint)
{
	struct evert_stream *server;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect(endpoint))); /* 1 */
	server = evert_stream_take(&r);
	r = visit(server);
	evert_stream_destroy(server);
	return r;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s ENDPOINT\n", argv[0]);
		return 2;
	}
	return evert_run(connect_and_visit, argv[1]);
}
