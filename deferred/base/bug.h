/* SPDX-License-Identifier: MIT */
/*
 * How a caller's mistake stops the program: for who makes transports, schemes
 * and protocols that others call.
 */
#ifndef EVERT_DEFERRED_BUG_H
#define EVERT_DEFERRED_BUG_H

#include "base.h"

EVERT_BEGIN

/*
 * Prints "evert: bug in the calling program: ..." to stderr and aborts. The
 * message says what was done, to what (with the place that made it), and what
 * to do instead. Any thread.
 */
EVERT_NORETURN void evert_bug(const char *format, ...) EVERT_PRINTF(1, 2);

EVERT_END

#endif
