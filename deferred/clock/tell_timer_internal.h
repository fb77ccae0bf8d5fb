/* SPDX-License-Identifier: MIT */
/* What is recorded of timers (docs/tracing.md), while something is. Those that
   a recording knows are marked in their id, and so take the ways on which they
   are told of. */
#ifndef EVERT_DEFERRED_TELL_TIMER_INTERNAL_H
#define EVERT_DEFERRED_TELL_TIMER_INTERNAL_H

#include "../base/trace_internal.h"
#include "clock_internal.h"

/* It was set; it is moved; it is about to be cancelled. */
void evert_tell_added(struct evert_timer *timer);
void evert_tell_moved(struct evert_timer *timer);
void evert_tell_cancelled_timer(struct evert_timer *timer);

/* It is about to end, and its call begins. */
void evert_tell_timer_fires(struct evert_timer *timer);

#endif
