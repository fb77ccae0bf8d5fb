/* SPDX-License-Identifier: MIT */
/*
 * A conduit: a pipe that bytes are spliced through, from one socket to
 * another.
 */
#ifndef EVERT_REACTOR_FLOW_CONDUIT_INTERNAL_H
#define EVERT_REACTOR_FLOW_CONDUIT_INTERNAL_H

#include "../reactor_internal.h"

/* All zero is a closed one. */
struct evert_conduit {
	struct evert_system *system; /* NULL: it is closed */
	int fds[2];
	size_t room; /* bytes, at least */
	size_t held;
};

static inline bool evert_conduit_is_open(const struct evert_conduit *conduit)
{
	return conduit->system != NULL;
}

/* False: there is none to be had, or a small one only. */
bool evert_conduit_open(struct evert_conduit *conduit,
			struct evert_reactor *reactor);

/* With what it holds. A closed one stays so. */
void evert_conduit_close(struct evert_conduit *conduit);

/* Reads what it holds: how many bytes, 0 for none, or -errno. */
ssize_t evert_conduit_read(struct evert_conduit *conduit, void *data,
			   size_t size);

#endif
