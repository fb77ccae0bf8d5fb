/* SPDX-License-Identifier: MIT */
/* udp:HOST:PORT, and udp4 and udp6, which are the same for one family. */
#include "builtin_internal.h"

#include "host_internal.h"
#include "options_internal.h"

const struct evert_endpoint_parameter evert_udp_parameters[] = {
	EVERT_HOST_PARAMETERS,
	EVERT_TIMEOUT_PARAMETER,
	EVERT_BIND_PARAMETERS,
	{ .name = "broadcast", .kind = EVERT_VALUE_YES_NO },
	{ .name = "interface", .kind = EVERT_VALUE_TEXT },
	{ .name = "tell-host", .kind = EVERT_VALUE_YES_NO },
	{ .name = "tell-tos", .kind = EVERT_VALUE_YES_NO },
	{ .name = "gather", .kind = EVERT_VALUE_YES_NO },
	{ .name = "join", .kind = EVERT_VALUE_YES_NO },
	EVERT_BUFFER_PARAMETERS,
	EVERT_QUEUE_PARAMETERS(0),
	{ .name = NULL },
};

/* No host is all addresses, by one socket. */
static struct evert_failure *take_all_families(enum evert_choice *ipv6_only,
					       const struct evert_endpoint *e,
					       const char *place)
{
	if (evert_builtin_of(e)->family != AF_UNSPEC ||
	    *evert_endpoint_value(e, "host"))
		return NULL;
	if (*ipv6_only == EVERT_ON)
		return evert_endpoint_refuse(e, "ipv6-only", place,
					     "without a host it is IPv4 as "
					     "well; \"udp6\" is IPv6 only");
	*ipv6_only = EVERT_OFF;
	return NULL;
}

static struct evert_failure *
add_datagram(struct evert_datagram_plan *plan,
	     struct evert_datagram_options *options)
{
	const struct evert_endpoint *e = plan->base.endpoint;
	const char *bind = evert_endpoint_value(e, "bind");

	plan->local_port = (uint16_t)evert_endpoint_number(e, "bind-port", 0);
	if (bind)
		evert_address_parse(&plan->local, bind, plan->local_port);
	return plan->connects ? NULL :
				take_all_families(&options->ipv6_only, e,
						  plan->base.place);
}

const struct evert_builtin_kind evert_udp_kind = {
	.source = &evert_host_source,
	.check = evert_host_check,
	.add_datagram = add_datagram,
};
