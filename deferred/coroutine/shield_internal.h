/* SPDX-License-Identifier: MIT */
/* A shield. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_SHIELD_INTERNAL_H
#define EVERT_DEFERRED_SHIELD_INTERNAL_H

#include "../deferred_internal.h"

struct evert_shield {
	struct evert_waiter waiter;
	struct evert_firing *slot; /* empty once it was cancelled */
	const char *place;	   /* of what it waits for, for a report */
};

#endif
