/* SPDX-License-Identifier: MIT */
#include "time_failure_internal.h"

#include <errno.h>

struct evert_failure *evert_time_ended(const struct evert_error *why,
				       const char *place)
{
	if (!why)
		why = EVERT_CLOCK_DESTROYED;
	return evert_failure_create_at(place, why, 0, "%s", why->bare.message);
}

struct evert_failure *evert_time_refused(int error,
					 const struct evert_error *why,
					 const char *what, const char *place)
{
	if (error == -ECANCELED)
		return evert_time_ended(why, place);
	if (error == -ENOMEM)
		return evert_failure_bare(EVERT_NO_MEMORY);
	return evert_failure_create_at(place, EVERT_SYSTEM, error, "%s", what);
}
