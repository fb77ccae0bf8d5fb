/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals from the master's side (pty(7)): what a terminal window or
 * an ssh server has. Another program opens the slave, by its name, and finds
 * a terminal there. (A child that is to have one: process.h.)
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_TERMINAL_H
#define EVERT_REACTOR_TERMINAL_H

#include <stddef.h>

#include "pipe.h"

EVERT_BEGIN

/* What a terminal does with what is typed. */
enum evert_terminal_mode {
	EVERT_TERMINAL_AS_FOUND, /* a new one: lines, with an echo */
	/* Lines as ever, but not shown while they are typed: passwords. */
	EVERT_TERMINAL_NO_ECHO,
	/* Each byte as it is typed, no echo, no signals by keys, nothing
	   changed in what is written (cfmakeraw(3)). */
	EVERT_TERMINAL_RAW,
};

/* How a pseudo-terminal is made. All zero is the default. */
struct evert_pty_options {
	unsigned short rows, columns; /* 0: 24, 80 */
	enum evert_terminal_mode mode;
};

/*
 * A new pseudo-terminal: a protocol over its master, after connection_made.
 * What it writes is typed at the slave, what it reads was printed there; with
 * an echo it reads its own writing, too. All of pipe.h holds. `options`: NULL
 * is the default.
 *
 * It waits until somebody opens the slave, and what is written meanwhile waits
 * there. When the last one has closed it that is the end of what is read (the
 * kernel's EIO), behind all that was printed, and for good: who opens the
 * slave later is not heard, and the name is gone with the transport. Who wants
 * to outlast those who come and go opens the slave himself, and keeps it.
 *
 * NULL and errno: ENOSPC, EMFILE: there are too many; or as evert_pipe_open.
 */
EVERT_MUST_USE
struct evert_protocol *evert_pty_open(struct evert_reactor *reactor,
				      struct evert_factory *factory,
				      const struct evert_pty_options *options);

/* The path of a pseudo-terminal's slave, as "/dev/pts/7", with a zero byte,
   into `size` bytes: 0, or -ERANGE: they don't suffice; -ENOTTY: it is none, or
   has ended. */
int evert_pty_name(const struct evert_transport *transport, char *name,
		   size_t size);

/* Sets how large a terminal is, of which the programs at the slave are told by
   SIGWINCH; also where it is another terminal: 0, or -ENOTTY. */
int evert_pty_resize(const struct evert_transport *transport,
		     unsigned short rows, unsigned short columns);

EVERT_END

#endif
