/* SPDX-License-Identifier: MIT */
/* A sleep: the argument of its canceller. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_SLEEP_INTERNAL_H
#define EVERT_DEFERRED_SLEEP_INTERNAL_H

#include "../clock/clock_internal.h"
#include "../deferred.h"

struct evert_sleep {
	struct evert_clock_wait wait;
	struct evert_firing *slot;
	const char *place;
};

#endif
