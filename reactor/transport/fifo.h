/* SPDX-License-Identifier: MIT */
/*
 * Named pipes (fifo(7)), opened without waiting for the other side.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_FIFO_H
#define EVERT_REACTOR_FIFO_H

#include "pipe.h"

EVERT_BEGIN

/* What a named pipe is opened for. */
enum evert_fifo_use {
	/* Reads until the last writer has gone, as cat(1); waits for the
	   first one. */
	EVERT_FIFO_READ,
	/* Writers come and go, and there is no end, as for a server's
	   commands. It must be allowed to write there, too. */
	EVERT_FIFO_READ_ON,
	/* Writes; there must be a reader now, else it fails (ENXIO). */
	EVERT_FIFO_WRITE,
};

/*
 * A protocol over the named pipe at `path`, which exists (mkfifo(3)), after its
 * connection_made. All of pipe.h holds.
 *
 * NULL and errno: ENXIO: nobody reads what it is to write; EINVAL: it is no
 * named pipe; another one of open(2); or as evert_pipe_open.
 */
EVERT_MUST_USE
struct evert_protocol *evert_fifo_open(struct evert_reactor *reactor,
				       const char *path,
				       enum evert_fifo_use use,
				       struct evert_factory *factory);

EVERT_END

#endif
