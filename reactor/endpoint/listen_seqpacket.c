/* SPDX-License-Identifier: MIT */
#include "datagram_endpoint.h"

#include "../../deferred/base/bug.h"
#include "opening_internal.h"

static struct evert_deferred *refuse(struct evert_failure *failure,
				     const char *place)
{
	return evert_deferred_create_fired_at(place,
					      evert_result_failure(failure));
}

static void check(const struct evert_datagram_factory *factory)
{
	if (!factory || !factory->build_protocol)
		evert_bug("the operation build_protocol of a factory is "
			  "missing");
}

struct evert_deferred *
evert_listen_seqpacket_with_at(struct evert_reactor *reactor,
			       const char *string,
			       struct evert_datagram_factory *factory,
			       const struct evert_socket_options *options,
			       const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_listen_seqpacket");
	check(factory);
	failure = evert_endpoint_parse(
		&endpoint, string, EVERT_OPERATION_LISTEN_SEQPACKET, place);
	if (failure)
		return refuse(failure, place);
	failure = evert_endpoint_check(
		endpoint, EVERT_OPERATION_LISTEN_SEQPACKET, place);
	deferred = failure ? refuse(failure, place) :
			     endpoint->scheme->listen_seqpacket(
				     reactor, endpoint, factory, options,
				     place);
	evert_endpoint_release(endpoint);
	return deferred;
}

struct evert_deferred *
evert_listen_seqpacket_at(struct evert_reactor *reactor, const char *endpoint,
			  struct evert_datagram_factory *factory,
			  const char *place)
{
	return evert_listen_seqpacket_with_at(reactor, endpoint, factory, NULL,
					      place);
}
