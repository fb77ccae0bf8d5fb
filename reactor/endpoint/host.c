/* SPDX-License-Identifier: MIT */
#include "host_internal.h"

#include <stdio.h>
#include <string.h>

#include "builtin_internal.h"

static struct evert_failure *find(struct evert_resolution *resolution,
				  const struct evert_endpoint *e)
{
	return evert_resolution_begin(
		resolution, evert_endpoint_value(e, "host"),
		(uint16_t)evert_endpoint_number(e, "port", 0),
		evert_builtin_of(e)->family);
}

static void name(const struct evert_endpoint *e, char *text, size_t size)
{
	const char *host = evert_endpoint_value(e, "host");
	bool bracketed = strchr(host, ':');

	snprintf(text, size, "%s%s%s:%.0f", bracketed ? "[" : "", host,
		 bracketed ? "]" : "", evert_endpoint_number(e, "port", 0));
}

const struct evert_opening_source evert_host_source = { find, name };

static bool is_ip4(const struct evert_endpoint *e)
{
	struct evert_address address;

	if (evert_builtin_of(e)->family == AF_INET)
		return true;
	return !evert_address_parse(&address, evert_endpoint_value(e, "host"),
				    0) &&
	       address.as.any.sa_family == AF_INET;
}

static struct evert_failure *check_listening(const struct evert_endpoint *e,
					     const char *place)
{
	if (!evert_endpoint_value(e, "ipv6-only") || !is_ip4(e))
		return NULL;
	return evert_endpoint_refuse(e, "ipv6-only", place,
				     "\"ipv6-only\" stands beside IPv4");
}

struct evert_failure *evert_host_check(const struct evert_endpoint *e,
				       const char *place)
{
	if (evert_endpoint_listens(e))
		return check_listening(e, place);
	if (!*evert_endpoint_value(e, "host"))
		return evert_endpoint_refuse(e, "host", place,
					     "to connect, it needs a host");
	if (evert_endpoint_number(e, "port", 0) < 1)
		return evert_endpoint_refuse(e, "port", place,
					     "to connect, it needs a port");
	return NULL;
}
