/* SPDX-License-Identifier: MIT */
#include "datagram_endpoint.h"

#include "../transport/datagram_internal.h"
#include "opening_internal.h"

static struct evert_deferred *refuse(struct evert_reactor *reactor,
				     bool connects,
				     struct evert_datagram_protocol *protocol,
				     struct evert_failure *failure,
				     const char *place)
{
	struct evert_datagram_plan plan = {
		.base = {
			.reactor = reactor,
			.place = place,
			.failure = failure,
		},
		.connects = connects,
		.protocol = protocol,
	};

	return evert_datagram_opening_begin(&plan);
}

static struct evert_failure *no_datagrams(const struct evert_endpoint *e,
					  const char *place)
{
	return evert_bad_endpoint(evert_endpoint_string(e), 0, place,
				  "\"%s\" is not for datagrams",
				  e->scheme->name);
}

struct evert_deferred *
evert_endpoint_connect_datagram(struct evert_reactor *reactor,
				const struct evert_endpoint *endpoint,
				struct evert_datagram_protocol *protocol,
				const struct evert_datagram_options *options,
				const char *place)
{
	const struct evert_endpoint_scheme *scheme = endpoint->scheme;

	if (!scheme->connect_datagram)
		return refuse(reactor, true, protocol,
			      no_datagrams(endpoint, place), place);
	return scheme->connect_datagram(reactor, endpoint, protocol, options,
					place);
}

struct evert_deferred *
evert_endpoint_listen_datagram(struct evert_reactor *reactor,
			       const struct evert_endpoint *endpoint,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place)
{
	const struct evert_endpoint_scheme *scheme = endpoint->scheme;

	if (!scheme->listen_datagram)
		return refuse(reactor, false, protocol,
			      no_datagrams(endpoint, place), place);
	return scheme->listen_datagram(reactor, endpoint, protocol, options,
				       place);
}

struct evert_deferred *
evert_connect_datagram_with_at(struct evert_reactor *reactor,
			       const char *string,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_connect_datagram");
	evert_datagram_protocol_check(protocol);
	failure = evert_endpoint_parse(&endpoint, string, EVERT_TO_CONNECT,
				       place);
	if (failure)
		return refuse(reactor, true, protocol, failure, place);
	deferred = evert_endpoint_connect_datagram(reactor, endpoint, protocol,
						   options, place);
	evert_endpoint_release(endpoint);
	return deferred;
}

struct evert_deferred *
evert_listen_datagram_with_at(struct evert_reactor *reactor,
			      const char *string,
			      struct evert_datagram_protocol *protocol,
			      const struct evert_datagram_options *options,
			      const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_listen_datagram");
	evert_datagram_protocol_check(protocol);
	failure = evert_endpoint_parse(&endpoint, string, EVERT_TO_LISTEN,
				       place);
	if (failure)
		return refuse(reactor, false, protocol, failure, place);
	deferred = evert_endpoint_listen_datagram(reactor, endpoint, protocol,
						  options, place);
	evert_endpoint_release(endpoint);
	return deferred;
}

struct evert_deferred *
evert_connect_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			  struct evert_datagram_protocol *protocol,
			  const char *place)
{
	return evert_connect_datagram_with_at(reactor, endpoint, protocol, NULL,
					      place);
}

struct evert_deferred *
evert_listen_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			 struct evert_datagram_protocol *protocol,
			 const char *place)
{
	return evert_listen_datagram_with_at(reactor, endpoint, protocol, NULL,
					     place);
}
