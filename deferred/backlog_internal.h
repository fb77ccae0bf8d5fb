/* SPDX-License-Identifier: MIT */
/* A backlog: those who wait for a lock, a semaphore or a queue. */
#ifndef EVERT_DEFERRED_BACKLOG_INTERNAL_H
#define EVERT_DEFERRED_BACKLOG_INTERNAL_H

#include "deferred_internal.h"
#include "nesting_internal.h"

struct evert_backlog_entry;

/* All zero but for `what` is an empty one. Embedded in its owner, it must stay in
   place. */
struct evert_backlog {
	const char *what;  /* they wait for: "the lock" */
	const char *place; /* that made it, or NULL */
	struct evert_backlog_entry *first, *last;
	size_t count;
	struct evert_hold hold; /* what they wait for, if somebody has it */
	bool closed;
};

struct evert_backlog_entry {
	struct evert_backlog *backlog;
	struct evert_backlog_entry *before, *after;
	struct evert_firing *slot;
	struct evert_result offer; /* later: what it is handed */
	struct evert_handover handover;
};

/*
 * Adds one more, at the end. Takes over `offer`, what it brings along. The
 * caller owns the returned reading end; cancelled, it leaves the backlog and
 * the offer is released. Without memory NULL; the offer is released.
 */
struct evert_deferred *evert_backlog_join(struct evert_backlog *backlog,
					  struct evert_result offer,
					  const char *place);

/*
 * Removes the one that has waited longest. The caller owns its firing end,
 * which is returned, and what it brought along, in `*offer`; where `offer` is
 * NULL, it brought nothing. NULL when nobody waits.
 */
struct evert_firing *evert_backlog_serve(struct evert_backlog *backlog,
					 struct evert_result *offer);

/*
 * The same, for one that may be handed what it gets later, in its turn: the
 * caller has to call evert_backlog_hand, once. Until then cancelling comes too
 * late.
 */
struct evert_backlog_entry *evert_backlog_take(struct evert_backlog *backlog,
					       struct evert_result *offer);

/* Fires it with `result`, as evert_hand_over runs what it is given. NULL: the
   result, which is plain, is for nobody. */
void evert_backlog_hand(struct evert_backlog_entry *entry,
			struct evert_result result);

/* Now `deferred`, which has fired, has what they wait for; NULL: nobody. */
void evert_backlog_set_holder(struct evert_backlog *backlog,
			      struct evert_deferred *deferred);

/* Fails all with EVERT_ABANDONED, and at once those who join from now on. */
void evert_backlog_abandon(struct evert_backlog *backlog);

#endif
