/* SPDX-License-Identifier: MIT */
/* Listening: the addresses become a port. */
#include "listen.h"

#include "../transport/port_internal.h"
#include "opening_internal.h"

const struct evert_error evert_error_listen_failed =
	EVERT_ERROR_INIT(evert_error_listen_failed, EVERT_ERROR,
			 "LISTEN_FAILED", "cannot listen");

struct listening {
	struct evert_opening base;
	struct evert_factory *factory;
	struct evert_datagram_factory *packets;
	struct evert_socket_plan socket;
};

static struct evert_result open_port(struct listening *l)
{
	struct evert_opening *o = &l->base;
	struct evert_port_plan plan = {
		.factory = l->factory,
		.packets = l->packets,
		.addresses = o->resolution.addresses,
		.count = o->resolution.count,
		.options = &l->socket.options,
	};
	char name[EVERT_OPENING_NAME_SIZE], refused[EVERT_REFUSED_SIZE];
	struct evert_port *port;
	int fd = o->resolution.fd;
	int error = fd < 0 ? evert_port_open(&port, o->reactor, &plan) :
			     evert_port_open_at(&port, o->reactor, l->factory,
						fd);

	if (!error)
		return evert_port_result(port);
	return evert_result_failure(evert_failure_create_at(
		o->place, EVERT_LISTEN_FAILED, error, "cannot listen on %s%s",
		evert_opening_name(o, name),
		evert_socket_refused_text(plan.refused, refused)));
}

static void found(struct evert_opening *base)
{
	struct listening *l =
		evert_container_of(base, struct listening, base);

	evert_opening_fire(base, open_port(l));
}

static const struct evert_opening_kind kind = {
	.size = sizeof(struct listening),
	.found = found,
};

struct evert_deferred *evert_listening_begin(struct evert_stream_plan *plan)
{
	struct evert_opening *base;
	struct listening *l;
	struct evert_deferred *deferred =
		evert_opening_create(&kind, &plan->base, &base);

	if (!deferred)
		return NULL;
	l = evert_container_of(base, struct listening, base);
	l->factory = plan->factory;
	l->packets = plan->packets;
	evert_stream_plan_check(plan, &l->socket);
	evert_opening_start(base, &plan->base);
	return deferred;
}
