/* SPDX-License-Identifier: MIT */
/* Datagrams: of the addresses the first one that works becomes a transport. */
#include "datagram_endpoint.h"

#include <errno.h>
#include <net/if.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/deferred_internal.h"
#include "../../deferred/handle_internal.h"
#include "../transport/datagram_internal.h"
#include "listen.h"
#include "opening_internal.h"

struct opening {
	struct evert_opening base;
	bool connects, opening;
	struct evert_datagram_protocol *protocol; /* NULL: a transport has it */
	struct evert_datagram_options options;
	char interface[IFNAMSIZ], owner[64], group[64]; /* the options' */
	struct evert_address local;
	uint16_t local_port;
};

static struct opening *opening_from(struct evert_opening *base)
{
	return evert_container_of(base, struct opening, base);
}

/* ---- The result ---- */

/* Holds the transport's memory, which may have stopped before. */
struct transport_handle {
	struct evert_handle base;
	struct evert_datagram_transport *transport;
};

const struct evert_type evert_type_datagram_transport = {
	"datagram transport", evert_handle_release
};

struct evert_datagram_transport *
evert_result_as_datagram_transport(const struct evert_result *result)
{
	const struct transport_handle *handle =
		evert_result_as(result, &evert_type_datagram_transport);

	return handle->transport;
}

static void let_go(struct evert_handle *base, bool unwanted)
{
	struct transport_handle *handle =
		evert_container_of(base, struct transport_handle, base);

	if (unwanted)
		evert_datagram_abort(handle->transport);
	evert_datagram_transport_let_go(handle->transport);
	evert_free(handle);
}

static struct evert_result
result_of(struct transport_handle *handle,
	  struct evert_datagram_transport *transport)
{
	*handle = (struct transport_handle){ { let_go }, transport };
	transport->holders++;
	return evert_result_of(&evert_type_datagram_transport, handle);
}

/* ---- Opening ---- */

static const struct evert_address *own_address(const struct opening *o,
					       const struct evert_address *peer,
					       struct evert_address *any)
{
	if (o->local.length)
		return &o->local;
	if (!o->local_port)
		return NULL;
	evert_address_parse(any,
			    peer->as.any.sa_family == AF_INET6 ? "::" :
								 "0.0.0.0",
			    o->local_port);
	return any;
}

/* NULL and errno. */
static struct evert_datagram_transport *
open_one(const struct opening *o, const struct evert_address *address,
	 const char **refused)
{
	struct evert_address any;

	*refused = NULL;
	if (o->base.resolution.fd >= 0)
		return evert_datagram_adopt(o->base.reactor,
					    o->base.resolution.fd, o->protocol);
	if (!o->connects)
		return evert_datagram_port_open(o->base.reactor, address, NULL,
						&o->options, o->protocol,
						refused);
	return evert_datagram_port_open(o->base.reactor,
					own_address(o, address, &any), address,
					&o->options, o->protocol, refused);
}

static struct evert_failure *cannot(const struct opening *o, int error,
				    const char *where, const char *refused)
{
	char text[EVERT_REFUSED_SIZE];

	return evert_failure_create_at(
		o->base.place,
		o->connects ? EVERT_CONNECT_FAILED : EVERT_LISTEN_FAILED,
		error, "cannot %s %s%s",
		o->connects ? "connect to" : "listen on", where,
		evert_socket_refused_text(refused, text));
}

static struct evert_failure *one_failed(const struct opening *o, int error,
					const struct evert_address *address,
					const char *refused)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (o->base.resolution.count == 1)
		evert_opening_name(&o->base, name);
	else
		evert_address_text(address, name, sizeof(name));
	return cannot(o, error, name, refused);
}

/* `all`: the failure of all of them, NULL before the first. */
static struct evert_failure *add_cause(const struct opening *o,
				       struct evert_failure *all,
				       struct evert_failure *cause,
				       size_t number)
{
	char name[EVERT_OPENING_NAME_SIZE];

	if (o->base.resolution.count == 1)
		return cause;
	if (!all)
		all = cannot(o, cause->error,
			     evert_opening_name(&o->base, name), NULL);
	evert_failure_set_index(cause, number);
	evert_failure_add_cause(all, cause);
	return all;
}

/* An address that is not this machine's, or whose family it has not got, is
   not for listening; anything else is told. */
static bool may_go_on(const struct opening *o, int error)
{
	return o->connects || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

static struct evert_failure *
try_all(struct opening *o, struct evert_datagram_transport **transport)
{
	const struct evert_resolution *found = &o->base.resolution;
	struct evert_failure *failure = NULL;
	const char *refused;
	bool go_on = true;
	size_t i;
	int error;

	*transport = NULL;
	for (i = 0; i < found->count && go_on; i++) {
		*transport = open_one(o, &found->addresses[i], &refused);
		if (*transport)
			break;
		error = errno;
		go_on = may_go_on(o, error);
		failure = add_cause(
			o, failure,
			one_failed(o, error, &found->addresses[i], refused), i);
	}
	if (*transport) {
		evert_failure_release(failure);
		failure = NULL;
	}
	return failure;
}

static struct evert_result open_any(struct opening *o)
{
	struct transport_handle *handle = evert_allocate(sizeof(*handle));
	struct evert_datagram_transport *transport;
	struct evert_failure *failure;

	if (!handle)
		return evert_result_failure(
			evert_failure_bare(EVERT_NO_MEMORY));
	failure = try_all(o, &transport);
	if (!failure) {
		o->protocol = NULL;
		o->base.resolution.fd = -1;
		return result_of(handle, transport);
	}
	evert_free(handle);
	return evert_result_failure(failure);
}

/* The protocol's `started` may do anything: cancel the Deferred, too. */
static void later(struct evert_opening *base)
{
	struct opening *o = opening_from(base);

	o->opening = true;
	evert_member_leave(&base->member);
	evert_opening_fire(base, open_any(o));
}

static void found(struct evert_opening *base)
{
	if (opening_from(base)->connects)
		evert_opening_plan_later(base);
	else
		later(base);
}

static bool may_cancel(struct evert_opening *base)
{
	return !opening_from(base)->opening;
}

static void give_up_protocol(struct evert_datagram_protocol *protocol)
{
	if (protocol && protocol->ops->destroy)
		protocol->ops->destroy(protocol);
}

static void stop(struct evert_opening *base)
{
	struct opening *o = opening_from(base);
	struct evert_system *system = base->reactor->system;

	if (base->resolution.fd >= 0)
		system->ops->close(system, base->resolution.fd);
	give_up_protocol(o->protocol);
}

/* ---- Beginning ---- */

static struct evert_failure *keep_texts(struct opening *o, const char *place)
{
	struct evert_datagram_options *options = &o->options;
	struct evert_failure *failure =
		evert_socket_option_keep(&options->interface, o->interface,
					 sizeof(o->interface), "interface",
					 place);

	if (!failure)
		failure = evert_socket_option_keep(&options->owner, o->owner,
						   sizeof(o->owner), "owner",
						   place);
	if (!failure)
		failure = evert_socket_option_keep(&options->group, o->group,
						   sizeof(o->group), "group",
						   place);
	return failure;
}

static struct evert_failure *
take_options(struct opening *o, const struct evert_datagram_options *options,
	     const char *place)
{
	struct evert_failure *failure;
	const char *wrong;

	o->options = *options;
	failure = keep_texts(o, place);
	if (failure)
		return failure;
	wrong = evert_datagram_options_wrong(&o->options);
	return wrong ? evert_failure_create_at(place, EVERT_BAD_OPTION, 0,
					       "bad socket option: %s is out "
					       "of range", wrong) :
		       NULL;
}

static const struct evert_opening_kind listening = {
	.size = sizeof(struct opening),
	.found = found,
	.stop = stop,
	.may_cancel = may_cancel,
};

static const struct evert_opening_kind connecting = {
	.size = sizeof(struct opening),
	.from_loop = true,
	.found = found,
	.later = later,
	.stop = stop,
	.may_cancel = may_cancel,
};

struct evert_deferred *
evert_datagram_opening_begin(struct evert_datagram_plan *plan)
{
	struct evert_opening *base;
	struct opening *o;
	struct evert_deferred *deferred = evert_opening_create(
		plan->connects ? &connecting : &listening, &plan->base, &base);

	if (!deferred) {
		give_up_protocol(plan->protocol);
		return NULL;
	}
	o = opening_from(base);
	o->connects = plan->connects;
	o->protocol = plan->protocol;
	o->local = plan->local;
	o->local_port = plan->local_port;
	if (!plan->base.failure)
		plan->base.failure = take_options(o, plan->options,
						  plan->base.place);
	evert_opening_start(base, &plan->base);
	return deferred;
}
