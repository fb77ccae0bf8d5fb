/* SPDX-License-Identifier: MIT */
#include "clock_internal.h"

#include <errno.h>
#include <math.h>

int evert_clock_to_span(double seconds, int64_t *span)
{
	double nanoseconds = seconds * 1e9;
	double size = fabs(nanoseconds);

	*span = 0;
	if (!isfinite(seconds))
		return -EINVAL;
	/* Less than one is one: who comes again after next to no time must not
	   come again at the same instant for ever. */
	if (size > 0 && size < 1)
		size = 1;
	*span = size < (double)EVERT_CLOCK_NEVER ? (int64_t)(size + 0.5) :
						   EVERT_CLOCK_NEVER;
	if (seconds < 0)
		*span = -*span;
	return 0;
}
