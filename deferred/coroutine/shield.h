/* SPDX-License-Identifier: MIT */
/* Shielding from cancellation (asyncio.shield). */
#ifndef EVERT_DEFERRED_SHIELD_H
#define EVERT_DEFERRED_SHIELD_H

#include "../deferred.h"

EVERT_BEGIN

/*
 * A Deferred that fires with the outcome of `deferred`, but does not pass on a
 * cancel: cancelled, it fails with EVERT_CANCELLED at once, while `deferred`
 * goes on; its value is then released, its failure reported as unhandled.
 *
 * Takes over the reading end of `deferred`; the caller owns the one returned.
 * Without memory NULL; then `deferred` goes on, too.
 */
#define evert_shield(...) evert_shield_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_shield_at(struct evert_deferred *deferred,
				       const char *place);

EVERT_END

#endif
