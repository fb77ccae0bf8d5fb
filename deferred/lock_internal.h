/* SPDX-License-Identifier: MIT */
/* A semaphore. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_LOCK_INTERNAL_H
#define EVERT_DEFERRED_LOCK_INTERNAL_H

#include "backlog_internal.h"
#include "lock.h"
#include "nesting_internal.h"

struct evert_semaphore {
	size_t limit;
	size_t tokens; /* not acquired */
	struct evert_backlog waiting;
	size_t users; /* its owner, permits, runs, functions on the stack */
	bool handing_over;
	const void *hander; /* in which flow */
	struct evert_handover handover;
};

#endif
