/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a Deferred without memory, for combinators and coroutines; and
 * where reports of failures go.
 */
#ifndef EVERT_DEFERRED_DEFERRED_INTERNAL_H
#define EVERT_DEFERRED_DEFERRED_INTERNAL_H

#include "deferred.h"

/*
 * One who waits for the outcome of a Deferred. Embedded in its owner; it must
 * stay in place until delivery.
 */
struct evert_waiter {
	/* Whom it waits for, to cancel it or to dump it; NULL when nobody. It
	   changes when what it waited for passes the waiting on. */
	struct evert_deferred *on;
	/* Takes over the result. NULL in a Deferred's own waiter, whose chain
	   goes on without a call, so that stacks do not grow. */
	void (*deliver)(struct evert_waiter *waiter,
			struct evert_result result);
};

/*
 * Takes over the reading end of `deferred` (NULL: failed, EVERT_NO_MEMORY).
 * Returns true, and the outcome in `*result`, when it is there; else false:
 * then it is delivered, once, when the links that the Deferred has now have
 * run.
 */
bool evert_deferred_wait(struct evert_deferred *deferred,
			 struct evert_waiter *waiter,
			 struct evert_result *result);

/* The two ends of a Deferred are one structure. */
static inline struct evert_firing *
evert_deferred_firing(struct evert_deferred *deferred)
{
	return (struct evert_firing *)deferred;
}

static inline struct evert_deferred *
evert_firing_deferred(struct evert_firing *firing)
{
	return (struct evert_deferred *)firing;
}

/* Hands a report to the hook, or prints it. */
void evert_unhandled_report(const struct evert_unhandled *report);

/* The place that made it. */
const char *evert_deferred_place(const struct evert_deferred *deferred);

#endif
