/* SPDX-License-Identifier: MIT */
/*
 * Serial lines, as /dev/ttyUSB0 (twisted.internet.serialport; termios(3)):
 *
 *	struct evert_serial_options options = { .speed = 115200 };
 *
 *	protocol = evert_serial_open(reactor, "/dev/ttyUSB0", &factory,
 *				     &options);
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_REACTOR_SERIAL_H
#define EVERT_REACTOR_SERIAL_H

#include "pipe.h"

EVERT_BEGIN

/* What is added to each byte, to check it. */
enum evert_serial_parity {
	EVERT_PARITY_NONE,
	EVERT_PARITY_EVEN,
	EVERT_PARITY_ODD,
};

/* How a serial line is set. All zero is the default: 9600 8N1, no flow control.
   */
struct evert_serial_options {
	unsigned speed;	    /* bits per second, from 50; 0: 9600 */
	unsigned data_bits; /* 5 to 8; 0: 8 */
	enum evert_serial_parity parity;
	unsigned stop_bits; /* 1 or 2; 0: 1 */
	bool rts_cts;	    /* the other side holds us off, by a wire */
	bool xon_xoff;	    /* and the same by two characters */
	/* Nobody else may open it, but root (TIOCEXCL). */
	bool exclusive;
	/* At the end the line becomes as it was found: at once, so the last
	   bytes that were written may go out in the old way, spoiled. */
	bool puts_back;
};

/*
 * A protocol over the line, each byte as it comes, after its connection_made;
 * a modem's carrier is not waited for, nor heeded, and a byte of wrong parity
 * comes as any other. All of pipe.h holds. `options`: NULL is the default.
 *
 * When the transport ends, close(2) may wait for what the line has not sent
 * yet, for half a minute where the other side holds it off: a protocol that
 * must be sure, or mustn't block, waits for an answer before it closes.
 *
 * NULL and errno: EINVAL: an option has no such value, as a speed that there is
 * not; EOPNOTSUPP: this line can't do that; ENOTTY: it is none; EBUSY:
 * somebody has it exclusively; another one of open(2); or as evert_pipe_open.
 */
EVERT_MUST_USE
struct evert_protocol *
evert_serial_open(struct evert_reactor *reactor, const char *path,
		  struct evert_factory *factory,
		  const struct evert_serial_options *options);

EVERT_END

#endif
