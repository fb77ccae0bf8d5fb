/* SPDX-License-Identifier: MIT */
/* udp:HOST:PORT, and udp4 and udp6, which are the same for one family. */
#include "builtin_internal.h"

#include "host_internal.h"
#include "options_internal.h"

static const struct evert_endpoint_parameter parameters[] = {
	EVERT_HOST_PARAMETERS,
	EVERT_TIMEOUT_PARAMETER,
	EVERT_BIND_PARAMETERS,
	{ .name = "reuse-address", .kind = EVERT_VALUE_YES_NO },
	{ .name = "reuse-port", .kind = EVERT_VALUE_YES_NO },
	{ "ipv6-only", EVERT_VALUE_YES_NO, false, EVERT_TO_LISTEN, 0, 0 },
	{ .name = "broadcast", .kind = EVERT_VALUE_YES_NO },
	{ .name = "interface", .kind = EVERT_VALUE_TEXT },
	{ .name = "tell-host", .kind = EVERT_VALUE_YES_NO },
	{ .name = "tell-tos", .kind = EVERT_VALUE_YES_NO },
	{ .name = "gather", .kind = EVERT_VALUE_YES_NO },
	{ .name = "join", .kind = EVERT_VALUE_YES_NO },
	EVERT_BUFFER_PARAMETERS,
	EVERT_QUEUE_PARAMETERS,
	{ .name = NULL },
};

static const struct evert_opening_source *
source_of(const struct evert_endpoint *e)
{
	if (e->scheme == &evert_scheme_udp4)
		return &evert_host_source4;
	return e->scheme == &evert_scheme_udp6 ? &evert_host_source6 :
						 &evert_host_source;
}

/* No host is all addresses, by one socket. */
static struct evert_failure *take_all_families(enum evert_choice *ipv6_only,
					       const struct evert_endpoint *e,
					       const char *place)
{
	if (e->scheme != &evert_scheme_udp || *evert_endpoint_value(e, "host"))
		return NULL;
	if (*ipv6_only == EVERT_ON)
		return evert_endpoint_refuse(e, "ipv6-only", place,
					     "without a host it is IPv4 as "
					     "well; \"udp6\" is IPv6 only");
	*ipv6_only = EVERT_OFF;
	return NULL;
}

static struct evert_deferred *
udp_open(struct evert_reactor *reactor, const struct evert_endpoint *e,
	 struct evert_datagram_protocol *protocol,
	 const struct evert_datagram_options *options, const char *place)
{
	const char *bind = evert_endpoint_value(e, "bind");
	struct evert_datagram_options all;
	struct evert_datagram_plan plan = {
		.base = {
			.reactor = reactor,
			.endpoint = e,
			.place = place,
			.source = source_of(e),
			.failure = evert_host_check(e, place),
			.timeout = evert_endpoint_number(e, "timeout", 0),
		},
		.connects = !evert_endpoint_listens(e),
		.protocol = protocol,
		.options = &all,
		.local_port =
			(uint16_t)evert_endpoint_number(e, "bind-port", 0),
	};

	if (bind)
		evert_address_parse(&plan.local, bind, plan.local_port);
	if (!plan.base.failure)
		plan.base.failure =
			evert_take_datagram_options(&all, options, e, place);
	if (!plan.base.failure && !plan.connects)
		plan.base.failure = take_all_families(&all.ipv6_only, e, place);
	return evert_datagram_opening_begin(&plan);
}

struct evert_endpoint_scheme evert_scheme_udp = {
	.name = "udp",
	.form = "udp:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect_datagram = udp_open,
	.listen_datagram = udp_open,
	.next = &evert_scheme_udp4,
};

struct evert_endpoint_scheme evert_scheme_udp4 = {
	.name = "udp4",
	.form = "udp4:HOST:PORT",
	.parameters = parameters,
	.connect_datagram = udp_open,
	.listen_datagram = udp_open,
	.next = &evert_scheme_udp6,
};

struct evert_endpoint_scheme evert_scheme_udp6 = {
	.name = "udp6",
	.form = "udp6:HOST:PORT, an IPv6 address in brackets",
	.parameters = parameters,
	.connect_datagram = udp_open,
	.listen_datagram = udp_open,
	.next = &evert_scheme_unix,
};
