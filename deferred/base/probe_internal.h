/* SPDX-License-Identifier: MIT */
/*
 * Probes for tracers from outside, as bpftrace and perf (USDT);
 * docs/debugging.md says what there is. Built where sys/sdt.h is, of Debian's systemtap-sdt-dev;
 * -DEVERT_NO_PROBES leaves them out. A program needs nothing for them.
 *
 * All but those of a turn stand where a trace is written, too: a tracer has the
 * kernel count it in evert_observed.tracers, which is the "semaphore" of each
 * probe. So what nobody traces pays nothing for them.
 */
#ifndef EVERT_DEFERRED_PROBE_INTERNAL_H
#define EVERT_DEFERRED_PROBE_INTERNAL_H

#include "observe_internal.h"

/* All there are. */
#define EVERT_PROBES(each)        \
	each(turn__begin)         \
	each(turn__end)           \
	each(callback__begin)     \
	each(callback__end)       \
	each(coroutine__resume)   \
	each(coroutine__suspend)  \
	each(connection__made)    \
	each(connection__lost)    \
	each(read)                \
	each(write)

/* The "semaphore" of each, by the name that sys/sdt.h makes of it. */
#define EVERT_PROBE_SEMAPHORE(name)                         \
	extern __attribute__((__visibility__("hidden"))) uint16_t \
		evert_##name##_semaphore;
EVERT_PROBES(EVERT_PROBE_SEMAPHORE)

#if !defined(EVERT_NO_PROBES) && __has_include(<sys/sdt.h>)

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#ifdef __clang__ /* of what the macros below become, in whoever uses them */
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

#define EVERT_PROBE1(name, a) STAP_PROBE1(evert, name, a)
#define EVERT_PROBE2(name, a, b) STAP_PROBE2(evert, name, a, b)
#define EVERT_PROBE3(name, a, b, c) STAP_PROBE3(evert, name, a, b, c)

#else

#define EVERT_PROBE1(name, a) ((void)(a))
#define EVERT_PROBE2(name, a, b) ((void)(a), (void)(b))
#define EVERT_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))

#endif

#endif
