/* SPDX-License-Identifier: MIT */
/*
 * The address of a connection's peer, which is kept since it was accepted: the
 * kernel forgets it with a reset. It stands right behind the connection, and
 * takes as many bytes as it has.
 */
#ifndef EVERT_REACTOR_CONNECTION_PEER_INTERNAL_H
#define EVERT_REACTOR_CONNECTION_PEER_INTERNAL_H

#include <string.h>

#include "connection_internal.h"

/* Of an IPv4 address the rest says nothing. */
#define EVERT_IP4_KEPT offsetof(struct sockaddr_in, sin_zero)

/* How many bytes of it are kept. */
static inline size_t
evert_connection_peer_length(const struct evert_address *peer)
{
	return peer->length && peer->as.any.sa_family == AF_INET ?
		       EVERT_IP4_KEPT :
		       peer->length;
}

static inline char *evert_connection_peer_of(const struct evert_connection *c)
{
	return (char *)(c + 1);
}

static inline void evert_connection_keep_peer(struct evert_connection *c,
					      const struct evert_address *peer)
{
	if (EVERT_LIKELY(c->peer_length == EVERT_IP4_KEPT)) /* no call */
		memcpy(evert_connection_peer_of(c), &peer->as, EVERT_IP4_KEPT);
	else
		memcpy(evert_connection_peer_of(c), &peer->as, c->peer_length);
}

/* False: it has none. */
static inline bool evert_connection_kept_peer(const struct evert_connection *c,
					      struct evert_address *address)
{
	if (!c->peer_length)
		return false;
	memset(&address->as, 0, sizeof(address->as));
	memcpy(&address->as, evert_connection_peer_of(c), c->peer_length);
	address->length = address->as.any.sa_family == AF_INET ?
				  sizeof(address->as.ip4) :
				  c->peer_length;
	return true;
}

#endif
