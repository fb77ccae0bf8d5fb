/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_ADOPT_INTERNAL_H
#define EVERT_REACTOR_ADOPT_INTERNAL_H

#include "../reactor_internal.h"
#include "adopt.h"

/*
 * Is it a stream socket that listens, or is connected, and free to be adopted?
 * Then it is made non-blocking and closed on exec: 0. Else -errno, as in
 * adopt.h.
 */
int evert_adopt_check(struct evert_reactor *reactor, int fd, bool listens);

/* The same for a datagram socket, of IPv4, IPv6 or UNIX, that is bound or
   connected. */
int evert_adopt_check_datagram(struct evert_reactor *reactor, int fd);

/* The same of a connected one, and the peer's address. */
int evert_adopt_connected(struct evert_reactor *reactor, int fd,
			  struct evert_address *peer);

/* Non-blocking and closed on exec, whatever it is: 0, or -errno. */
int evert_adopt_set_flags(struct evert_system *system, int fd);

/* What such an error means here. */
const char *evert_adopt_error_text(int error, bool listens);
const char *evert_adopt_datagram_error_text(int error);

#endif
