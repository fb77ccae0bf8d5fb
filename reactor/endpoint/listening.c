/* SPDX-License-Identifier: MIT */
/* Listening: the addresses become a port. */
#include "listen.h"

#include "../transport/port_internal.h"
#include "opening_internal.h"

const struct evert_error evert_error_listen_failed =
	EVERT_ERROR_INIT(evert_error_listen_failed, EVERT_ERROR,
			 "LISTEN_FAILED", "cannot listen");

static struct evert_result open_port(struct evert_opening *o)
{
	struct evert_port_plan plan = {
		.factory = o->factory,
		.addresses = o->resolution.addresses,
		.count = o->resolution.count,
		.options = &o->socket.options,
	};
	char name[EVERT_OPENING_NAME_SIZE], refused[EVERT_REFUSED_SIZE];
	struct evert_port *port;
	int fd = o->resolution.fd;
	int error = fd < 0 ? evert_port_open(&port, o->reactor, &plan) :
			     evert_port_open_at(&port, o->reactor, o->factory,
						fd);

	if (!error)
		return evert_port_result(port);
	return evert_result_failure(evert_failure_create_at(
		o->place, EVERT_LISTEN_FAILED, error, "cannot listen on %s%s",
		evert_opening_name(o, name),
		evert_socket_refused_text(plan.refused, refused)));
}

static void found(struct evert_opening *o, struct evert_failure *failure)
{
	evert_opening_fire(o, failure ? evert_result_failure(failure) :
					open_port(o));
}

static const struct evert_opening_kind listening = {
	.size = sizeof(struct evert_opening),
	.found = found,
};

struct evert_deferred *evert_listening_begin(struct evert_opening_plan *plan)
{
	struct evert_opening *o;
	struct evert_deferred *deferred =
		evert_opening_create(&listening, plan, &o);

	if (deferred)
		evert_opening_start(o, plan);
	return deferred;
}
