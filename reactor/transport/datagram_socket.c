/* SPDX-License-Identifier: MIT */
#include "datagram_socket_internal.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/queue.h"

enum {
	DEFAULT_MOST = 256
};

const struct evert_error evert_error_datagram_refused =
	EVERT_ERROR_INIT(evert_error_datagram_refused, EVERT_ERROR,
			 "DATAGRAM_REFUSED", "a datagram did not arrive");

struct evert_datagram_socket {
	struct evert_datagram_protocol base;
	struct evert_queue *queue;
	struct evert_failure *reason; /* of the transport's end, or NULL */
	uint64_t dropped;
	bool closed; /* by the caller */
	bool gone;   /* the transport is */
};

static struct evert_datagram_socket *
from(struct evert_datagram_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_datagram_socket, base);
}

static void release(struct evert_datagram_socket *s)
{
	evert_queue_destroy(s->queue);
	if (s->reason)
		evert_failure_release(s->reason);
	evert_free(s);
}

/* ---- What comes ---- */

static void datagram_received(struct evert_datagram_protocol *base,
			      const struct evert_datagram *datagram)
{
	struct evert_datagram_socket *s = from(base);
	struct evert_datagram *copy = evert_datagram_copy(datagram);

	if (!copy ||
	    evert_queue_put(s->queue,
			    evert_result_of(&evert_type_datagram, copy)))
		s->dropped++;
}

static void connection_refused(struct evert_datagram_protocol *base, int error,
			       const struct evert_address *peer)
{
	struct evert_datagram_socket *s = from(base);
	char text[EVERT_ADDRESS_TEXT_SIZE];

	if (evert_queue_put(
		    s->queue,
		    evert_result_fail(
			    EVERT_DATAGRAM_REFUSED, error,
			    "a datagram to %s did not arrive",
			    evert_address_text(peer, text, sizeof(text)))))
		s->dropped++;
}

/* While somebody waits, nothing is kept. */
static void stopped(struct evert_datagram_protocol *base,
		    const struct evert_failure *reason)
{
	struct evert_datagram_socket *s = from(base);

	s->reason = evert_failure_copy(reason);
	while (!evert_queue_count(s->queue))
		if (evert_queue_put(s->queue,
				    evert_result_failure_copy(reason)))
			break;
}

static void destroy(struct evert_datagram_protocol *base)
{
	struct evert_datagram_socket *s = from(base);

	s->gone = true;
	if (s->closed)
		release(s);
}

/* A server is not told of the clients that have left. */
static const struct evert_datagram_protocol_ops server_ops = {
	.datagram_received = datagram_received,
	.stopped = stopped,
	.destroy = destroy,
};

static const struct evert_datagram_protocol_ops client_ops = {
	.datagram_received = datagram_received,
	.connection_refused = connection_refused,
	.stopped = stopped,
	.destroy = destroy,
};

/* ---- For the caller ---- */

struct evert_datagram_socket *evert_datagram_socket_create(bool connects,
							   size_t most)
{
	struct evert_datagram_socket *s = evert_allocate(sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct evert_datagram_socket){
		.base.ops = connects ? &client_ops : &server_ops,
		.queue = evert_queue_create(most ? most : DEFAULT_MOST,
					    EVERT_QUEUE_UNLIMITED),
	};
	if (s->queue)
		return s;
	release(s);
	return NULL;
}

struct evert_datagram_protocol *
evert_datagram_socket_protocol(struct evert_datagram_socket *s)
{
	return &s->base;
}

struct evert_datagram_socket *evert_datagram_socket_open(
	struct evert_reactor *reactor, const struct evert_address *host,
	const struct evert_address *peer,
	const struct evert_datagram_options *options, size_t most)
{
	struct evert_datagram_socket *s =
		evert_datagram_socket_create(peer, most);

	if (!s ||
	    evert_datagram_open(reactor, host, peer, options, &s->base))
		return s;
	release(s);
	return NULL;
}

struct evert_deferred *
evert_datagram_receive_at(struct evert_datagram_socket *s, const char *place)
{
	if (s->reason && !evert_queue_count(s->queue))
		return evert_deferred_create_fired_at(
			place, evert_result_failure_copy(s->reason));
	return evert_queue_get_at(s->queue, place);
}

int evert_datagram_socket_send(struct evert_datagram_socket *s,
			       const void *data, size_t length)
{
	if (s->reason)
		return -EPIPE;
	return evert_datagram_send(s->base.transport, data, length);
}

int evert_datagram_socket_send_to(struct evert_datagram_socket *s,
				  const void *data, size_t length,
				  const struct evert_address *peer)
{
	if (s->reason)
		return -EPIPE;
	return evert_datagram_send_to(s->base.transport, data, length, peer);
}

struct evert_datagram_transport *
evert_datagram_socket_transport(const struct evert_datagram_socket *s)
{
	return s->reason ? NULL : s->base.transport;
}

uint64_t evert_datagram_socket_dropped(const struct evert_datagram_socket *s)
{
	return s->dropped;
}

void evert_datagram_socket_close(struct evert_datagram_socket *s)
{
	if (!s)
		return;
	s->closed = true;
	if (s->gone)
		release(s);
	else
		evert_datagram_close(s->base.transport);
}
