/* SPDX-License-Identifier: MIT */
/* unix-datagram:PATH, and unix-datagram-abstract:NAME. */
#include "builtin_internal.h"

#include <string.h>

#include "options_internal.h"
#include "unix_address_internal.h"

/* Of both; a path's own ones follow. "bind" is of the same kind as the peer's
   address. */
#define COMMON                                                                \
	{ "bind", EVERT_VALUE_TEXT, false, EVERT_TO_CONNECT, 0, 0 },          \
	EVERT_BUFFER_PARAMETERS,                                              \
	EVERT_QUEUE_PARAMETERS

static const struct evert_endpoint_parameter path_parameters[] = {
	{ .name = "path", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ .name = "mode", .kind = EVERT_VALUE_MODE },
	{ .name = "owner", .kind = EVERT_VALUE_TEXT },
	{ .name = "group", .kind = EVERT_VALUE_TEXT },
	{ .name = NULL },
};

static const struct evert_endpoint_parameter name_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	COMMON,
	{ .name = NULL },
};

/* What is of the path that it binds, where it binds none. */
static struct evert_failure *check_own_path(const struct evert_endpoint *e,
					    const char *place)
{
	static const char *const names[] = { "mode", "owner", "group" };
	size_t i;

	if (e->scheme != &evert_scheme_unix_datagram ||
	    evert_endpoint_value(e, "bind"))
		return NULL;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (evert_endpoint_value(e, names[i]))
			return evert_endpoint_refuse(
				e, names[i], place,
				"to connect, \"%s\" is of the path that "
				"\"bind\" gives", names[i]);
	return NULL;
}

/* Where the peer is to answer to: an abstract name that the system picks, if
   nothing is said. */
static struct evert_failure *make_own_address(const struct evert_endpoint *e,
					      struct evert_address *own,
					      const char *place)
{
	struct evert_failure *failure = check_own_path(e, place);

	if (failure)
		return failure;
	if (evert_endpoint_value(e, "bind"))
		return evert_unix_make(own, e, "bind", false, place);
	evert_address_unix(own, NULL, 0);
	return NULL;
}

static struct evert_deferred *unix_open(
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
		.connects = !evert_endpoint_listens(e),
		.protocol = protocol,
		.options = &all,
	};

	if (!plan.base.failure && plan.connects)
		plan.base.failure = make_own_address(e, &plan.local, place);
	return evert_datagram_opening_with(&plan, &all, options);
}

struct evert_endpoint_scheme evert_scheme_unix_datagram = {
	.name = "unix-datagram",
	.form = "unix-datagram:PATH",
	.parameters = path_parameters,
	.connect_datagram = unix_open,
	.listen_datagram = unix_open,
	.next = &evert_scheme_unix_datagram_abstract,
};

struct evert_endpoint_scheme evert_scheme_unix_datagram_abstract = {
	.name = "unix-datagram-abstract",
	.form = "unix-datagram-abstract:NAME",
	.parameters = name_parameters,
	.connect_datagram = unix_open,
	.listen_datagram = unix_open,
	.next = &evert_scheme_unix_seqpacket,
};
