/* SPDX-License-Identifier: MIT */
/* How a caller's mistake stops the program. */
#ifndef EVERT_DEFERRED_BUG_INTERNAL_H
#define EVERT_DEFERRED_BUG_INTERNAL_H

#include "base.h"

/*
 * Prints "evert: bug in the calling program: ..." to stderr and aborts. The
 * message says what was done, to what (with the place that made it), and what
 * to do instead.
 */
_Noreturn void evert_bug(const char *format, ...) EVERT_PRINTF(1, 2);

#endif
