/* SPDX-License-Identifier: MIT */
/* tcp:HOST:PORT, and tcp4 and tcp6, which are the same for one family. */
#include "builtin_internal.h"

#include <limits.h>

#include "host_internal.h"
#include "options_internal.h"

static const struct evert_endpoint_parameter parameters[] = {
	EVERT_HOST_PARAMETERS,
	EVERT_TIMEOUT_PARAMETER,
	/* RFC 8305, 5 has these bounds: 10 ms, 2 s. */
	{ "attempt-delay", EVERT_VALUE_SECONDS, false, EVERT_TO_CONNECT, 0.01,
	  2 },
	EVERT_BIND_PARAMETERS,
	{ .name = "reuse-address", .kind = EVERT_VALUE_YES_NO },
	{ .name = "reuse-port", .kind = EVERT_VALUE_YES_NO },
	{ "ipv6-only", EVERT_VALUE_YES_NO, false, EVERT_TO_LISTEN, 0, 0 },
	{ .name = "no-delay", .kind = EVERT_VALUE_YES_NO },
	{ .name = "keep-alive", .kind = EVERT_VALUE_YES_NO },
	{ "keep-alive-idle", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-interval", EVERT_VALUE_NUMBER, false, 0, 1, 32767 },
	{ "keep-alive-count", EVERT_VALUE_NUMBER, false, 0, 1, 127 },
	EVERT_BUFFER_PARAMETERS,
	{ "backlog", EVERT_VALUE_NUMBER, false, EVERT_TO_LISTEN, 1, INT_MAX },
	{ .name = NULL },
};

static const struct evert_opening_source *
source_of(const struct evert_endpoint *e)
{
	if (e->scheme == &evert_scheme_tcp4)
		return &evert_host_source4;
	return e->scheme == &evert_scheme_tcp6 ? &evert_host_source6 :
						 &evert_host_source;
}

static struct evert_failure *check_keep_alive(const struct evert_endpoint *e,
					      const char *place)
{
	static const char *const times[] = { "keep-alive-idle",
					     "keep-alive-interval",
					     "keep-alive-count" };
	size_t i;

	/* Which of the two is meant? */
	for (i = 0; i < 3; i++)
		if (evert_endpoint_number(e, "keep-alive", 1) < 1 &&
		    evert_endpoint_value(e, times[i]))
			return evert_endpoint_refuse(
				e, times[i], place,
				"\"%s\" stands beside keep-alive=no",
				times[i]);
	return NULL;
}

static struct evert_deferred *tcp_open(
	struct evert_reactor *reactor, const struct evert_endpoint *e,
	struct evert_factory *factory,
	const struct evert_socket_options *options, const char *place)
{
	struct evert_failure *failure = evert_host_check(e, place);
	struct evert_socket_options all;
	struct evert_stream_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = e,
			.place = place,
			.source = source_of(e),
			.failure = failure ? failure :
					     check_keep_alive(e, place),
			.timeout = evert_endpoint_number(e, "timeout", 0),
		},
		.factory = factory,
		.options = &all,
		.attempt_delay = evert_endpoint_number(e, "attempt-delay", 0),
	};

	evert_take_socket_options(&all, options, e);
	return evert_stream_opening_begin(&plan);
}

struct evert_endpoint_scheme evert_scheme_tcp = {
	.name = "tcp",
	.form = "tcp:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect = tcp_open,
	.listen = tcp_open,
	.next = &evert_scheme_tcp4,
};

struct evert_endpoint_scheme evert_scheme_tcp4 = {
	.name = "tcp4",
	.form = "tcp4:HOST:PORT",
	.parameters = parameters,
	.connect = tcp_open,
	.listen = tcp_open,
	.next = &evert_scheme_tcp6,
};

struct evert_endpoint_scheme evert_scheme_tcp6 = {
	.name = "tcp6",
	.form = "tcp6:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect = tcp_open,
	.listen = tcp_open,
	.next = &evert_scheme_udp,
};
