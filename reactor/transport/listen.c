/* SPDX-License-Identifier: MIT */
/* evert_listen: an endpoint string to a port. */
#include "listen.h"

#include <errno.h>

#include "../../deferred/base/memory.h"
#include "port_internal.h"
#include "../name/resolution_internal.h"

struct listen {
	struct evert_reactor *reactor;
	struct evert_factory *factory;
	struct evert_firing *slot;
	struct evert_member member;
	struct evert_resolution resolution;
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

/* Is it not one of this machine's? Then the next one may be. Of any other
   error, as that it is taken, the caller is to hear. */
static bool is_elsewhere(int error)
{
	return error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT;
}

/* Listens on the first of the addresses that is this machine's. */
static struct evert_result open_first(struct listen *l)
{
	const struct evert_resolution *r = &l->resolution;
	char text[EVERT_ENDPOINT_TEXT_SIZE];
	struct evert_port *port;
	size_t i = 0;
	int error;

	do {
		error = evert_port_open(&port, l->reactor, &r->addresses[i++],
					l->factory);
	} while (is_elsewhere(error) && i < r->count);
	if (!error)
		return evert_result_of(&evert_type_port, port);
	return evert_result_failure(evert_failure_create_at(
		r->place, EVERT_LISTEN_FAILED, error, "cannot listen on %s",
		evert_endpoint_text(&r->endpoint, text)));
}

static void resolved(struct evert_resolution *resolution,
		     struct evert_failure *failure)
{
	struct listen *l =
		evert_container_of(resolution, struct listen, resolution);

	fire(l, failure ? evert_result_failure(failure) : open_first(l));
}

struct evert_deferred *evert_listen_at(struct evert_reactor *reactor,
				       const char *endpoint,
				       struct evert_factory *factory,
				       const char *place)
{
	struct listen *l = evert_allocate(sizeof(*l));
	struct evert_deferred *deferred;
	struct evert_firing *slot;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_listen");
	if (!l)
		return NULL;
	deferred = evert_deferred_create_at(&slot, place, cancelled, l);
	if (!deferred) {
		evert_free(l);
		return NULL;
	}
	l->reactor = reactor;
	l->factory = factory;
	l->slot = slot;
	evert_member_join(reactor, &l->member, shut_down);
	failure = evert_resolution_begin(&l->resolution, reactor, endpoint,
					 true, resolved, place);
	if (failure || l->resolution.count)
		resolved(&l->resolution, failure);
	return deferred;
}
