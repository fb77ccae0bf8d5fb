/* SPDX-License-Identifier: MIT */
/*
 * What a client has agreed on with servers, for the next connection to each: it
 * then needs no certificates. Kept under the name that was checked.
 */
#ifndef EVERT_PROTOCOLS_TLS_RESUMPTION_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_RESUMPTION_INTERNAL_H

#include <pthread.h>

#include "context_internal.h"

struct evert_tls_kept;

/* Threads may share a context: all of it under the lock. */
struct evert_tls_resumption {
	pthread_mutex_t lock;
	struct evert_tls_kept *newest;
	size_t count, most;
};

/* Offers the server of that name what is kept of it, if there is something. */
void evert_tls_resumption_offer(struct evert_tls_context *context, SSL *ssl,
				const char *name);

void evert_tls_resumption_destroy(struct evert_tls_resumption *resumption);

#endif
