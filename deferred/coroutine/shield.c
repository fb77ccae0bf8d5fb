/* SPDX-License-Identifier: MIT */
#include "shield.h"

#include "../base/memory.h"
#include "../handle_internal.h"
#include "shield_internal.h"

/* Does not pass it on. */
static struct evert_deferred *cancel(void *joint)
{
	struct evert_shield *shield = joint;

	evert_deferred_fire(&shield->slot,
			    evert_cancelled());
	return NULL;
}

static struct evert_deferred *first(const void *joint)
{
	const struct evert_shield *shield = joint;

	return shield->waiter.on;
}

static const struct evert_joint_class joint_class = {
	.kind = "shield",
	.pass = cancel,
	.first = first,
};

/* Nobody's any more. */
static void drop(struct evert_result outcome, const char *place)
{
	struct evert_unhandled unhandled = { .deferred_place = place };

	if (evert_result_is_failure(&outcome)) {
		unhandled.failure = evert_result_as_failure(&outcome);
		evert_unhandled_report(&unhandled);
	}
	evert_result_drop(outcome);
}

static struct evert_deferred *pass_on(struct evert_waiter *waiter,
				      struct evert_result outcome)
{
	struct evert_shield *shield =
		evert_container_of(waiter, struct evert_shield, waiter);
	struct evert_firing *slot = shield->slot;
	const char *place = shield->place;

	evert_free(shield);
	if (slot)
		return evert_deferred_set(&slot, outcome);
	drop(outcome, place);
	return NULL;
}

static struct evert_deferred *outer(const struct evert_waiter *waiter)
{
	return evert_firing_deferred(
		evert_container_of(waiter, struct evert_shield, waiter)->slot);
}

static const struct evert_waiter_class waiter_class = {
	.deliver = pass_on,
	.outer = outer,
};

struct evert_deferred *evert_shield_at(struct evert_deferred *deferred,
				       const char *place)
{
	struct evert_shield *shield = evert_allocate(sizeof(*shield));
	struct evert_deferred *shielded = NULL;
	struct evert_result outcome;

	if (shield)
		shielded = evert_deferred_create_joint_at(
			&shield->slot, place, &joint_class, shield);
	if (!shielded) {
		evert_free(shield);
		evert_deferred_release(deferred);
		return NULL;
	}
	shield->waiter = (struct evert_waiter){ .class = &waiter_class };
	shield->place = deferred ? evert_deferred_place(deferred) : place;
	if (evert_deferred_wait(deferred, &shield->waiter, &outcome))
		evert_deferred_go_on(pass_on(&shield->waiter, outcome));
	return shielded;
}
