/* SPDX-License-Identifier: MIT */
/*
 * Lingering (RFC 9112, section 9.6): a descriptor that is closed while its
 * peer may still be sending would be reset, and the peer lose the end of what
 * it was sent. So it is kept for a while, and what comes is read and dropped.
 */
#ifndef EVERT_REACTOR_LINGER_INTERNAL_H
#define EVERT_REACTOR_LINGER_INTERNAL_H

#include "../reactor_internal.h"

/* Takes `fd` over, sends our end and closes it by and by. False: it can't, and
   has taken nothing over. From the loop. */
bool evert_linger(struct evert_reactor *reactor, int fd);

#endif
