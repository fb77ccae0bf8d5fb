/* SPDX-License-Identifier: MIT */
/* Sends everything back in upper case: with a coroutine for each connection.
   upper_server_protocol.c is the same inside out. */
#include <evert.h>

#include <ctype.h>

#include "common/example.h"

enum { PIECE = 4096 };

/* Reads a piece, and waits until there is room for the next one. */
static struct evert_result echo_piece(struct evert_stream *stream)
{
	struct evert_result r = evert_await(evert_stream_read(stream, PIECE));
	char upper[PIECE];
	size_t i, length;

	if (evert_result_is_failure(&r))
		return r;
	length = evert_result_text_length(&r);
	for (i = 0; i < length; i++)
		upper[i] = (char)toupper(
			(unsigned char)evert_result_as_text(&r)[i]);
	evert_result_release(r);
	evert_stream_write(stream, upper, length);
	return evert_await(evert_stream_drain(stream));
}

static struct evert_result handle_client(struct evert_stream *stream,
					 void *arg)
{
	struct evert_result r = evert_result_none();
	char peer[EVERT_ADDRESS_TEXT_SIZE];

	(void)arg;
	example_peer(evert_stream_transport(stream), peer);
	example_log("[+] Connected: %s", peer);
	while (!evert_result_is_failure(&r))
		r = echo_piece(stream);
	example_log("[-] Disconnected: %s", peer);
	if (!evert_result_failed_with(&r, EVERT_CONNECTION_LOST))
		return r;
	evert_result_release(r); /* who goes without a word may do so */
	return evert_result_none();
}

static struct evert_result serve(void *arg)
{
	const struct example_listen *wanted = arg;
	struct evert_result r = evert_await(
		evert_serve(wanted->endpoints[0], handle_client, NULL));
	struct evert_server *server;

	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	example_announce(evert_server_port(server));
	return evert_await(evert_server_forever(server));
}

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_server_of_one(&wanted, argc, argv,
			      "Sends everything back in upper case.", "9000");
	return evert_run(serve, &wanted);
}
