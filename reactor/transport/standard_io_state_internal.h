/* SPDX-License-Identifier: MIT */
/*
 * How standard input and output were found, and how they are wanted: for the
 * end, and for signals. Of the process: there is one at most.
 */
#ifndef EVERT_REACTOR_STANDARD_IO_STATE_INTERNAL_H
#define EVERT_REACTOR_STANDARD_IO_STATE_INTERNAL_H

#include "../system/system.h"
#include "standard_io.h"

/* Notes how both are, by fcntl(2); `fds`: those that are usable, else -1. 0, or
   -errno, -EBUSY: somebody else has done so. */
int evert_stdio_state_keep(struct evert_system *system, int fds[2]);

/* Makes them non-blocking, and undoes it by signals: 0, or -errno. */
int evert_stdio_state_begin(void);

/* Puts everything back; not in a fork's child, which shares it. */
void evert_stdio_state_end(void);

#endif
