/* SPDX-License-Identifier: MIT */
/*
 * Does somebody want to know what runs: a trace (EVERT_TRACE), who looks for
 * what holds the loop (EVERT_SLOW), or a tracer of probes (probe_internal.h)?
 * All ask in one place, so that a program which nobody observes pays one load
 * and one branch.
 */
#ifndef EVERT_DEFERRED_OBSERVE_INTERNAL_H
#define EVERT_DEFERRED_OBSERVE_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "base.h"

enum {
	EVERT_OBSERVED_BY_TRACE = 1,
	EVERT_OBSERVED_BY_SLOW = 2,
};

/* Looked at as a whole. */
struct evert_observed {
	_Alignas(4) _Atomic(uint16_t) tracers; /* counted by the kernel */
	_Atomic(uint16_t) by;
};

/* Hidden, so that to look at it takes one load. */
extern __attribute__((__visibility__("hidden"))) struct evert_observed
	evert_observed;

typedef uint32_t __attribute__((__may_alias__)) evert_observed_whole;

static inline bool evert_is_observed(void)
{
	return !EVERT_LIKELY(
		!*(const volatile evert_observed_whole *)&evert_observed);
}

static inline bool evert_is_observed_by(unsigned who)
{
	return atomic_load_explicit(&evert_observed.by, memory_order_relaxed) &
	       who;
}

/* By a tracer of probes. */
static inline bool evert_is_probed(void)
{
	return atomic_load_explicit(&evert_observed.tracers,
				    memory_order_relaxed);
}

static inline void evert_observe(unsigned who)
{
	atomic_fetch_or(&evert_observed.by, (uint16_t)who);
}

/* Did it observe before? */
static inline bool evert_observe_no_more(unsigned who)
{
	return atomic_fetch_and(&evert_observed.by, (uint16_t)~who) & who;
}

#endif
