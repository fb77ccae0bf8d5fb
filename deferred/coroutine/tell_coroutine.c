/* SPDX-License-Identifier: MIT */
#include "tell_coroutine_internal.h"

#include "../tell_internal.h"

static struct evert_trace_entry *introduce(struct evert_coroutine *c)
{
	uint64_t deferred = evert_tell_entry(c->deferred)->id;
	struct evert_trace_entry *entry =
		evert_trace_add(EVERT_TRACE_COROUTINE, c, 0);

	evert_trace_open_object("spawned");
	evert_trace_id(EVERT_TRACE_COROUTINE, entry->id);
	evert_trace_id(EVERT_TRACE_DEFERRED, deferred);
	evert_trace_text("name", c->name);
	evert_trace_text("at", evert_coroutine_place(c));
	evert_trace_close();
	return entry;
}

/* One that was spawned before the recording began, is told of now. */
static struct evert_trace_entry *entry_of(struct evert_coroutine *c)
{
	struct evert_trace_entry *entry =
		evert_trace_find(EVERT_TRACE_COROUTINE, c, 0);

	return entry ? entry : introduce(c);
}

/* Begins to tell of it, and of what has happened to it. */
static void open_object(struct evert_coroutine *c, const char *what)
{
	uint64_t id = entry_of(c)->id;

	evert_trace_open_object(what);
	evert_trace_id(EVERT_TRACE_COROUTINE, id);
}

static void tell_with(struct evert_coroutine *c, const char *what,
		      struct evert_result result)
{
	open_object(c, what);
	evert_tell_result("result", result);
	evert_trace_close();
}

static void tell_awaits(struct evert_coroutine *c)
{
	uint64_t on = evert_tell_entry(c->waiter.on)->id;

	open_object(c, "awaits");
	evert_trace_integer("on", (int64_t)on);
	evert_trace_close();
}

void evert_tell_switch_to(struct evert_coroutine *c, bool is_new)
{
	if (!evert_trace_lock())
		return;
	if (is_new)
		introduce(c);
	else
		tell_with(c, "resumed", c->outcome);
	evert_trace_begin_of("coroutine", c->name, entry_of(c),
			     evert_coroutine_place(c));
	evert_trace_flow("fired", &evert_tell_entry(c->deferred)->cause);
	evert_trace_unlock();
}

void evert_tell_switch_back(struct evert_coroutine *c)
{
	if (!evert_trace_lock())
		return;
	if (c->state == EVERT_COROUTINE_ENDED) {
		tell_with(c, "ended", c->outcome);
		evert_trace_remove(entry_of(c));
		evert_trace_cause(&evert_tell_entry(c->deferred)->cause);
	} else if (c->waiter.on) {
		tell_awaits(c);
	}
	evert_trace_end_it();
	evert_trace_unlock();
}
