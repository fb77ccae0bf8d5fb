/* SPDX-License-Identifier: MIT */
/*
 * Datagrams to be awaited, one after another; what asyncio leaves to everybody
 * to write. For coroutines, and as well for callbacks:
 *
 *	EVERT_TRY(r, evert_await(evert_datagram_receive(socket)));
 *	datagram = evert_result_as_datagram(&r);
 *	evert_datagram_answer(datagram, answer, length);
 *	evert_result_release(r);
 *
 * or, for who asks, of a socket that is connected to its peer:
 *
 *	evert_datagram_socket_send(socket, "time", 4);
 *	r = evert_await(evert_timeout(0.5, evert_datagram_receive(socket)));
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_DATAGRAM_SOCKET_H
#define EVERT_REACTOR_DATAGRAM_SOCKET_H

#include "datagram_open.h"

EVERT_BEGIN

struct evert_datagram_socket;

/* What was sent to the connected peer did not arrive; `error` says why, mostly
   ECONNREFUSED. The socket goes on. */
extern const struct evert_error evert_error_datagram_refused;
#define EVERT_DATAGRAM_REFUSED (&evert_error_datagram_refused)

/*
 * As evert_datagram_open. Of what nobody receives it keeps `most` datagrams
 * (0: 256), and drops and counts what comes when it has them. The caller owns
 * it, until evert_datagram_socket_close.
 */
struct evert_datagram_socket *evert_datagram_socket_open(
	struct evert_reactor *reactor, const struct evert_address *host,
	const struct evert_address *peer,
	const struct evert_datagram_options *options, size_t most);

/*
 * Fires with the next datagram, which the result owns
 * (evert_result_as_datagram); who asked first gets it first. Fails with
 * EVERT_DATAGRAM_REFUSED where it is connected; and once the transport has
 * stopped and nothing is left, with the reason for that. The caller owns the
 * reading end; cancelling it while it waits loses no datagram. Without memory
 * NULL.
 */
#define evert_datagram_receive(...) \
	evert_datagram_receive_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_datagram_receive_at(struct evert_datagram_socket *socket,
			  const char *place);

/* As evert_datagram_send and evert_datagram_send_to: 0, or -errno; -EPIPE once
   the transport has stopped, too. */
int evert_datagram_socket_send(struct evert_datagram_socket *socket,
			       const void *data, size_t length);
int evert_datagram_socket_send_to(struct evert_datagram_socket *socket,
				  const void *data, size_t length,
				  const struct evert_address *peer);

/* For all else that a transport can do. NULL once it has stopped. */
struct evert_datagram_transport *
evert_datagram_socket_transport(const struct evert_datagram_socket *socket);

/* How many datagrams came and were dropped. */
uint64_t
evert_datagram_socket_dropped(const struct evert_datagram_socket *socket);

/* Closes the transport, as evert_datagram_close, and gives the socket up. Who
   waits for a datagram is failed with EVERT_CONNECTION_DONE. NULL does
   nothing. */
void evert_datagram_socket_close(struct evert_datagram_socket *socket);

EVERT_END

#endif
