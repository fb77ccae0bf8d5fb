/* SPDX-License-Identifier: MIT */
#include "probe_internal.h"

/* In the file, since the kernel finds what it counts in by the file. */
__attribute__((__section__(".probes"))) struct evert_observed evert_observed = {
	.tracers = 0,
};

/* Each probe's is the same. */
#define SEMAPHORE(name)                                     \
	extern __attribute__((__alias__("evert_observed"))) uint16_t \
		evert_##name##_semaphore;
EVERT_PROBES(SEMAPHORE)
