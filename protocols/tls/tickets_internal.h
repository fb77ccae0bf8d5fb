/* SPDX-License-Identifier: MIT */
/*
 * Session tickets (RFC 5077; RFC 8446, 4.6.1): what a server has agreed on with
 * a client, kept by the client, under a key that the server alone has. Who
 * finds the key can read what was sent by TLS 1.2 while it was in use, and so
 * it is replaced, and forgotten.
 */
#ifndef EVERT_PROTOCOLS_TLS_TICKETS_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_TICKETS_INTERNAL_H

#include <pthread.h>

#include "context_internal.h"

struct evert_tls_ticket_key {
	unsigned char name[16], cipher[32], mac[32];
	double born; /* seconds, by `now` */
	bool is_there;
};

/* Threads may share a context: all of it under the lock. */
struct evert_tls_tickets {
	pthread_mutex_t lock;
	double seconds; /* a key is given out for so long, then taken as long */
	struct evert_tls_ticket_key current, former;
	EVP_CIPHER *cipher;  /* fetched once: that takes long */
	double (*now)(void); /* a test's, perhaps */
};

void evert_tls_tickets_destroy(struct evert_tls_tickets *tickets);

#endif
