/* SPDX-License-Identifier: MIT */
/* Waiting for time (twisted.internet.task.deferLater). */
#ifndef EVERT_DEFERRED_SLEEP_H
#define EVERT_DEFERRED_SLEEP_H

#include "../clock/clock.h"
#include "../deferred.h"

EVERT_BEGIN

/*
 * A Deferred that fires with nothing, `seconds` from now by `clock`; negative
 * seconds are none. Cancelled, it leaves no delayed call behind. Seconds that
 * are not finite: it has failed with EVERT_SYSTEM, EINVAL. When the clock is
 * destroyed first it fails with EVERT_CLOCK_DESTROYED; on a reactor's clock
 * with EVERT_REACTOR_STOPPED, at the end of the run. So who sleeps can clean
 * up. The caller owns the reading end. Without memory NULL, or it has failed
 * with EVERT_NO_MEMORY.
 */
#define evert_clock_sleep(...) evert_clock_sleep_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_clock_sleep_at(struct evert_clock *clock,
					    double seconds, const char *place);

EVERT_END

#endif
