/* SPDX-License-Identifier: MIT */
/* A round of periodic calls. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_PERIODIC_INTERNAL_H
#define EVERT_DEFERRED_PERIODIC_INTERNAL_H

#include "clock/clock_internal.h"
#include "deferred_internal.h"
#include "periodic.h"

struct evert_round {
	struct evert_periodic *periodic; /* NULL: stopped */
	struct evert_clock_wait wait;	 /* for the next call; during one, for
					    the clock's end */
	struct evert_waiter called;	 /* what the call waits for */
	struct evert_firing *slot;
	struct evert_clock *clock;
	evert_tick tick;
	void *arg;
	int64_t start, interval, done; /* intervals: up to the last call */
	const char *place;
	bool calling; /* `tick` is on the stack */
	bool cancelled;
	bool destroyed;
	bool clock_ended;
	const struct evert_error *why; /* it did */
};

#endif
