/* SPDX-License-Identifier: MIT */
/* A watcher that is told once, as a Deferred. */
#include "wait_internal.h"

#include <errno.h>

#include "../deferred/base/memory.h"
#include "reason.h"
#include "run_internal.h"

/* The memory goes first: the Deferred's chain may do anything. */
static struct evert_firing *finish(struct evert_wait *wait)
{
	struct evert_firing *slot = wait->slot;

	evert_watcher_end(&wait->watcher);
	evert_free(wait);
	return slot;
}

static void ready(struct evert_watcher *watcher, unsigned what, void *arg)
{
	struct evert_firing *slot = finish(arg);

	(void)watcher;
	(void)what;
	evert_deferred_fire(&slot, evert_result_none());
}

static struct evert_result failure(int error, const char *place)
{
	const struct evert_error *kind = error == ESHUTDOWN ?
						 EVERT_REACTOR_STOPPED :
					 error == ENOMEM ? EVERT_NO_MEMORY :
							   EVERT_SYSTEM;

	return evert_result_failure(evert_failure_create_at(
		place, kind, error, "waiting for a descriptor"));
}

static void ended(struct evert_watcher *watcher, int error, void *arg)
{
	const char *place = watcher->place;
	struct evert_firing *slot = finish(arg);

	evert_deferred_fire(&slot, failure(error, place));
}

static bool cancel(struct evert_deferred *deferred, void *arg)
{
	struct evert_firing *slot = finish(arg);

	(void)deferred;
	evert_deferred_abandon(&slot);
	return false;
}

static struct evert_deferred *create(struct evert_wait **made,
				     const char *place)
{
	struct evert_wait *wait = evert_allocate(sizeof(*wait));
	struct evert_deferred *deferred;

	*made = wait;
	if (!wait)
		return NULL;
	*wait = (struct evert_wait){
		.watcher = {
			.call = ready,
			.ended = ended,
			.arg = wait,
			.place = place,
		},
	};
	deferred = evert_deferred_create_at(&wait->slot, place, cancel, wait);
	if (!deferred)
		evert_free(wait);
	return deferred;
}

struct evert_deferred *evert_reactor_wait_ready_at(
	struct evert_reactor *reactor, int fd, unsigned wanted,
	const char *place)
{
	struct evert_wait *wait;
	struct evert_deferred *deferred = create(&wait, place);
	struct evert_firing *slot;
	int error;

	if (!deferred)
		return NULL;
	error = evert_watcher_begin(&wait->watcher, reactor, fd, wanted);
	if (!error)
		return deferred;
	slot = finish(wait);
	evert_deferred_fire(&slot, failure(-error, place));
	return deferred;
}

struct evert_deferred *evert_wait_ready_at(int fd, unsigned wanted,
					   const char *what, const char *place)
{
	return evert_reactor_wait_ready_at(evert_reactor_require(what, place),
					   fd, wanted, place);
}
