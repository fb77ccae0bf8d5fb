/* SPDX-License-Identifier: MIT */
/* SCHEME:HOST:PORT, whatever the scheme: its first two parameters are "host"
   and "port". */
#ifndef EVERT_REACTOR_HOST_INTERNAL_H
#define EVERT_REACTOR_HOST_INTERNAL_H

#include "opening_internal.h"

#define EVERT_HOST_PARAMETERS                                                 \
	{ .name = "host", .kind = EVERT_VALUE_HOST, .mandatory = true },      \
	{ .name = "port", .kind = EVERT_VALUE_PORT, .mandatory = true }

/* To connect from there, and how it is bound. */
#define EVERT_BIND_PARAMETERS                                                 \
	{ "bind", EVERT_VALUE_ADDRESS, false, EVERT_TO_CONNECT, 0, 0 },       \
	{ "bind-port", EVERT_VALUE_PORT, false, EVERT_TO_CONNECT, 0, 0 },     \
	{ .name = "reuse-address", .kind = EVERT_VALUE_YES_NO },              \
	{ .name = "reuse-port", .kind = EVERT_VALUE_YES_NO },                 \
	{ "ipv6-only", EVERT_VALUE_YES_NO, false, EVERT_TO_LISTEN, 0, 0 }

/* Its addresses, of the scheme's family. */
extern const struct evert_opening_source evert_host_source;

/* To connect, both are needed; to listen, what is of IPv6 does not stand beside
   IPv4. NULL, or the failure. */
struct evert_failure *evert_host_check(const struct evert_endpoint *endpoint,
				       const char *place);

#endif
