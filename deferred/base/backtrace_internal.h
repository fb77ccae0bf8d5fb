/* SPDX-License-Identifier: MIT */
/* Where we are, and who has called: as far as the C library tells. */
#ifndef EVERT_DEFERRED_BACKTRACE_INTERNAL_H
#define EVERT_DEFERRED_BACKTRACE_INTERNAL_H

#if __has_include(<execinfo.h>)

#include <execinfo.h>

/* How many addresses. The first call may load what the others need. */
static inline int evert_backtrace(void **addresses, int most)
{
	return backtrace(addresses, most);
}

#else

static inline int evert_backtrace(void **addresses, int most)
{
	(void)addresses;
	(void)most;
	return 0;
}

#endif

#endif
