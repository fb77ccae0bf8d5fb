/* SPDX-License-Identifier: MIT */
/* Until the transport is open. */
#ifndef EVERT_PROTOCOLS_TLS_HANDSHAKE_INTERNAL_H
#define EVERT_PROTOCOLS_TLS_HANDSHAKE_INTERNAL_H

#include "../../deferred/clock/clock.h"
#include "../../deferred/deferred.h"
#include "transport_internal.h"

/* What a connection has besides, until it is open. */
struct evert_tls_handshake {
	struct evert_tls *tls; /* NULL: the one below is not connected yet */
	struct evert_firing *done; /* for who waits; an empty slot: nobody */
	struct evert_delayed_call timer;
	const char *place;    /* of who asked for it */
	double seconds;	      /* that it may take */
	bool in_the_middle;   /* of a connection: its protocol has begun */
	bool listens;	      /* nobody waits: the context's owner is told */
	/* It is over; NULL: to be freed. */
	void (*release)(struct evert_tls_handshake *handshake);
};

/* Begins it, over the one below, which is connected. */
void evert_tls_handshake_begin(struct evert_tls *tls);

/* Goes on with what has come. True: it is done now, and the protocol may be
   given what follows. */
bool evert_tls_handshake_go_on(struct evert_tls *tls);

/* The one below is gone; or somebody has no interest in it any more. Takes over
   `reason`. */
void evert_tls_handshake_end(struct evert_tls *tls,
			     struct evert_failure *reason);

/* Heeds what a step has come to; takes over the failure of one that is broken,
   NULL: evert_tls_failure says it. True as above. */
bool evert_tls_handshake_heed(struct evert_tls *tls,
			      enum evert_tls_outcome outcome,
			      struct evert_failure *failure);

/* The next step is done by a thread; it goes on from the loop. */
void evert_tls_handshake_give_to_thread(struct evert_tls *tls);

#endif
