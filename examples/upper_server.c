/* SPDX-License-Identifier: MIT */
/* Sends everything back in upper case: with a coroutine for each connection.
   upper_server_protocol.c is the same inside out. */
#include <evert.h>

#include <ctype.h>

#include "common/example.h"

enum { PIECE = 4096 };

static void write_upper(struct evert_stream *stream, const char *data,
			size_t length)
{
	char upper[PIECE];
	size_t i;

	for (i = 0; i < length; i++)
		upper[i] = (char)toupper((unsigned char)data[i]);
	evert_stream_write(stream, upper, length);
}

static struct evert_result handle_client(struct evert_stream *stream,
					 void *arg)
{
	struct evert_result r = evert_result_none();
	char peer[EVERT_ADDRESS_TEXT_SIZE];

	(void)arg;
	example_peer(evert_stream_transport(stream), peer);
	example_log("[+] Connected: %s", peer);
	while (!evert_result_is_failure(&r)) {
		r = evert_await(evert_stream_read(stream, PIECE));
		if (evert_result_is_failure(&r))
			break;
		write_upper(stream, evert_result_as_text(&r),
			    evert_result_text_length(&r));
		evert_result_release(r);
		r = evert_await(evert_stream_drain(stream));
	}
	example_log("[-] Disconnected: %s", peer);
	return r;
}

static struct evert_result serve(void *endpoint)
{
	struct evert_result r =
		evert_await(evert_serve(endpoint, handle_client, NULL));
	struct evert_server *server;

	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	example_announce(evert_server_port(server));
	return evert_await(evert_server_forever(server));
}

int main(int argc, char **argv)
{
	const char *host = "127.0.0.1", *port = "9000";
	const struct example_option options[] = {
		{ "--host", "H", "the address to listen on (127.0.0.1)", &host,
		  NULL },
		{ "--port", "P", "the port (9000); 0 picks a free one", &port,
		  NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Sends everything back in upper case.", "", 0, 0, options,
	};
	char endpoint[EXAMPLE_ENDPOINT_SIZE];

	example_begin(&example, argc, argv);
	return evert_run(serve, (void *)example_endpoint(endpoint, host, port));
}
