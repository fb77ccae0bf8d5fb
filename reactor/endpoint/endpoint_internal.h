/* SPDX-License-Identifier: MIT */
/* Endpoint strings, taken apart. */
#ifndef EVERT_REACTOR_ENDPOINT_INTERNAL_H
#define EVERT_REACTOR_ENDPOINT_INTERNAL_H

#include "../../deferred/failure.h"

struct evert_endpoint {
	char host[256]; /* a DNS name has 253 characters at most */
	uint16_t port;
};

/* NULL, or the failure EVERT_BAD_ENDPOINT that says what is wrong; the caller
   owns it. */
struct evert_failure *evert_endpoint_parse(struct evert_endpoint *endpoint,
					   const char *text,
					   const char *place);

/* Room for every text that evert_endpoint_text writes. */
#define EVERT_ENDPOINT_TEXT_SIZE (256 + sizeof("[]:65535"))

/* Writes "HOST:PORT" for a person; returns `text`. */
const char *evert_endpoint_text(const struct evert_endpoint *endpoint,
				char *text);

#endif
