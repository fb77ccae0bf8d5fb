/* SPDX-License-Identifier: MIT */
/* The contexts that endpoint strings name, and the one of those that name
   nothing. */
#ifndef EVERT_PROTOCOLS_TLS_REGISTRY_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_REGISTRY_INTERNAL_H

#include "context.h"

/* A reference, the caller's. NULL: there is none of that name. */
struct evert_tls_context *evert_tls_registry_find(const char *name);

/* The client's with all by default, a reference. NULL with a failure, made at
   `place`. */
struct evert_tls_context *
evert_tls_registry_default(struct evert_failure **failure, const char *place);

#endif
