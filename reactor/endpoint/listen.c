/* SPDX-License-Identifier: MIT */
/* evert_listen: an endpoint string to a port. */
#include "listen.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "../transport/port_internal.h"
#include "../transport/socket_options_internal.h"
#include "resolution_internal.h"

struct listen {
	struct evert_reactor *reactor;
	struct evert_factory *factory;
	struct evert_firing *slot;
	struct evert_member member;
	struct evert_resolution resolution;
	struct evert_socket_plan socket;
};

const struct evert_error evert_error_listen_failed =
	EVERT_ERROR_INIT(evert_error_listen_failed, EVERT_ERROR,
			 "LISTEN_FAILED", "cannot listen");

static void release(struct listen *l)
{
	evert_member_leave(&l->member);
	evert_resolution_finish(&l->resolution);
	evert_free(l);
}

static void fire(struct listen *l, struct evert_result result)
{
	struct evert_firing *slot = l->slot;

	release(l);
	evert_deferred_fire(&slot, result);
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct listen *l = arg;

	(void)deferred;
	evert_deferred_abandon(&l->slot);
	release(l);
	return false;
}

static void shut_down(struct evert_member *member)
{
	fire(evert_container_of(member, struct listen, member),
	     evert_result_failure(evert_failure_bare(EVERT_REACTOR_STOPPED)));
}

static struct evert_result open_port(struct listen *l)
{
	const struct evert_resolution *r = &l->resolution;
	struct evert_port_plan plan = {
		.factory = l->factory,
		.addresses = r->addresses,
		.count = r->count,
		.options = &l->socket.options,
	};
	char text[EVERT_ENDPOINT_TEXT_SIZE], refused[EVERT_REFUSED_SIZE];
	struct evert_port *port;
	int error = evert_port_open(&port, l->reactor, &plan);

	if (!error)
		return evert_port_result(port);
	return evert_result_failure(evert_failure_create_at(
		r->place, EVERT_LISTEN_FAILED, error, "cannot listen on %s%s",
		evert_endpoint_text(&r->endpoint, text),
		evert_socket_refused_text(plan.refused, refused)));
}

static void resolved(struct evert_resolution *resolution,
		     struct evert_failure *failure)
{
	struct listen *l =
		evert_container_of(resolution, struct listen, resolution);

	fire(l, failure ? evert_result_failure(failure) : open_port(l));
}

struct evert_deferred *
evert_listen_with_at(struct evert_reactor *reactor, const char *endpoint,
		     struct evert_factory *factory,
		     const struct evert_socket_options *options,
		     const char *place)
{
	struct listen *l = evert_allocate(sizeof(*l));
	struct evert_deferred *deferred;
	struct evert_firing *slot;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_listen");
	evert_factory_check(factory);
	if (!l)
		return NULL;
	deferred = evert_deferred_create_at(&slot, place, cancelled, l);
	if (!deferred) {
		evert_free(l);
		return NULL;
	}
	*l = (struct listen){
		.reactor = reactor,
		.factory = factory,
		.slot = slot,
	};
	evert_member_join(reactor, &l->member, shut_down);
	failure = evert_socket_plan_init(&l->socket, options, place);
	if (!failure)
		failure = evert_resolution_begin(&l->resolution, reactor,
						 endpoint, true, resolved,
						 place);
	if (failure || l->resolution.count)
		resolved(&l->resolution, failure);
	return deferred;
}

struct evert_deferred *evert_listen_at(struct evert_reactor *reactor,
				       const char *endpoint,
				       struct evert_factory *factory,
				       const char *place)
{
	return evert_listen_with_at(reactor, endpoint, factory, NULL, place);
}
