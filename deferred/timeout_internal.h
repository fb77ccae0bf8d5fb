/* SPDX-License-Identifier: MIT */
/* A timeout of a Deferred. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_TIMEOUT_INTERNAL_H
#define EVERT_DEFERRED_TIMEOUT_INTERNAL_H

#include "clock/clock_internal.h"
#include "deferred.h"

struct evert_timeout {
	struct evert_clock_wait wait;
	struct evert_deferred *deferred;
	double seconds;
	evert_callback on_timeout; /* NULL: EVERT_TIMED_OUT */
	void *arg;
	const char *place;
	const struct evert_error *why; /* if the clock ended */
	bool expired;
	bool ended;
};

#endif
