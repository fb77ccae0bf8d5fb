/* SPDX-License-Identifier: MIT */
/* What of chance is left out. */
#ifndef EVERT_REACTOR_SIM_VARIANT_INTERNAL_H
#define EVERT_REACTOR_SIM_VARIANT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum evert_sim_trait {
	EVERT_SIM_JITTER,
	EVERT_SIM_BANDWIDTH,
	EVERT_SIM_BUFFERS,
	EVERT_SIM_CUT,
	EVERT_SIM_LOSS,
	EVERT_SIM_DUPLICATE,
	EVERT_SIM_REORDER,
	EVERT_SIM_DRIFT,
	EVERT_SIM_TRAITS,
};

struct evert_sim_variant {
	bool without[EVERT_SIM_TRAITS];
	size_t most;	     /* for evert_sim_size */
	uint64_t calm_after; /* steps */
};

/* Leaves out nothing. */
#define EVERT_SIM_NO_VARIANT {.most = SIZE_MAX, .calm_after = UINT64_MAX}

/* For the worlds that are made from now on. */
extern struct evert_sim_variant evert_sim_variant;

#endif
