/* SPDX-License-Identifier: MIT */
#include "datagram_endpoint.h"

#include "../transport/datagram_internal.h"
#include "opening_internal.h"

static bool connects(enum evert_operation operation)
{
	return operation == EVERT_OPERATION_CONNECT_DATAGRAM;
}

static struct evert_deferred *refuse(struct evert_reactor *reactor,
				     enum evert_operation operation,
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
		.connects = connects(operation),
		.protocol = protocol,
	};

	return evert_datagram_opening_begin(&plan);
}

static struct evert_deferred *
open_endpoint(struct evert_reactor *reactor, const struct evert_endpoint *e,
	      enum evert_operation operation,
	      struct evert_datagram_protocol *protocol,
	      const struct evert_datagram_options *options, const char *place)
{
	struct evert_failure *failure =
		evert_endpoint_check(e, operation, place);

	if (failure)
		return refuse(reactor, operation, protocol, failure, place);
	return (connects(operation) ? e->scheme->connect_datagram :
				      e->scheme->listen_datagram)(
		reactor, e, protocol, options, place);
}

static struct evert_deferred *
open_string(struct evert_reactor *reactor, const char *string,
	    enum evert_operation operation,
	    struct evert_datagram_protocol *protocol,
	    const struct evert_datagram_options *options, const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_datagram_protocol_check(protocol);
	failure = evert_endpoint_parse(&endpoint, string, operation, place);
	if (failure)
		return refuse(reactor, operation, protocol, failure, place);
	deferred = open_endpoint(reactor, endpoint, operation, protocol,
				 options, place);
	evert_endpoint_release(endpoint);
	return deferred;
}

/* ---- Connecting ---- */

struct evert_deferred *
evert_endpoint_connect_datagram(struct evert_reactor *reactor,
				const struct evert_endpoint *endpoint,
				struct evert_datagram_protocol *protocol,
				const struct evert_datagram_options *options,
				const char *place)
{
	return open_endpoint(reactor, endpoint,
			     EVERT_OPERATION_CONNECT_DATAGRAM, protocol,
			     options, place);
}

struct evert_deferred *
evert_connect_datagram_with_at(struct evert_reactor *reactor,
			       const char *string,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place)
{
	evert_reactor_check_thread(reactor, "evert_connect_datagram");
	return open_string(reactor, string, EVERT_OPERATION_CONNECT_DATAGRAM,
			   protocol, options, place);
}

struct evert_deferred *
evert_connect_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			  struct evert_datagram_protocol *protocol,
			  const char *place)
{
	return evert_connect_datagram_with_at(reactor, endpoint, protocol, NULL,
					      place);
}

/* ---- Listening ---- */

struct evert_deferred *
evert_endpoint_listen_datagram(struct evert_reactor *reactor,
			       const struct evert_endpoint *endpoint,
			       struct evert_datagram_protocol *protocol,
			       const struct evert_datagram_options *options,
			       const char *place)
{
	return open_endpoint(reactor, endpoint,
			     EVERT_OPERATION_LISTEN_DATAGRAM, protocol, options,
			     place);
}

struct evert_deferred *
evert_listen_datagram_with_at(struct evert_reactor *reactor,
			      const char *string,
			      struct evert_datagram_protocol *protocol,
			      const struct evert_datagram_options *options,
			      const char *place)
{
	evert_reactor_check_thread(reactor, "evert_listen_datagram");
	return open_string(reactor, string, EVERT_OPERATION_LISTEN_DATAGRAM,
			   protocol, options, place);
}

struct evert_deferred *
evert_listen_datagram_at(struct evert_reactor *reactor, const char *endpoint,
			 struct evert_datagram_protocol *protocol,
			 const char *place)
{
	return evert_listen_datagram_with_at(reactor, endpoint, protocol, NULL,
					     place);
}
