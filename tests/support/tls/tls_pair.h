/* SPDX-License-Identifier: MIT */
/* Two recorders (tests/support/reactor.h) that talk over TLS, whatever carries
   it. */
#ifndef TESTS_SUPPORT_TLS_TLS_PAIR_H
#define TESTS_SUPPORT_TLS_TLS_PAIR_H

#include "../../../protocols/tls/tls.h"
#include "../reactor.h"
#include "../system.h"

enum tls_carrier {
	OVER_TCP,    /* evert_tls_connect, evert_tls_listen */
	OVER_UNIX,   /* the same by a path */
	OVER_PIPES,  /* two pairs of pipes, and evert_tls_start */
	OVER_MEMORY, /* two transports in memory */
	OVER_TLS,    /* another TLS, over TCP */
	OVER_TCP_1_2, /* as OVER_TCP, but it is TLS 1.2 */
	OVER_KTLS,    /* as OVER_TCP, and the kernel encrypts */
	TLS_CARRIERS,
};

extern const char *const tls_carrier_names[TLS_CARRIERS];

struct memory_link;

struct tls_pair {
	struct test_system system;
	struct evert_reactor *reactor;
	struct evert_tls_context *client_context, *server_context;
	struct recorder_factory clients, servers;
	struct recorder *client, *server;
	enum tls_carrier carrier;
	struct memory_link *link; /* NULL: not in memory */
	size_t descriptors;	  /* that were open before */
};

/* Makes a reactor, and contexts unless they were set before; nothing is
   connected. */
void tls_pair_begin(struct tls_pair *pair);

/* Connects, with these hooks, and turns until both sides are open. */
void tls_pair_connect(struct tls_pair *pair, enum tls_carrier carrier,
		      const struct recorder_hooks *client,
		      const struct recorder_hooks *server, void *arg);

/* Both at once. */
void tls_pair_open(struct tls_pair *pair, enum tls_carrier carrier,
		   const struct recorder_hooks *client,
		   const struct recorder_hooks *server, void *arg);

/* Destroys everything; asserts that no descriptor is left. Of one that is
   closed it does nothing. */
void tls_pair_close(struct tls_pair *pair);

/* Turns until both protocols are destroyed. */
void tls_pair_turn_until_gone(struct tls_pair *pair);

/* Listens on a free port of this machine over TLS. */
struct evert_port *tls_listen_here(struct tls_pair *pair,
				   struct recorder_factory *factory);

/* Two protocols in memory, each of which gets what the other one writes, from
   the reactor's loop. The end of one is that of the other. */
struct memory_link *memory_link_create(struct evert_reactor *reactor,
				       struct evert_protocol *one,
				       struct evert_protocol *other);
void memory_link_destroy(struct memory_link *link);

/* After so many bytes, both ways, each side is told the end of the other one, or
   that the connection is lost. */
void memory_link_cut(struct memory_link *link, size_t bytes, bool in_order);

#endif
