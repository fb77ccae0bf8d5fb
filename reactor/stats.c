/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include "../deferred/coroutine/coroutine_internal.h"
#include "reactor_internal.h"

/* Counts of what is there would cost each connection something, and sums of
   what is queued each write. */
static void count_watches(const struct evert_reactor *reactor,
			  struct evert_stats *stats)
{
	const struct evert_watch *watch;
	size_t fd;

	for (fd = 0; fd < reactor->slot_count; fd++) {
		watch = reactor->slots[fd].watch;
		if (watch && watch->ops->count)
			watch->ops->count(watch, stats);
	}
}

void evert_reactor_stats(struct evert_reactor *reactor,
			 struct evert_stats *stats)
{
	int64_t ran = reactor->time_run;

	evert_reactor_check_thread(reactor, "evert_reactor_stats");
	if (reactor->running)
		ran += evert_reactor_now(reactor) - reactor->run_since;
	*stats = (struct evert_stats){
		.turns = reactor->turns,
		.events = reactor->events,
		.waiting = reactor->time_waited,
		.working = ran - reactor->time_waited,
		.timers = evert_clock_pending(&reactor->clock),
		.coroutines = evert_coroutine_count(),
	};
	count_watches(reactor, stats);
}
