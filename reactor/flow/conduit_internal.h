/* SPDX-License-Identifier: MIT */
/*
 * A conduit: a pipe that bytes are spliced through, from one socket to
 * another. Who splices has one as long as there is something in it; empty
 * ones are lent from the reactor, so that a thousand relays which are idle
 * hold no descriptors.
 */
#ifndef EVERT_REACTOR_FLOW_CONDUIT_INTERNAL_H
#define EVERT_REACTOR_FLOW_CONDUIT_INTERNAL_H

#include "../reactor_internal.h"

/* All zero is a closed one. */
struct evert_conduit {
	struct evert_reactor *reactor; /* NULL: it is closed */
	int fds[2];
	unsigned forks; /* of this process, when it was made */
	size_t room;	/* bytes, at least */
	size_t held;
};

/* False: there is none to be had, or a small one only. */
bool evert_conduit_open(struct evert_conduit *conduit,
			struct evert_reactor *reactor);

/* With what it holds; an empty one is kept for the next. A closed one stays
   so. */
void evert_conduit_close(struct evert_conduit *conduit);

/* Reads what it holds: how many bytes, 0 for none, or -errno. */
ssize_t evert_conduit_read(struct evert_conduit *conduit, void *data,
			   size_t size);

#endif
