/* SPDX-License-Identifier: MIT */
#include "dump_internal.h"

#include <inttypes.h>

#include "../deferred/coroutine/dump_internal.h"

/* ---- Descriptors ---- */

static void add_wanted(const struct evert_watch *watch, struct evert_text *to)
{
	unsigned wanted = watch->wanted;

	evert_text_add(to, ", watched for %s%s%s",
		       wanted & EVERT_READ ? "read" : "",
		       wanted & EVERT_READ && wanted & EVERT_WRITE ? "+" : "",
		       wanted & EVERT_WRITE ? "write" : "");
	if (!(wanted & (EVERT_READ | EVERT_WRITE)))
		evert_text_add(to, wanted ? "hang-up" : "nothing");
}

static void add_watch(const struct evert_watch *watch, struct evert_text *to)
{
	evert_text_add(to, "  descriptor %d: %s", watch->fd, watch->ops->kind);
	if (watch->ops->describe)
		watch->ops->describe(watch, to);
	add_wanted(watch, to);
	evert_text_end_line(to);
}

static void add_watches(const struct evert_reactor *reactor,
			struct evert_text *to)
{
	size_t fd;

	for (fd = 0; fd < reactor->slot_count; fd++)
		if (reactor->slots[fd].watch)
			add_watch(reactor->slots[fd].watch, to);
}

/* ---- Timers ---- */

enum { TIMERS_TOLD = 32 };

/* The first of all that wait, in order. */
struct first_timers {
	const struct evert_timer *timers[TIMERS_TOLD];
	size_t count;
};

static void put_in_order(struct first_timers *first,
			 const struct evert_timer *timer)
{
	size_t i = first->count;

	if (i == TIMERS_TOLD &&
	    evert_timer_is_before(timer, first->timers[i - 1]))
		i--;
	else if (i == TIMERS_TOLD)
		return;
	else
		first->count++;
	for (; i && evert_timer_is_before(timer, first->timers[i - 1]); i--)
		first->timers[i] = first->timers[i - 1];
	first->timers[i] = timer;
}

static void find_first(const struct evert_clock *clock,
		       struct first_timers *first)
{
	struct evert_timer_block *block = NULL;
	struct evert_timer *timer, *end;

	first->count = 0;
	while ((block = evert_timer_block_after(&clock->wheel, block, &timer,
						&end)))
		for (; timer < end; timer++)
			if (timer->id)
				put_in_order(first, timer);
}

static void add_timers(const struct evert_reactor *reactor,
		       struct evert_text *to)
{
	size_t all = evert_clock_pending(&reactor->clock), i;
	int64_t now = evert_reactor_now(reactor);
	struct first_timers first;

	find_first(&reactor->clock, &first);
	for (i = 0; i < first.count; i++) {
		evert_text_add(to, "  timer made at %s: due in %.3f s",
			       first.timers[i]->place,
			       (double)(first.timers[i]->when - now) / 1e9);
		evert_text_end_line(to);
	}
	if (all > first.count) {
		evert_text_add(to, "  and %zu timers due after these",
			       all - first.count);
		evert_text_end_line(to);
	}
}

/* ---- All ---- */

static const char *state_of(const struct evert_reactor *reactor)
{
	if (reactor->shutting_down)
		return "shutting down";
	if (reactor->stopping)
		return "stopping";
	return reactor->running ? "running" : "not running";
}

void evert_reactor_add_to(const struct evert_reactor *reactor,
			  struct evert_text *to)
{
	evert_text_add(to, "reactor made at %s: %s, turn %" PRIu64,
		       reactor->place, state_of(reactor), reactor->turns);
	evert_text_end_line(to);
	add_watches(reactor, to);
	add_timers(reactor, to);
	evert_waiting_add_to(to, 1);
}

void evert_reactor_dump(const struct evert_reactor *reactor, FILE *to)
{
	struct evert_text text;

	evert_reactor_check_thread(reactor, "evert_reactor_dump");
	evert_text_init(&text, to);
	evert_reactor_add_to(reactor, &text);
}
