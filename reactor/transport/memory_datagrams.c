/* SPDX-License-Identifier: MIT */
#include "memory_datagrams.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/list_internal.h"
#include "../../deferred/base/memory.h"
#include "../bell_internal.h"
#include "datagram_internal.h"

enum {
	DEFAULT_HIGH = 65536,
	DEFAULT_LOW = 16384
};

struct letter {
	struct evert_list_node node;
	struct evert_sent_datagram sent;
	char data[];
};

struct evert_memory_datagrams {
	struct evert_datagram_transport base;
	struct evert_address host, peer;
	struct evert_list_node letters;
	size_t count, queued, high, low;
	struct evert_bell closed;
	bool reading;
	bool paused; /* the protocol is */
	bool aborted;
	bool ending; /* stopped was called, */
	bool gone;   /* and has returned */
};

static struct evert_memory_datagrams *
memory_from(const struct evert_datagram_transport *base)
{
	return evert_container_of(base, struct evert_memory_datagrams, base);
}

/* ---- Sending ---- */

static void tell_marks(struct evert_memory_datagrams *m)
{
	struct evert_datagram_protocol *protocol = m->base.protocol;

	if (m->base.closing)
		return;
	if (!m->paused && m->queued > m->high) {
		m->paused = true;
		if (protocol->ops->pause_writing)
			protocol->ops->pause_writing(protocol);
	} else if (m->paused && m->queued <= m->low) {
		m->paused = false;
		if (protocol->ops->resume_writing)
			protocol->ops->resume_writing(protocol);
	}
}

/* Of a peer without a name there is no address, as on a socket. */
static bool names_peer(const struct evert_datagram_route *route)
{
	return route->peer && route->peer->length;
}

static int send_one(struct evert_memory_datagrams *m, const char *data,
		    size_t length, const struct evert_datagram_route *route)
{
	struct letter *letter = evert_allocate(sizeof(*letter) + length + 1);

	if (!letter)
		return -ENOMEM;
	letter->sent = (struct evert_sent_datagram){
		.data = letter->data,
		.length = length,
		.peer = m->peer.length ? m->peer : *route->peer,
		.interface = route->interface,
		.with_tos = route->with_tos,
		.tos = route->tos,
	};
	if (route->source)
		letter->sent.source = *route->source;
	if (length)
		memcpy(letter->data, data, length);
	letter->data[length] = '\0';
	evert_list_init(&letter->node);
	evert_list_append(&m->letters, &letter->node);
	m->count++;
	m->queued += length + EVERT_DATAGRAM_COST;
	return 0;
}

static int send_datagram(struct evert_datagram_transport *base,
			 const void *data, size_t length,
			 const struct evert_datagram_route *route)
{
	struct evert_memory_datagrams *m = memory_from(base);
	size_t most = route->segment ? route->segment : length, part;
	const char *from = data;
	int error;

	if (base->closing)
		return -EPIPE;
	if (names_peer(route) == (m->peer.length != 0))
		return m->peer.length ? -EISCONN : -EDESTADDRREQ;
	do {
		part = length < most ? length : most;
		error = send_one(m, from, part, route);
		from += part;
		length -= part;
	} while (length && !error);
	tell_marks(m);
	return error;
}

static void set_marks(struct evert_datagram_transport *base, size_t high,
		      size_t low)
{
	struct evert_memory_datagrams *m = memory_from(base);

	m->high = high;
	m->low = low < high ? low : high;
	tell_marks(m);
}

static size_t queued(const struct evert_datagram_transport *base)
{
	return memory_from(base)->queued;
}

/* ---- The rest of the transport ---- */

static void close_memory(struct evert_datagram_transport *base)
{
	base->closing = true;
}

static void abort_memory(struct evert_datagram_transport *base)
{
	if (!memory_from(base)->ending)
		memory_from(base)->aborted = true;
	base->closing = true;
}

static void pause_reading(struct evert_datagram_transport *base)
{
	memory_from(base)->reading = false;
}

static void resume_reading(struct evert_datagram_transport *base)
{
	memory_from(base)->reading = true;
}

static struct evert_deferred *closed(struct evert_datagram_transport *base,
				     const char *place)
{
	struct evert_memory_datagrams *m = memory_from(base);

	if (m->gone)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_bell_wait(&m->closed, place);
}

static int get_address(const struct evert_datagram_transport *base, bool peer,
		       struct evert_address *address)
{
	const struct evert_memory_datagrams *m = memory_from(base);

	*address = peer ? m->peer : m->host;
	return address->length ? 0 : -ENOTCONN;
}

static int set_option(struct evert_datagram_transport *base, int level,
		      int option, const void *value, socklen_t length)
{
	(void)base;
	(void)level;
	(void)option;
	(void)value;
	(void)length;
	return -EOPNOTSUPP;
}

static void release(struct evert_datagram_transport *base)
{
	evert_free(memory_from(base));
}

static const struct evert_datagram_transport_ops memory_ops = {
	.send = send_datagram,
	.close = close_memory,
	.abort = abort_memory,
	.pause_reading = pause_reading,
	.resume_reading = resume_reading,
	.set_marks = set_marks,
	.queued = queued,
	.closed = closed,
	.address = get_address,
	.set_option = set_option,
	.release = release,
};

/* ---- For the test ---- */

struct evert_memory_datagrams *
evert_memory_datagrams_create(struct evert_datagram_protocol *protocol,
			      const struct evert_address *host,
			      const struct evert_address *peer)
{
	struct evert_memory_datagrams *m = evert_allocate(sizeof(*m));

	evert_datagram_protocol_check(protocol);
	if (!m)
		return NULL;
	*m = (struct evert_memory_datagrams){
		.base = {
			.ops = &memory_ops,
			.protocol = protocol,
			.holders = 1,
		},
		.host = *host,
		.high = DEFAULT_HIGH,
		.low = DEFAULT_LOW,
		.reading = true,
	};
	if (peer) {
		m->peer = *peer;
		m->base.connected = true;
	}
	evert_list_init(&m->letters);
	protocol->transport = &m->base;
	if (protocol->ops->started)
		protocol->ops->started(protocol);
	return m;
}

void evert_memory_datagrams_destroy(struct evert_memory_datagrams *m)
{
	if (!m)
		return;
	if (m->ending && !m->gone)
		evert_bug("evert_memory_datagrams_destroy was called from "
			  "inside stopped");
	evert_memory_datagrams_end(m, NULL);
	while (m->count)
		evert_memory_datagrams_take(m);
	evert_datagram_transport_let_go(&m->base);
}

struct evert_datagram_transport *
evert_memory_datagrams_base(struct evert_memory_datagrams *m)
{
	return &m->base;
}

bool evert_memory_datagrams_deliver_as(struct evert_memory_datagrams *m,
				       const struct evert_datagram *given)
{
	struct evert_datagram datagram = *given;

	datagram.transport = &m->base;
	if (!datagram.peer)
		datagram.peer = &m->peer;
	if (!datagram.host)
		datagram.host = &m->host;
	if (m->base.closing || !m->reading ||
	    (m->peer.length &&
	     !evert_address_is_equal(&m->peer, datagram.peer)))
		return false;
	m->base.protocol->ops->datagram_received(m->base.protocol, &datagram);
	return true;
}

bool evert_memory_datagrams_deliver(struct evert_memory_datagrams *m,
				    const void *data, size_t length,
				    const struct evert_address *peer)
{
	struct evert_datagram datagram = {
		.data = data,
		.length = length,
		.peer = peer,
	};

	return evert_memory_datagrams_deliver_as(m, &datagram);
}

void evert_memory_datagrams_refuse(struct evert_memory_datagrams *m, int error,
				   const struct evert_address *peer)
{
	struct evert_datagram_protocol *protocol = m->base.protocol;

	if (!m->base.closing && protocol->ops->connection_refused)
		protocol->ops->connection_refused(protocol, error, peer);
}

static struct letter *first(const struct evert_memory_datagrams *m)
{
	return m->count ? evert_container_of(m->letters.next, struct letter,
					     node)
			: NULL;
}

size_t evert_memory_datagrams_count(const struct evert_memory_datagrams *m)
{
	return m->count;
}

const struct evert_sent_datagram *
evert_memory_datagrams_sent(const struct evert_memory_datagrams *m)
{
	struct letter *letter = first(m);

	return letter ? &letter->sent : NULL;
}

void evert_memory_datagrams_take(struct evert_memory_datagrams *m)
{
	struct letter *letter = first(m);

	if (!letter)
		return;
	m->count--;
	m->queued -= letter->sent.length + EVERT_DATAGRAM_COST;
	evert_list_remove(&letter->node);
	evert_free(letter);
	tell_marks(m);
}

void evert_memory_datagrams_end(struct evert_memory_datagrams *m,
				struct evert_failure *reason)
{
	struct evert_datagram_protocol *protocol = m->base.protocol;

	if (m->ending) {
		evert_failure_release(reason);
		return;
	}
	if (!reason)
		reason = evert_failure_bare(m->aborted
						    ? EVERT_CONNECTION_ABORTED
						    : EVERT_CONNECTION_DONE);
	m->ending = true;
	m->base.closing = true;
	if (protocol->ops->stopped)
		protocol->ops->stopped(protocol, reason);
	evert_failure_release(reason);
	m->gone = true;
	evert_bell_ring(&m->closed);
}
