/* SPDX-License-Identifier: MIT */
/*
 * The kind of connection that is over descriptors which need not be sockets.
 *
 *	standard_io.c	those that are lent: standard input and output
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
	void (*give_back)(void); /* those that are lent; or NULL */
};

static inline struct evert_pipe *
evert_pipe_of(const struct evert_connection *c)
{
	return evert_container_of(c->rare, struct evert_pipe, rare);
}

/* ---- pipe.c ---- */

/* May they be used? 0, or -errno, as evert_pipe_open says. */
int evert_pipe_check(struct evert_reactor *reactor, int read_fd, int write_fd);

/* As evert_pipe_open, for those that were checked, are non-blocking, and are
   only lent: 0, or -errno. `give_back` is called when they are not used any
   more; not where it fails. */
int evert_pipe_lend(struct evert_protocol **protocol,
		    struct evert_reactor *reactor, int read_fd, int write_fd,
		    struct evert_factory *factory, void (*give_back)(void));

/* ---- pipe_watch.c ---- */

/* Ours, or lent. */
extern const struct evert_connection_kind evert_pipe_kind, evert_pipe_lent_kind;
extern const struct evert_watch_ops evert_pipe_output_ops,
	evert_pipe_lent_output_ops;

void evert_pipe_watch_init(struct evert_pipe *pipe);

/* The poller is to hear of it at once. */
void evert_pipe_watch_begin(struct evert_pipe *pipe);

#endif
