/* SPDX-License-Identifier: MIT */
/*
 * What is recorded of Deferreds (docs/tracing.md). A Deferred that a recording
 * knows is marked, so that it takes the ways on which this is told: while
 * nothing is recorded they cost what they did. It is not kept among the spares,
 * for the same reason.
 */
#ifndef EVERT_DEFERRED_TELL_INTERNAL_H
#define EVERT_DEFERRED_TELL_INTERNAL_H

#include "base/trace_event_internal.h"
#include "links_internal.h"

/* ---- Only while something is recorded ---- */

void evert_tell_made(struct evert_deferred *d);
void evert_tell_fired(struct evert_deferred *d, struct evert_result result);
void evert_tell_cancelled(struct evert_deferred *d, const char *place);
void evert_tell_freed(const void *d);

/* A callback of `d` begins. */
void evert_tell_callback(struct evert_deferred *d, const char *label);

/* `waiter` waits for `on`. */
void evert_tell_waits(const struct evert_waiter *waiter,
		      struct evert_deferred *on);

/* `waiter` gets the outcome of `d`: what fired that has caused it, or if
   something of `d` has run since, that has. */
void evert_tell_hand_over(const struct evert_waiter *waiter,
			  struct evert_deferred *d);

/* ---- In a recording that is locked, for the rooms above ---- */

/* What a recording knows of it: if nothing yet, it is told of now. */
struct evert_trace_entry *evert_tell_entry(struct evert_deferred *d);

/* A result in a few words. */
void evert_tell_result(const char *name, struct evert_result result);

#endif
