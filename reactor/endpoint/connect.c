/* SPDX-License-Identifier: MIT */
#include "connect.h"

#include "opening_internal.h"

/* Why there is no connecting to it is told from the loop, as everything is. */
static struct evert_deferred *refuse(struct evert_reactor *reactor,
				     struct evert_failure *failure,
				     const char *place)
{
	struct evert_stream_plan plan = {
		.base = {
			.reactor = reactor,
			.place = place,
			.failure = failure,
		},
	};

	return evert_attempts_begin(&plan);
}

struct evert_deferred *
evert_endpoint_connect(struct evert_reactor *reactor,
		       const struct evert_endpoint *endpoint,
		       struct evert_factory *factory,
		       const struct evert_socket_options *options,
		       const char *place)
{
	struct evert_failure *failure = evert_endpoint_check(
		endpoint, EVERT_OPERATION_CONNECT, place);

	if (failure)
		return refuse(reactor, failure, place);
	return endpoint->scheme->connect(reactor, endpoint, factory, options,
					 place);
}

struct evert_deferred *
evert_connect_with_at(struct evert_reactor *reactor, const char *string,
		      struct evert_factory *factory,
		      const struct evert_socket_options *options,
		      const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_connect");
	evert_factory_check(factory);
	failure = evert_endpoint_parse(&endpoint, string,
				       EVERT_OPERATION_CONNECT, place);
	if (failure)
		return refuse(reactor, failure, place);
	deferred = evert_endpoint_connect(reactor, endpoint, factory, options,
					  place);
	evert_endpoint_release(endpoint);
	return deferred;
}

struct evert_deferred *evert_connect_at(struct evert_reactor *reactor,
					const char *endpoint,
					struct evert_factory *factory,
					const char *place)
{
	return evert_connect_with_at(reactor, endpoint, factory, NULL, place);
}
