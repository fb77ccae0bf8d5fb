/* SPDX-License-Identifier: MIT */
#include "tell_timer_internal.h"

#include "../base/trace_event_internal.h"

/* Without what its id has become since: it belongs to a wait. */
static uint64_t number_of(const struct evert_timer *timer)
{
	return timer->id & ~(uint64_t)EVERT_TIMER_IS_WAIT;
}

static struct evert_trace_entry *entry_of(const struct evert_timer *timer)
{
	return evert_trace_find(EVERT_TRACE_TIMER, timer, number_of(timer));
}

static void open_object(const char *what, uint64_t id)
{
	evert_trace_open_object(what);
	evert_trace_id(EVERT_TRACE_TIMER, id);
}

/* In how many seconds is it due? */
static void tell_in(const struct evert_timer *timer)
{
	evert_trace_number("in", evert_clock_to_seconds(timer->when -
							timer->clock->now));
}

void evert_tell_added(struct evert_timer *timer)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	timer->id |= EVERT_TIMER_IS_TOLD;
	entry = evert_trace_add(EVERT_TRACE_TIMER, timer, number_of(timer));
	evert_trace_cause(&entry->cause);
	open_object("added", entry->id);
	evert_trace_text("at", timer->place);
	tell_in(timer);
	evert_trace_close();
	evert_trace_unlock();
}

void evert_tell_moved(struct evert_timer *timer)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = entry_of(timer);
	if (entry) {
		evert_trace_cause(&entry->cause);
		open_object("moved", entry->id);
		tell_in(timer);
		evert_trace_close();
	}
	evert_trace_unlock();
}

void evert_tell_cancelled_timer(struct evert_timer *timer)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = entry_of(timer);
	if (entry) {
		open_object("cancelled", entry->id);
		evert_trace_close();
		evert_trace_remove(entry);
	}
	evert_trace_unlock();
}

void evert_tell_timer_fires(struct evert_timer *timer)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = entry_of(timer);
	evert_trace_begin_of("call", timer->place, entry, timer->place);
	if (entry) {
		evert_trace_flow("timer", &entry->cause);
		evert_trace_remove(entry);
	}
	evert_trace_unlock();
}
