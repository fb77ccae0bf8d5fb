/* SPDX-License-Identifier: MIT */
/* Streams as results, and connecting, which fires with one. */
#include "stream_internal.h"

#include "../../reactor/endpoint/connect.h"
#include "../../reactor/run_internal.h"

static void destroy_result(void *pointer)
{
	evert_stream_destroy(pointer);
}

const struct evert_type evert_type_stream = { "stream", destroy_result };

struct evert_stream *evert_stream_take(struct evert_result *result)
{
	struct evert_stream *stream =
		evert_result_as(result, &evert_type_stream);

	evert_result_take(result);
	return stream;
}

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	(void)factory;
	(void)peer;
	return evert_stream_build(sizeof(struct evert_stream), NULL,
							 NULL);
}

struct evert_factory evert_stream_factory = { .build_protocol = build };

static struct evert_result give_handle(struct evert_result *protocol, void *arg)
{
	(void)arg;
	return evert_result_of(
		&evert_type_stream,
		evert_stream_of(evert_result_as_protocol(protocol)));
}

struct evert_deferred *
evert_stream_connect_with_at(const char *endpoint,
			     const struct evert_socket_options *options,
			     const char *place)
{
	struct evert_deferred *deferred = evert_connect_with_at(
		evert_reactor_require("evert_stream_connect", place), endpoint,
		&evert_stream_factory, options, place);

	evert_deferred_add_callback(deferred, give_handle, NULL);
	return deferred;
}

struct evert_deferred *evert_stream_connect_at(const char *endpoint,
					       const char *place)
{
	return evert_stream_connect_with_at(endpoint, NULL, place);
}
