/* SPDX-License-Identifier: MIT */
#include "listen.h"

#include "opening_internal.h"

static struct evert_deferred *refuse(struct evert_failure *failure,
				     const char *place)
{
	return evert_deferred_create_fired_at(place,
					      evert_result_failure(failure));
}

struct evert_deferred *
evert_endpoint_listen(struct evert_reactor *reactor,
		      const struct evert_endpoint *endpoint,
		      struct evert_factory *factory,
		      const struct evert_socket_options *options,
		      const char *place)
{
	struct evert_failure *failure = evert_endpoint_check(
		endpoint, EVERT_OPERATION_LISTEN, place);

	if (failure)
		return refuse(failure, place);
	return endpoint->scheme->listen(reactor, endpoint, factory, options,
					place);
}

struct evert_deferred *
evert_listen_with_at(struct evert_reactor *reactor, const char *string,
		     struct evert_factory *factory,
		     const struct evert_socket_options *options,
		     const char *place)
{
	const struct evert_endpoint *endpoint;
	struct evert_deferred *deferred;
	struct evert_failure *failure;

	evert_reactor_check_thread(reactor, "evert_listen");
	evert_factory_check(factory);
	failure = evert_endpoint_parse(&endpoint, string,
				       EVERT_OPERATION_LISTEN, place);
	if (failure)
		return refuse(failure, place);
	deferred = evert_endpoint_listen(reactor, endpoint, factory, options,
					 place);
	evert_endpoint_release(endpoint);
	return deferred;
}

struct evert_deferred *evert_listen_at(struct evert_reactor *reactor,
				       const char *endpoint,
				       struct evert_factory *factory,
				       const char *place)
{
	return evert_listen_with_at(reactor, endpoint, factory, NULL, place);
}
