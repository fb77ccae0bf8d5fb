/* SPDX-License-Identifier: MIT */
/*
 * Does somebody want to know what runs: a trace (EVERT_TRACE), or who looks for
 * what holds the loop (EVERT_SLOW)? All ask in one place, so that a program
 * which nobody observes pays one load and one branch.
 */
#ifndef EVERT_DEFERRED_OBSERVE_INTERNAL_H
#define EVERT_DEFERRED_OBSERVE_INTERNAL_H

#include <stdatomic.h>

#include "base.h"

enum {
	EVERT_OBSERVED_BY_TRACE = 1,
	EVERT_OBSERVED_BY_SLOW = 2,
};

/* Ours alone: no table of addresses to find it by. */
#pragma GCC visibility push(hidden)
/* Hidden, so that to look at it takes one load. */
extern __attribute__((__visibility__("hidden"))) atomic_uint evert_observed;
#pragma GCC visibility pop

static inline bool evert_is_observed(void)
{
	return !EVERT_LIKELY(!atomic_load_explicit(&evert_observed,
						    memory_order_relaxed));
}

static inline bool evert_is_observed_by(unsigned who)
{
	return atomic_load_explicit(&evert_observed, memory_order_relaxed) &
	       who;
}

static inline void evert_observe(unsigned who)
{
	atomic_fetch_or(&evert_observed, who);
}

/* Did it observe before? */
static inline bool evert_observe_no_more(unsigned who)
{
	return atomic_fetch_and(&evert_observed, ~who) & who;
}

#endif
