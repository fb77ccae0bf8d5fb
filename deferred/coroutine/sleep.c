/* SPDX-License-Identifier: MIT */
#include "sleep.h"

#include <errno.h>

#include "../base/memory.h"

struct sleep {
	struct evert_firing *slot;
	struct evert_delayed_call call;
};

/* The memory goes first: the Deferred's chain may do anything. */
static struct evert_firing *finish(struct sleep *sleep)
{
	struct evert_firing *slot = sleep->slot;

	evert_free(sleep);
	return slot;
}

static void wake(void *arg)
{
	struct evert_firing *slot = finish(arg);

	evert_deferred_fire(&slot, evert_result_none());
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct sleep *sleep = arg;
	struct evert_firing *slot;

	(void)deferred;
	evert_delayed_call_cancel(sleep->call);
	slot = finish(sleep);
	evert_deferred_abandon(&slot);
	return false;
}

/* Without memory NULL. */
static struct sleep *create(struct evert_deferred **deferred,
			    const char *place)
{
	struct sleep *sleep = evert_allocate(sizeof(*sleep));

	if (!sleep)
		return NULL;
	*deferred = evert_deferred_create_at(&sleep->slot, place, cancel,
					     sleep);
	if (*deferred)
		return sleep;
	evert_free(sleep);
	return NULL;
}

/* The clock refused, errno says why. */
static void refuse(struct sleep *sleep, const char *place)
{
	int error = errno;
	struct evert_firing *slot = finish(sleep);

	evert_deferred_fire(&slot,
			    evert_result_failure(evert_failure_create_at(
				    place,
				    error == ENOMEM ? EVERT_NO_MEMORY :
						      EVERT_SYSTEM,
				    error, "evert_clock_sleep")));
}

struct evert_deferred *evert_clock_sleep_at(struct evert_clock *clock,
					    double seconds, const char *place)
{
	struct evert_deferred *deferred;
	struct sleep *sleep = create(&deferred, place);

	if (!sleep)
		return NULL;
	sleep->call = evert_clock_call_later_at(clock, seconds, wake, sleep,
						place);
	if (!evert_delayed_call_active(sleep->call))
		refuse(sleep, place);
	return deferred;
}
