/* SPDX-License-Identifier: MIT */
/*
 * How long to wait before something that failed is tried again: longer each
 * time, up to a bound, and partly by chance, so that many who failed together
 * do not come back together (twisted.application.internet.backoffPolicy).
 *
 *	struct evert_backoff backoff = { .first = 0.1 };
 *
 *	for (;;) {
 *		r = talk(server, &backoff);	... evert_backoff_reset: it works
 *		if (!may_be_tried_again(&r))
 *			return r;
 *		evert_result_release(r);
 *		EVERT_TRY(r, evert_await(
 *			evert_sleep(evert_backoff_next(&backoff))));
 *	}
 *
 * Thread rule: it belongs to one thread. It holds nothing to be released.
 */
#ifndef EVERT_DEFERRED_BACKOFF_H
#define EVERT_DEFERRED_BACKOFF_H

#include "../base/base.h"

EVERT_BEGIN

/* How long to wait, and how often it was. All zero is one with the defaults. */
struct evert_backoff {
	double first;	   /* seconds; 0: 1 */
	double most;	   /* seconds; 0: 60 */
	double factor;	   /* from one time to the next; 0: 1.5 */
	unsigned attempts; /* that failed, one behind the other */
	uint64_t random;   /* what chance goes on from; 0: the time is taken */
};

/*
 * Counts an attempt that failed, and says after how many seconds to try again:
 * `first`, multiplied by `factor` for each attempt before, `most` at most; of
 * that, between a half and all.
 */
double evert_backoff_next(struct evert_backoff *backoff);

/* Begins anew, because it worked: the next time is the first one again. */
static inline void evert_backoff_reset(struct evert_backoff *backoff)
{
	backoff->attempts = 0;
}

EVERT_END

#endif
