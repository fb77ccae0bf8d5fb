/* SPDX-License-Identifier: MIT */
/*
 * The kind of connection that is over descriptors which need not be sockets.
 *
 *	pipe.c		opening
 *	pipe_watch.c	what the poller tells, and where it can't
 */
#ifndef EVERT_REACTOR_PIPE_INTERNAL_H
#define EVERT_REACTOR_PIPE_INTERNAL_H

#include "connection_internal.h"
#include "pipe.h"

struct evert_pipe {
	struct evert_connection_rare rare; /* its connection's */
	struct evert_connection *connection;
	struct evert_watch output; /* where it is split */
	struct evert_task always;  /* a turn of what is always ready */
	bool input_always, output_always; /* ready: the poller can't watch it */
	bool reader_gone; /* of what is written */
};

static inline struct evert_pipe *
evert_pipe_of(const struct evert_connection *c)
{
	return evert_container_of(c->rare, struct evert_pipe, rare);
}

/* ---- pipe_watch.c ---- */

extern const struct evert_connection_kind evert_pipe_kind;
extern const struct evert_watch_ops evert_pipe_output_ops;

void evert_pipe_watch_init(struct evert_pipe *pipe);

/* The poller is to hear of it at once. */
void evert_pipe_watch_begin(struct evert_pipe *pipe);

#endif
