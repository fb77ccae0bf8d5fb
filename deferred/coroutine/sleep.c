/* SPDX-License-Identifier: MIT */
#include "sleep.h"

#include "../base/memory.h"
#include "../deferred_internal.h"
#include "../time_failure_internal.h"
#include "sleep_internal.h"

static struct evert_sleep *sleep_of(struct evert_clock_wait *wait)
{
	return evert_container_of(wait, struct evert_sleep, wait);
}

/* The memory goes first: the Deferred's chain may do anything. */
static struct evert_firing *finish(struct evert_sleep *sleep)
{
	struct evert_firing *slot = sleep->slot;

	evert_free(sleep);
	return slot;
}

static void over(void *wait)
{
	struct evert_firing *slot = finish(sleep_of(wait));

	evert_deferred_fire(&slot, evert_result_none());
}

static void fail(struct evert_sleep *sleep, struct evert_failure *failure)
{
	struct evert_firing *slot = finish(sleep);

	evert_deferred_fire(&slot, evert_result_failure(failure));
}

static void dropped(struct evert_clock_wait *wait,
		    const struct evert_error *why)
{
	struct evert_sleep *sleep = sleep_of(wait);

	fail(sleep, evert_time_ended(why, sleep->place));
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_sleep *sleep = arg;
	struct evert_firing *slot;

	(void)deferred;
	evert_clock_wait_end(&sleep->wait);
	slot = finish(sleep);
	evert_deferred_abandon(&slot);
	return false;
}

/* Without memory NULL. */
static struct evert_sleep *create(struct evert_deferred **deferred,
				  const char *place)
{
	struct evert_sleep *sleep = evert_allocate(sizeof(*sleep));

	if (!sleep)
		return NULL;
	sleep->wait.over = over;
	sleep->wait.dropped = dropped;
	sleep->place = place;
	*deferred = evert_deferred_create_short_at(&sleep->slot, place,
						   cancel, sleep);
	if (*deferred)
		return sleep;
	evert_free(sleep);
	return NULL;
}

struct evert_deferred *evert_clock_sleep_at(struct evert_clock *clock,
					    double seconds, const char *place)
{
	struct evert_deferred *deferred;
	struct evert_sleep *sleep = create(&deferred, place);
	int error;

	if (!sleep)
		return NULL;
	error = evert_clock_wait(clock, seconds, &sleep->wait, place);
	if (error)
		fail(sleep, evert_time_refused(error, clock->why,
					       "evert_clock_sleep", place));
	return deferred;
}
