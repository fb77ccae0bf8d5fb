/* SPDX-License-Identifier: MIT */
/*
 * The processor's own count of time. It says how long ago something was, not
 * when; but it takes a third of what the system's clock takes.
 */
#ifndef EVERT_DEFERRED_TICKS_INTERNAL_H
#define EVERT_DEFERRED_TICKS_INTERNAL_H

#include "../base/base.h"

/* Does not go back on one processor; on another it may stand anywhere. */
static inline uint64_t evert_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

/* As many as a microsecond has, or fewer: an x86-64 counts one to five in a
   nanosecond. 0: nothing is counted. */
static inline uint64_t evert_ticks_of_a_microsecond(void)
{
#if defined(__x86_64__)
	return 1000;
#elif defined(__aarch64__)
	uint64_t per_second;

	__asm__("mrs %0, cntfrq_el0" : "=r"(per_second));
	return per_second / 1000000;
#else
	return 0;
#endif
}

#endif
