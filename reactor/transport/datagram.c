/* SPDX-License-Identifier: MIT */
#include "datagram_internal.h"

#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"

void evert_datagram_protocol_check(
	const struct evert_datagram_protocol *protocol)
{
	if (!protocol)
		evert_bug("a datagram transport was given no protocol");
	if (!protocol->ops || !protocol->ops->datagram_received)
		evert_bug("a datagram protocol has no datagram_received; its "
			  "ops must be set");
}

/* ---- Sending ---- */

int evert_datagram_send(struct evert_datagram_transport *transport,
			const void *data, size_t length)
{
	static const struct evert_datagram_route route;

	return transport->ops->send(transport, data, length, &route);
}

int evert_datagram_send_to(struct evert_datagram_transport *transport,
			   const void *data, size_t length,
			   const struct evert_address *peer)
{
	struct evert_datagram_route route = { .peer = peer };

	return transport->ops->send(transport, data, length, &route);
}

static bool is_link_local(const struct evert_address *address)
{
	return address->as.any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&address->as.ip6.sin6_addr);
}

/* A group can't be answered from, but by the way it came; the interface of any
   other is for the routes to choose, which may not be symmetric. */
int evert_datagram_answer(const struct evert_datagram *datagram,
			  const void *data, size_t length)
{
	struct evert_datagram_transport *transport = datagram->transport;
	struct evert_datagram_route route = { .peer = datagram->peer };

	if (transport->connected)
		route.peer = NULL;
	else if (datagram->to_group)
		route.interface = datagram->interface;
	else if (datagram->interface)
		route.source = datagram->host;
	if (datagram->interface && is_link_local(datagram->peer))
		route.interface = datagram->interface;
	return transport->ops->send(transport, data, length, &route);
}

/* ---- Copies ---- */

struct copy {
	struct evert_datagram base;
	struct evert_address peer, host;
	char data[];
};

struct evert_datagram *
evert_datagram_copy(const struct evert_datagram *datagram)
{
	struct copy *copy = evert_allocate(sizeof(*copy) + datagram->length);

	if (!copy)
		return NULL;
	copy->base = *datagram;
	copy->peer = *datagram->peer;
	copy->host = *datagram->host;
	if (datagram->length)
		memcpy(copy->data, datagram->data, datagram->length);
	copy->base.data = copy->data;
	copy->base.peer = &copy->peer;
	copy->base.host = &copy->host;
	datagram->transport->holders++;
	return &copy->base;
}

void evert_datagram_release(struct evert_datagram *datagram)
{
	struct evert_datagram_transport *transport;

	if (!datagram)
		return;
	transport = datagram->transport;
	evert_free(evert_container_of(datagram, struct copy, base));
	evert_datagram_transport_let_go(transport);
}

void evert_datagram_transport_let_go(struct evert_datagram_transport *transport)
{
	if (--transport->holders == 0)
		transport->ops->release(transport);
}

static void release_result(void *datagram)
{
	evert_datagram_release(datagram);
}

const struct evert_type evert_type_datagram = { "datagram", release_result };
