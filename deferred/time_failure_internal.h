/* SPDX-License-Identifier: MIT */
/* Why time did not come: failures of sleeps, time-outs and periodic calls. */
#ifndef EVERT_DEFERRED_TIME_FAILURE_INTERNAL_H
#define EVERT_DEFERRED_TIME_FAILURE_INTERNAL_H

#include "failure.h"

/* The clock ended first; `why` as the wait was told. */
struct evert_failure *evert_time_ended(const struct evert_error *why,
				       const char *place);

/* The clock refused, by this -errno, what `what` asked for at `place`. */
struct evert_failure *evert_time_refused(int error,
					 const struct evert_error *why,
					 const char *what, const char *place);

#endif
