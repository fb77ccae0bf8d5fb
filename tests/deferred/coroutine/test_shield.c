/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/shield.h"
#include "../../support/memory.h"
#include "../../support/diary.h"

TestSuite(shield, .init = diary_unhandled);

static struct evert_firing *slot;

static bool note_cancel(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	(void)arg;
	diary_add("cancelled");
	return true;
}

/* A shield over what `slot` fires. */
static struct evert_deferred *shield(void)
{
	struct evert_deferred *d;

	d = evert_shield(evert_deferred_create_cancellable(
		&slot, note_cancel, NULL));
	evert_deferred_add_both(d, diary_end, "shield");
	return d;
}

Test(shield, fires_with_the_outcome)
{
	struct evert_deferred *d = shield();

	fire(&slot, 3);
	cr_assert(eq(str, diary, "shield:3"));
	evert_deferred_release(d);
}

Test(shield, a_failure_comes_out_and_is_not_reported_twice)
{
	struct evert_deferred *d = shield();

	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "shield:ERROR"));
	evert_deferred_release(d);
}

Test(shield, of_a_fired_deferred_has_fired)
{
	struct evert_deferred *d = evert_shield(fired(4));

	evert_deferred_add_both(d, diary_end, "shield");
	cr_assert(eq(str, diary, "shield:4"));
	evert_deferred_release(d);
}

Test(shield, of_no_deferred_has_failed)
{
	struct evert_deferred *d = evert_shield(NULL);

	evert_deferred_add_both(d, diary_end, "shield");
	cr_assert(eq(str, diary, "shield:NO_MEMORY"));
	evert_deferred_release(d);
}

Test(shield, cancelled_fails_at_once_and_cancels_nothing)
{
	struct evert_deferred *d = shield();

	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "shield:CANCELLED"));
	evert_deferred_release(d);
	evert_deferred_fire(&slot, diary_value("late"));
	cr_assert(eq(str, diary, "shield:CANCELLED freed:late"));
}

Test(shield, a_failure_after_it_was_cancelled_is_reported)
{
	struct evert_deferred *d = shield();

	evert_deferred_cancel(d);
	evert_deferred_release(d);
	evert_deferred_fire(&slot, plain_failure());
	cr_assert(eq(str, diary, "shield:CANCELLED unhandled:ERROR"));
}

static void shield_and_fire(void *arg)
{
	struct evert_deferred *d;

	(void)arg;
	d = evert_shield(evert_deferred_create(&slot));
	evert_deferred_add_both(d, diary_end, "shield");
	fire(&slot, 1);
	evert_deferred_release(d);
	diary_clear();
}

Test(shield, gives_all_back_whichever_allocation_fails)
{
	fail_every_allocation(shield_and_fire, NULL);
}
