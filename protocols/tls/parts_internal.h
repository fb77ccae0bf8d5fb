/* SPDX-License-Identifier: MIT */
/* The parts of a context, each set by its options. Each gives NULL, or the
   failure EVERT_TLS_BAD_CONTEXT (or EVERT_NO_MEMORY), which the caller owns. */
#ifndef EVERT_PROTOCOLS_TLS_PARTS_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_PARTS_INTERNAL_H

#include "context_internal.h"

/* Our certificate, its chain, its key. */
struct evert_failure *
evert_tls_use_certificate(struct evert_tls_context *context,
			  const struct evert_tls_options *options);

/* Whom we trust. */
struct evert_failure *
evert_tls_use_trust(struct evert_tls_context *context,
		    const struct evert_tls_options *options);

#endif
