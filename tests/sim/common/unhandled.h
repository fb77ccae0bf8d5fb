/* SPDX-License-Identifier: MIT */
/* A failure that nobody takes fails the run: so a Deferred that was given up,
   unfired, is found. */
#ifndef TESTS_SIM_COMMON_UNHANDLED_H
#define TESTS_SIM_COMMON_UNHANDLED_H

#include <evert.h>

static inline void unhandled_fails(const struct evert_unhandled *report,
				   void *sim)
{
	evert_unhandled_print(report, stderr);
	evert_sim_fail(sim, "a failure that nobody handled");
}

/* From now on, until the next world's. */
static inline void fail_unhandled(struct evert_sim *sim)
{
	evert_set_unhandled_hook(unhandled_fails, sim);
}

/* There is not enough of something: that somebody fails is no wonder. */
static inline void unhandled_happens(const struct evert_unhandled *report,
				     void *sim)
{
	(void)report, (void)sim;
}

static inline void ignore_unhandled(void)
{
	evert_set_unhandled_hook(unhandled_happens, NULL);
}

#endif
