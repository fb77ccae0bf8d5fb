/* SPDX-License-Identifier: MIT */
#include "shield.h"

#include "../base/memory.h"

struct shield {
	struct evert_firing *slot; /* empty once it was cancelled */
};

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct shield *shield = arg;

	(void)deferred;
	evert_deferred_abandon(&shield->slot);
	return false;
}

static struct evert_result pass_on(struct evert_result *outcome, void *arg)
{
	struct shield *shield = arg;
	struct evert_firing *slot = shield->slot;

	evert_free(shield);
	if (!slot)
		return *outcome; /* nobody's any more */
	evert_deferred_fire(&slot, evert_result_take(outcome));
	return evert_result_none();
}

struct evert_deferred *evert_shield_at(struct evert_deferred *deferred,
				       const char *place)
{
	struct shield *shield = evert_allocate(sizeof(*shield));
	struct evert_deferred *shielded = NULL;

	if (shield)
		shielded = evert_deferred_create_at(&shield->slot, place,
						    cancel, shield);
	if (shielded) {
		evert_deferred_add_both(deferred, pass_on, shield);
	} else {
		evert_free(shield);
	}
	evert_deferred_release(deferred);
	return shielded;
}
