/* SPDX-License-Identifier: MIT */
/* Is the environment variable EVERT_DEBUG set (not empty, not 0)? Then what
   helps to find mistakes is done, whatever it costs. Any thread. */
#ifndef EVERT_DEFERRED_DEBUG_INTERNAL_H
#define EVERT_DEFERRED_DEBUG_INTERNAL_H

#include "base.h"

/* Read once. */
bool evert_debug(void);

#endif
