/* SPDX-License-Identifier: MIT */
#include "bell_internal.h"

#include "../deferred/backlog_internal.h"
#include "../deferred/base/memory.h"

struct evert_deferred *evert_bell_wait(struct evert_bell *bell,
				       const char *place)
{
	if (!bell->waiting) {
		bell->waiting = evert_allocate(sizeof(*bell->waiting));
		if (!bell->waiting)
			return NULL;
		*bell->waiting = (struct evert_backlog){ .what = "an event" };
	}
	return evert_backlog_join(bell->waiting, evert_result_none(), place);
}

/* `failure` is NULL for nothing. */
static void fire_all(struct evert_bell *bell,
		     const struct evert_failure *failure)
{
	/* Who asks meanwhile waits for the next time. */
	struct evert_backlog *waiting = bell->waiting;
	struct evert_result result = evert_result_none();
	struct evert_firing *slot;

	bell->waiting = NULL;
	while (waiting && (slot = evert_backlog_serve(waiting, NULL))) {
		if (failure)
			result = evert_result_failure(
				evert_failure_copy(failure));
		evert_deferred_fire(&slot, result);
	}
	evert_free(waiting);
}

void evert_bell_ring(struct evert_bell *bell)
{
	fire_all(bell, NULL);
}

void evert_bell_fail(struct evert_bell *bell,
		     const struct evert_failure *failure)
{
	fire_all(bell, failure);
}
