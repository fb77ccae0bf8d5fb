/* SPDX-License-Identifier: MIT */
/* Gets a page by HTTP or HTTPS and prints it, unless the server takes too
   long. */
#include <evert.h>
#include <protocols/tls/tls.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/example.h"
#include "tls/context.h"

enum {
	UNKNOWN_LENGTH = -1,
	PIECE = 65536, /* bytes in one read, at most */
};

struct fetch {
	const char *host, *port, *path;
	const char *https; /* NULL: not wanted */
	struct evert_tls_options options;
	double connect_timeout, read_timeout; /* seconds */
	char endpoint[EXAMPLE_ENDPOINT_SIZE + 16];
	struct evert_stream *stream;
};

static void send_text(struct evert_stream *stream, const char *text)
{
	evert_stream_write(stream, text, strlen(text));
}

static void ask(struct evert_stream *stream, const struct fetch *fetch)
{
	send_text(stream, "GET ");
	send_text(stream, fetch->path);
	send_text(stream, " HTTP/1.0\r\nHost: ");
	send_text(stream, fetch->host);
	send_text(stream, ":");
	send_text(stream, fetch->port);
	send_text(stream, "\r\nConnection: close\r\n\r\n");
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

/* The connection ended, or broke, after `got` bytes. */
static struct evert_result judge_end(struct evert_result end, long got,
				     long length)
{
	if (!evert_result_failed_with(&end, EVERT_STREAM_END))
		return end;
	evert_result_release(end);
	if (length == UNKNOWN_LENGTH)
		return evert_result_none();
	return evert_result_fail(EVERT_STREAM_INCOMPLETE, 0,
				 "the page ended after %ld of %ld bytes", got,
				 length);
}

static struct evert_result print_body(struct evert_stream *stream, long length)
{
	struct evert_result r;
	long got = 0;

	while (length == UNKNOWN_LENGTH || got < length) {
		r = evert_await(evert_stream_read(stream, PIECE));
		if (evert_result_is_failure(&r))
			return judge_end(r, got, length);
		got += (long)fwrite(evert_result_as_text(&r), 1,
				    evert_result_text_length(&r), stdout);
		evert_result_release(r);
	}
	return evert_result_none();
}

/* "HTTP/1.0 200 OK": RFC 9112, 4. */
static struct evert_result check_status(const char *header)
{
	const char *code = strchr(header, ' ');

	if (code && code[1] == '2')
		return evert_result_none();
	return evert_result_fail(EVERT_ERROR, 0, "the server answered %.*s",
				 (int)strcspn(header, "\r\n"), header);
}

static struct evert_result print_page(struct evert_stream *stream)
{
	struct evert_result header = evert_await(
		evert_stream_read_until(stream, "\r\n\r\n", 4));
	struct evert_result r;
	long length;

	if (evert_result_is_failure(&header))
		return header;
	r = check_status(evert_result_as_text(&header));
	length = content_length(evert_result_as_text(&header));
	evert_result_release(header);
	return evert_result_is_failure(&r) ? r : print_body(stream, length);
}

/* The page, on a connection that there is. */
static struct evert_result get(void *arg)
{
	const struct fetch *fetch = arg;

	ask(fetch->stream, fetch);
	return print_page(fetch->stream);
}

static struct evert_result fetch_with_timeout(void *arg)
{
	struct fetch *fetch = arg;
	struct evert_result r = evert_await(
		evert_timeout(fetch->connect_timeout,
			      evert_stream_connect(fetch->endpoint)));

	if (evert_result_is_failure(&r))
		return r;
	fetch->stream = evert_stream_take(&r);
	r = evert_await(
		evert_timeout(fetch->read_timeout, evert_spawn(get, fetch)));
	evert_stream_destroy(fetch->stream);
	return r;
}

/* The rest is the same over TLS: only the endpoint differs. "tls:HOST:PORT"
   alone would trust the system's roots, too. 0 or -1. */
static int prepare_https(struct fetch *fetch)
{
	struct evert_tls_context *context =
		example_context(EVERT_TLS_CLIENT, &fetch->options, "https");

	if (!context)
		return -1;
	evert_tls_context_release(context);
	example_endpoint_of(fetch->endpoint, "tls", fetch->host, fetch->port);
	strcat(fetch->endpoint, ":context=https");
	return 0;
}

int main(int argc, char **argv)
{
	struct fetch fetch = {
		.path = "/",
		.connect_timeout = 5.0,
		.read_timeout = 10.0,
	};
	const struct example_option options[] = {
		{ "--https", NULL, "over TLS, and sure of who answers",
		  &fetch.https, NULL },
		{ "--trust", "FILE", "who signed for it (the system's roots)",
		  &fetch.options.trust_file, NULL },
		{ "--path", "PATH", "what to get (/)", &fetch.path, NULL },
		{ "--connect-timeout", "SECONDS", "to connect (5)", NULL,
		  &fetch.connect_timeout },
		{ "--read-timeout", "SECONDS", "to get the page (10)", NULL,
		  &fetch.read_timeout },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Gets a page by HTTP or HTTPS and prints it.", "HOST PORT", 2, 2,
		options,
	};
	int i = example_begin(&example, argc, argv);

	fetch.host = argv[i];
	fetch.port = argv[i + 1];
	example_endpoint(fetch.endpoint, fetch.host, fetch.port);
	if (fetch.https && prepare_https(&fetch))
		return 1;
	return evert_run(fetch_with_timeout, &fetch);
}
