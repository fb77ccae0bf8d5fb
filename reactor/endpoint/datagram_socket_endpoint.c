/* SPDX-License-Identifier: MIT */
/* Sockets to be awaited, as results. */
#include "../transport/datagram_socket_internal.h"
#include "datagram_endpoint.h"

static void close_result(void *socket)
{
	evert_datagram_socket_close(socket);
}

const struct evert_type evert_type_datagram_socket = { "datagram socket",
						       close_result };

struct evert_datagram_socket *
evert_datagram_socket_take(struct evert_result *result)
{
	struct evert_datagram_socket *socket =
		evert_result_as(result, &evert_type_datagram_socket);

	evert_result_take(result);
	return socket;
}

static struct evert_result give_socket(struct evert_result *in, void *socket)
{
	if (!evert_result_is_failure(in))
		return evert_result_of(&evert_type_datagram_socket, socket);
	evert_datagram_socket_close(socket);
	return *in;
}

typedef struct evert_deferred *(*open_call)(
	struct evert_reactor *reactor, const char *endpoint,
	struct evert_datagram_protocol *protocol,
	const struct evert_datagram_options *options, const char *place);

static struct evert_deferred *
open_by(open_call call, bool connects, struct evert_reactor *reactor,
	const char *endpoint, const struct evert_datagram_options *options,
	size_t most, const char *place)
{
	struct evert_datagram_socket *socket =
		evert_datagram_socket_create(connects, most);
	struct evert_deferred *deferred;

	if (!socket)
		return NULL;
	deferred = call(reactor, endpoint,
			evert_datagram_socket_protocol(socket), options, place);
	/* On NULL, too, it runs: that closes the socket. */
	evert_deferred_add_both(deferred, give_socket, socket);
	return deferred;
}

struct evert_deferred *
evert_connect_datagram_socket_at(struct evert_reactor *reactor,
				 const char *endpoint,
				 const struct evert_datagram_options *options,
				 size_t most, const char *place)
{
	return open_by(evert_connect_datagram_with_at, true, reactor, endpoint,
		       options, most, place);
}

struct evert_deferred *
evert_listen_datagram_socket_at(struct evert_reactor *reactor,
				const char *endpoint,
				const struct evert_datagram_options *options,
				size_t most, const char *place)
{
	return open_by(evert_listen_datagram_with_at, false, reactor, endpoint,
		       options, most, place);
}
