/* SPDX-License-Identifier: MIT */
/* What the environment switches on. Any thread. */
#ifndef EVERT_DEFERRED_DEBUG_INTERNAL_H
#define EVERT_DEFERRED_DEBUG_INTERNAL_H

#include "base.h"

/* Is that variable set: not empty, not 0? */
bool evert_environment_says(const char *name);

/* EVERT_DEBUG, read once: what helps to find mistakes is done, whatever it
   costs. */
bool evert_debug(void);

#endif
