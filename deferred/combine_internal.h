/* SPDX-License-Identifier: MIT */
/* What all combinators are made of. */
#ifndef EVERT_DEFERRED_COMBINE_INTERNAL_H
#define EVERT_DEFERRED_COMBINE_INTERNAL_H

#include "combine.h"

/* One more evert_combine_option: no value from any input is a failure. */
#define EVERT_FAIL_IF_ALL_FAIL (1 << 4)

/*
 * Combines as the options say. Takes over the reading ends in `inputs`, but
 * without memory: then it returns NULL and they are still the caller's.
 */
struct evert_deferred *evert_combine(struct evert_deferred *const *inputs,
				     size_t count, unsigned options,
				     const char *place);

#endif
