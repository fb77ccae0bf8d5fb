/* SPDX-License-Identifier: MIT */
/* Options: what an endpoint string does not say, a struct does. */
#ifndef EVERT_REACTOR_OPTIONS_INTERNAL_H
#define EVERT_REACTOR_OPTIONS_INTERNAL_H

#include "../transport/datagram_open.h"
#include "../transport/socket_options.h"
#include "opening_internal.h"

/* Of every scheme of datagrams. */
#define EVERT_QUEUE_PARAMETERS(purposes)                                      \
	{ "largest", EVERT_VALUE_NUMBER, false, purposes, 1, 65535 },         \
	{ "queue-most", EVERT_VALUE_NUMBER, false, purposes, 1, 1e15 },       \
	{ "when-full", EVERT_VALUE_TEXT, false, purposes, 0, 0 }

/* Writes to `to` what `options` (NULL: the defaults) and the string ask for
   together; the string's texts live as long as the endpoint. */
void evert_take_socket_options(struct evert_socket_options *to,
			       const struct evert_socket_options *options,
			       const struct evert_endpoint *endpoint);

/* The same. NULL, or the failure that refuses one of them. */
struct evert_failure *
evert_take_datagram_options(struct evert_datagram_options *to,
			    const struct evert_datagram_options *options,
			    const struct evert_endpoint *endpoint,
			    const char *place);

#endif
