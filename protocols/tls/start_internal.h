/* SPDX-License-Identifier: MIT */
/* Connecting and listening, for who has no endpoint string but its parts. */
#ifndef EVERT_PROTOCOLS_TLS_START_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_START_INTERNAL_H

#include "../../reactor/endpoint/scheme.h"
#include "tls.h"

/* What is to be connected to, or listened on: a string, or, where that is NULL,
   an endpoint. `options` may be NULL. */
struct evert_tls_target {
	const char *string;
	const struct evert_endpoint *endpoint;
	const struct evert_socket_options *options;
};

/* As evert_tls_connect and evert_tls_listen. */
EVERT_MUST_USE
struct evert_deferred *
evert_tls_connect_to(struct evert_reactor *reactor,
		     const struct evert_tls_target *target,
		     struct evert_factory *factory,
		     struct evert_tls_context *context, const char *name,
		     const char *place);
EVERT_MUST_USE
struct evert_deferred *
evert_tls_listen_on(struct evert_reactor *reactor,
		    const struct evert_tls_target *target,
		    struct evert_factory *factory,
		    struct evert_tls_context *context, const char *place);

#endif
