/* SPDX-License-Identifier: MIT */
/* A bell: Deferreds that fire together when it is rung. */
#ifndef EVERT_REACTOR_BELL_INTERNAL_H
#define EVERT_REACTOR_BELL_INTERNAL_H

#include "../deferred/deferred.h"

struct evert_backlog;

/* All zero is a bell that nobody waits for. */
struct evert_bell {
	struct evert_backlog *waiting; /* NULL while nobody waits */
};

/* A Deferred that fires when the bell is rung. The caller owns the reading
   end; cancelling it ends the waiting. Without memory NULL. */
struct evert_deferred *evert_bell_wait(struct evert_bell *bell,
				       const char *place);

/*
 * Fires them all with nothing, or with copies of `failure`, in order of
 * asking. The bell holds no memory afterwards, unless somebody asked
 * meanwhile.
 */
void evert_bell_ring(struct evert_bell *bell);
void evert_bell_fail(struct evert_bell *bell,
		     const struct evert_failure *failure);

#endif
