/* SPDX-License-Identifier: MIT */
/* A connection between two reactors, or two protocols. */
#ifndef EVERT_REACTOR_DETACH_INTERNAL_H
#define EVERT_REACTOR_DETACH_INTERNAL_H

#include "connection_internal.h"
#include "hand_over.h"

struct evert_detached {
	struct evert_reactor *from; /* which may be gone */
	struct evert_system *system;
	int fd;
	uint8_t forks; /* since when others may hold it; see evert_watch */
	bool write_ended : 1; /* nothing more is taken to be sent */
	bool shut : 1;	      /* and the end was sent */
	bool sent_much : 1;
	struct evert_output output;	    /* that no reactor has a part in */
	struct evert_connection_rare *rare; /* with what is unread, or NULL */
	struct evert_address peer;
};

/* The operation of a transport. */
struct evert_detached *evert_connection_detach(struct evert_transport *base,
					       const void *unread,
					       size_t length);

/* Gives a connection that was opened on its descriptor the rest. */
void evert_detached_move_to(struct evert_detached *detached,
			    struct evert_connection *c);

#endif
