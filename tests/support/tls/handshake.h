/* SPDX-License-Identifier: MIT */
/* Handshakes in memory, of what contexts make, without a transport. */
#ifndef TESTS_SUPPORT_TLS_HANDSHAKE_H
#define TESTS_SUPPORT_TLS_HANDSHAKE_H

#include "../../../protocols/tls/context_internal.h"

/* Two that talk: each sends into what the other one reads. */
struct handshake {
	SSL *client, *server;
	struct evert_failure *client_failure, *server_failure;
};

/* Connects the two sessions, and goes on until both are done, have failed, or
   wait for something else. handshake_end frees all. */
void handshake_begin(struct handshake *handshake,
		     struct evert_tls_context *client, const char *name,
		     struct evert_tls_context *server);
void handshake_go_on(struct handshake *handshake);
void handshake_end(struct handshake *handshake);

/* The same with "localhost"; the references to the contexts are taken over. */
void handshake_of(struct handshake *handshake, struct evert_tls_context *client,
		  struct evert_tls_context *server);

/* Both sides are done. */
bool handshake_is_done(const struct handshake *handshake);

#endif
