/* SPDX-License-Identifier: MIT */
/* unix-seqpacket:PATH, and unix-seqpacket-abstract:NAME. */
#include "builtin_internal.h"

#include <limits.h>

#include "options_internal.h"
#include "unix_address_internal.h"

static struct evert_deferred *seqpacket_connect(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_datagram_protocol *protocol,
	const struct evert_datagram_options *options, const char *place)
{
	struct evert_datagram_options all;
	struct evert_datagram_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = e,
			.place = place,
			.source = &evert_unix_source,
			.failure = evert_unix_check(e, place),
		},
		.connects = true,
		.protocol = protocol,
		.options = &all,
		.seqpacket = true,
	};

	return evert_datagram_opening_with(&plan, &all, options);
}

static struct evert_deferred *
seqpacket_listen(struct evert_reactor *reactor, const struct evert_endpoint *e,
		 struct evert_datagram_factory *factory,
		 const struct evert_socket_options *options, const char *place)
{
	struct evert_socket_options all;
	struct evert_stream_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = e,
			.place = place,
			.source = &evert_unix_source,
			.failure = evert_unix_check(e, place),
		},
		.packets = factory,
		.options = &all,
	};

	evert_take_socket_options(&all, options, e);
	return evert_listening_begin(&plan);
}

/* Of both; a path's own ones follow. */
#define COMMON                                                                \
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX },\
	{ "largest", EVERT_VALUE_NUMBER, false, EVERT_TO_CONNECT, 1, 65535 }, \
	{ "queue-most", EVERT_VALUE_NUMBER, false, EVERT_TO_CONNECT, 1, 1e15 },\
	{ "when-full", EVERT_VALUE_TEXT, false, EVERT_TO_CONNECT, 0, 0 },     \
	EVERT_BUFFER_PARAMETERS

static const struct evert_endpoint_parameter path_parameters[] = {
	{ .name = "path", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ "mode", EVERT_VALUE_MODE, false, EVERT_TO_LISTEN, 0, 0 },
	{ "owner", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0 },
	{ "group", EVERT_VALUE_TEXT, false, EVERT_TO_LISTEN, 0, 0 },
	{ .name = NULL },
};

static const struct evert_endpoint_parameter name_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ .name = NULL },
};

struct evert_endpoint_scheme evert_scheme_unix_seqpacket = {
	.name = "unix-seqpacket",
	.form = "unix-seqpacket:PATH",
	.parameters = path_parameters,
	.connect_datagram = seqpacket_connect,
	.listen_seqpacket = seqpacket_listen,
	.next = &evert_scheme_unix_seqpacket_abstract,
};

struct evert_endpoint_scheme evert_scheme_unix_seqpacket_abstract = {
	.name = "unix-seqpacket-abstract",
	.form = "unix-seqpacket-abstract:NAME",
	.parameters = name_parameters,
	.connect_datagram = seqpacket_connect,
	.listen_seqpacket = seqpacket_listen,
	.next = &evert_scheme_fd,
};
