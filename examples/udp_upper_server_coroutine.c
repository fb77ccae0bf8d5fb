/* SPDX-License-Identifier: MIT */
/* Sends every datagram back in upper case: with a coroutine, which waits for
   one after the other. udp_upper_server.c is the same inside out. */
#include <evert.h>

#include <ctype.h>

#include "common/example.h"

static void answer(const struct evert_datagram *datagram)
{
	char peer[EVERT_ADDRESS_TEXT_SIZE], upper[1024];
	size_t i, length = datagram->length;

	if (length > sizeof(upper))
		length = sizeof(upper); /* a coroutine's stack is small */
	example_log("From %s: %.*s",
		    evert_address_text(datagram->peer, peer, sizeof(peer)),
		    (int)length, datagram->data);
	for (i = 0; i < length; i++)
		upper[i] = (char)toupper((unsigned char)datagram->data[i]);
	evert_datagram_answer(datagram, upper, length);
}

static struct evert_result serve(void *arg)
{
	const struct example_listen *wanted = arg;
	struct evert_datagram_socket *socket;
	struct evert_address address;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_listen_datagram_socket(
			     evert_reactor_current(), wanted->endpoints[0],
			     NULL, 0)));
	socket = evert_datagram_socket_take(&r);
	evert_datagram_host(evert_datagram_socket_transport(socket), &address);
	example_announce_address(&address);
	for (;;) {
		EVERT_TRY_OR(close, r,
			     evert_await(evert_datagram_receive(socket)));
		answer(evert_result_as_datagram(&r));
		evert_result_release(r);
	}
close:
	evert_datagram_socket_close(socket);
	return r;
}

int main(int argc, char **argv)
{
	struct example_listen wanted;

	example_datagram_server(&wanted, argc, argv,
				"Sends every datagram back in upper case.",
				"9001");
	return evert_run(serve, &wanted);
}
