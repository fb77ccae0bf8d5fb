/* SPDX-License-Identifier: MIT */
/* Gets a page by HTTP and prints it, unless the server takes too long. */
#include <evert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/example.h"

enum { UNKNOWN_LENGTH = -1 };

struct fetch {
	const char *host, *port, *path;
	double connect_timeout, read_timeout; /* seconds */
};

static struct evert_result read_piece(struct evert_stream *stream,
				      double timeout)
{
	return evert_await(
		evert_timeout(timeout, evert_stream_read(stream, 65536)));
}

static void ask(struct evert_stream *stream, const struct fetch *fetch)
{
	char request[2048];
	int length = snprintf(request, sizeof(request),
			      "GET %s HTTP/1.0\r\nHost: %s:%s\r\n"
			      "Connection: close\r\n\r\n",
			      fetch->path, fetch->host, fetch->port);

	evert_stream_write(stream, request, (size_t)length);
}

/* RFC 9110, 8.6. */
static long content_length(const char *header)
{
	const char *line = header;

	while ((line = strstr(line, "\r\n"))) {
		line += strlen("\r\n");
		if (!strncasecmp(line, "Content-Length:", 15))
			return atol(line + 15);
	}
	return UNKNOWN_LENGTH;
}

/* Prints the body; a failure when the connection ends too early. */
static struct evert_result print_body(struct evert_stream *stream, long length,
				      double timeout)
{
	struct evert_result r = evert_result_none();
	long got = 0;

	while (length == UNKNOWN_LENGTH || got < length) {
		r = read_piece(stream, timeout);
		if (evert_result_is_failure(&r))
			break;
		fwrite(evert_result_as_text(&r), 1,
		       evert_result_text_length(&r), stdout);
		got += (long)evert_result_text_length(&r);
		evert_result_release(evert_result_take(&r));
	}
	if (!evert_result_failed_with(&r, EVERT_STREAM_END))
		return r;
	evert_result_release(r);
	if (length == UNKNOWN_LENGTH)
		return evert_result_none();
	return evert_result_fail(EVERT_STREAM_INCOMPLETE, 0,
				 "the page ended after %ld of %ld bytes", got,
				 length);
}

static struct evert_result get(struct evert_stream *stream,
			       const struct fetch *fetch)
{
	struct evert_result r;
	long length;

	ask(stream, fetch);
	r = evert_await(evert_timeout(
		fetch->read_timeout,
		evert_stream_read_until(stream, "\r\n\r\n", 4)));
	if (evert_result_is_failure(&r))
		return r;
	length = content_length(evert_result_as_text(&r));
	evert_result_release(r);
	return print_body(stream, length, fetch->read_timeout);
}

static struct evert_result fetch_with_timeout(void *arg)
{
	const struct fetch *fetch = arg;
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	struct evert_stream *stream;
	struct evert_result r;

	example_endpoint(endpoint, fetch->host, fetch->port);
	r = evert_await(evert_timeout(fetch->connect_timeout,
				      evert_stream_connect(endpoint)));
	if (evert_result_is_failure(&r))
		return r;
	stream = evert_stream_take(&r);
	r = get(stream, fetch);
	evert_stream_destroy(stream);
	return r;
}

int main(int argc, char **argv)
{
	struct fetch fetch = {
		.path = "/",
		.connect_timeout = 5.0,
		.read_timeout = 10.0,
	};
	const struct example_option options[] = {
		{ "--path", "PATH", "what to get (/)", &fetch.path, NULL },
		{ "--connect-timeout", "SECONDS", "to connect (5)", NULL,
		  &fetch.connect_timeout },
		{ "--read-timeout", "SECONDS", "between two reads (10)", NULL,
		  &fetch.read_timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Gets a page by HTTP and prints it.", "HOST PORT", 2, 2,
		options,
	};
	int i = example_begin(&example, argc, argv);

	fetch.host = argv[i];
	fetch.port = argv[i + 1];
	return evert_run(fetch_with_timeout, &fetch);
}
