/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_UNHANDLED_H
#define TESTS_SUPPORT_UNHANDLED_H

#include "../../deferred/deferred.h"

static inline void take_no_notice(const struct evert_unhandled *report,
				  void *arg)
{
	(void)report, (void)arg;
}

/* Failures that nobody takes are not reported from now on. */
static inline void ignore_unhandled(void)
{
	evert_set_unhandled_hook(take_no_notice, NULL);
}

#endif
