/* SPDX-License-Identifier: MIT */
/* Who waits for a descriptor. evert-ps reads it, too. */
#ifndef EVERT_REACTOR_WAIT_INTERNAL_H
#define EVERT_REACTOR_WAIT_INTERNAL_H

#include "watcher_internal.h"

struct evert_wait {
	struct evert_watcher watcher;
	struct evert_firing *slot;
};

#endif
