/* SPDX-License-Identifier: MIT */
/*
 * Standard input and output as one transport (twisted.internet.stdio): of
 * whatever kind they are, pipes, terminals, files, /dev/null, sockets.
 * Everything in pipe.h holds, but that the descriptors are only lent: in the
 * end they are open still, and as they were found.
 *
 * To read and write without blocking they are made non-blocking. Everyone who
 * has the same open file notices that, the shell and other processes of a
 * pipeline: so it is undone at the end of the transport, at exit(3), when
 * SIGHUP, SIGINT, SIGQUIT or SIGTERM end the process, while SIGTSTP (Ctrl-Z)
 * stops it, and done again when it goes on. The same with the modes of a
 * terminal. Only where the program has these signals at their default, and
 * nothing helps against SIGKILL and SIGSTOP. What a program prints meanwhile
 * by printf(3) may be cut off (EAGAIN) where the reader is slow: it writes by
 * the transport.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_STANDARD_IO_H
#define EVERT_REACTOR_STANDARD_IO_H

#include "pipe.h"
#include "terminal.h"

EVERT_BEGIN

/*
 * A protocol that reads descriptor 0 and writes descriptor 1, after its
 * connection_made. One of them may be closed, or not open for that: then it is
 * missing, as with evert_pipe_open. evert_transport_lose_write sends no end to
 * a reader unless it is a socket's: that is what the end of the process does.
 *
 * NULL and errno: EBUSY: this process has one already; else as
 * evert_pipe_open.
 */
EVERT_MUST_USE
struct evert_protocol *evert_stdio_open(struct evert_reactor *reactor,
					struct evert_factory *factory);

/* Sets the mode of the terminal that standard input is, until the end of the
   transport: 0, -ENOTTY where it is none, or no such transport is open, or
   another -errno of tcsetattr(3). */
int evert_stdio_set_mode(enum evert_terminal_mode mode);

EVERT_END

#endif
