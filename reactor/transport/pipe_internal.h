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

/* Who has something to do in the end. */
struct evert_pipe_keeper {
	bool lends; /* the descriptors: they stay open */
	/* Before they are closed, once; not where opening fails. */
	void (*let_go)(struct evert_pipe_keeper *keeper);
};

struct evert_pipe {
	struct evert_connection_rare rare; /* its connection's */
	struct evert_connection *connection;
	struct evert_watch output; /* where it is split */
	struct evert_task always;  /* a turn of what is always ready */
	bool input_always, output_always; /* ready: the poller can't watch it */
	bool reader_gone; /* of what is written */
	struct evert_pipe_keeper *keeper; /* or NULL */
};

static inline bool evert_pipe_is_lent(const struct evert_pipe *pipe)
{
	return pipe->keeper && pipe->keeper->lends;
}

static inline struct evert_pipe *
evert_pipe_of(const struct evert_connection *c)
{
	return evert_container_of(c->rare, struct evert_pipe, rare);
}

/* ---- pipe.c ---- */

/* May they be used? 0, or -errno, as evert_pipe_open says. */
int evert_pipe_check(struct evert_reactor *reactor, int read_fd, int write_fd);

/* As evert_pipe_open, for those that were checked and are non-blocking: 0, or
   -errno. `keeper`: who lives until he is called; or NULL. */
int evert_pipe_begin(struct evert_protocol **protocol,
		     struct evert_reactor *reactor, int read_fd, int write_fd,
		     struct evert_factory *factory,
		     struct evert_pipe_keeper *keeper);

/* ---- pipe_watch.c ---- */

/* Ours, or lent. */
extern const struct evert_connection_kind evert_pipe_kind, evert_pipe_lent_kind;
extern const struct evert_watch_ops evert_pipe_output_ops,
	evert_pipe_lent_output_ops;

void evert_pipe_watch_init(struct evert_pipe *pipe);

/* The poller is to hear of it at once. */
void evert_pipe_watch_begin(struct evert_pipe *pipe);

#endif
