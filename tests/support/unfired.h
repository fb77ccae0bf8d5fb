/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_UNFIRED_H
#define TESTS_SUPPORT_UNFIRED_H

#include "../../deferred/deferred_internal.h"

/* One that has not fired; its firing end is there for the asking. */
static inline struct evert_deferred *unfired_at(const char *place)
{
	struct evert_firing *slot;

	return evert_deferred_create_at(&slot, place, NULL, NULL);
}

#define unfired() unfired_at(EVERT_HERE)

static inline struct evert_deferred *
unfired_cancellable(evert_canceller canceller, void *arg)
{
	struct evert_firing *slot;

	return evert_deferred_create_cancellable(&slot, canceller, arg);
}

#endif
