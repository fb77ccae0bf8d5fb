/* SPDX-License-Identifier: MIT */
/* valgrind's requests, or nothing where valgrind is not installed. */
#ifndef BENCH_COMMON_CALLGRIND_H
#define BENCH_COMMON_CALLGRIND_H

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define RUNNING_ON_VALGRIND		0
#define CALLGRIND_ZERO_STATS		((void)0)
#define CALLGRIND_TOGGLE_COLLECT	((void)0)
#define CALLGRIND_DUMP_STATS_AT(figure) ((void)(figure))
#endif

#endif
