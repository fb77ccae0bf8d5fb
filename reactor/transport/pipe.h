/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a transport over descriptors that need not be sockets: pipes, FIFOs,
 * terminals, files, /dev/null (twisted.internet.fdesc, asyncio's
 * connect_read_pipe and connect_write_pipe). One is read, one is written to;
 * both may be the same, and one may be missing.
 *
 * All of transport.h holds, and of protocol.h, with these differences, where
 * two descriptors are used:
 *
 * - evert_transport_lose_write closes the one that is written to.
 * - Its reader has gone away: protocol.h, write_lost. A protocol that has this
 *   operation hears of it at once, any other one with its next write.
 * - The peer has no address, and there are no socket options (-EOPNOTSUPP).
 *
 * The end of a terminal, which is EIO at a pty's master, is an end like any
 * other. What the poller can't watch, as regular files and /dev/null, is
 * always ready: the loop takes a piece of it each turn.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_PIPE_H
#define EVERT_REACTOR_PIPE_H

#include "../reactor.h"
#include "protocol.h"

EVERT_BEGIN

/*
 * A protocol that reads from `read_fd` and writes to `write_fd`, after its
 * connection_made; -1: there is none. Without one to write to, writing has
 * ended (-EPIPE); without one to read from, nothing comes, no end either.
 *
 * What succeeds takes the descriptors over: they are closed in the end, each
 * once. What fails leaves them to the caller. They are made non-blocking,
 * which everyone who shares them notices (fcntl(2)), and closed on exec.
 *
 * NULL and errno: EBADF: none is given, one is not open, or not for that;
 * EEXIST: this reactor has it already; ECONNABORTED: the factory refused;
 * ENOMEM; ESHUTDOWN while the reactor closes its connections.
 */
EVERT_MUST_USE
struct evert_protocol *evert_pipe_open(struct evert_reactor *reactor,
				       int read_fd, int write_fd,
				       struct evert_factory *factory);

EVERT_END

#endif
