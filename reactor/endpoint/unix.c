/* SPDX-License-Identifier: MIT */
/* unix:PATH, and unix-abstract:NAME. */
#include "builtin_internal.h"

#include <limits.h>

#include "options_internal.h"
#include "unix_address_internal.h"

static struct evert_deferred *unix_open(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_factory *factory,
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
			.timeout = evert_endpoint_number(e, "timeout", 0),
		},
		.factory = factory,
		.options = &all,
	};

	evert_take_socket_options(&all, options, e);
	return evert_stream_opening_begin(&plan);
}

/* Of both; a path's own ones follow. */
#define COMMON                                                                \
	EVERT_TIMEOUT_PARAMETER,                                              \
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX },\
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

struct evert_endpoint_scheme evert_scheme_unix = {
	.name = "unix",
	.form = "unix:PATH",
	.parameters = path_parameters,
	.connect = unix_open,
	.listen = unix_open,
	.next = &evert_scheme_unix_abstract,
};

struct evert_endpoint_scheme evert_scheme_unix_abstract = {
	.name = "unix-abstract",
	.form = "unix-abstract:NAME",
	.parameters = name_parameters,
	.connect = unix_open,
	.listen = unix_open,
	.next = &evert_scheme_unix_datagram,
};
