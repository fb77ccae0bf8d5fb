/* SPDX-License-Identifier: MIT */
#include "tell_internal.h"

#include <stdio.h>
#include <string.h>

/* ---- Which Deferred ---- */

static struct evert_trace_entry *introduce(struct evert_deferred *d)
{
	struct evert_trace_entry *entry =
		evert_trace_add(EVERT_TRACE_DEFERRED, d, 0);

	d->is_told = true;
	evert_trace_open_object("made");
	evert_trace_id(EVERT_TRACE_DEFERRED, entry->id);
	evert_trace_text("at", d->place);
	evert_trace_close();
	return entry;
}

struct evert_trace_entry *evert_tell_entry(struct evert_deferred *d)
{
	struct evert_trace_entry *entry = NULL;

	if (d->is_told)
		entry = evert_trace_find(EVERT_TRACE_DEFERRED, d, 0);
	return entry ? entry : introduce(d);
}

/* Begins to tell of it, and of what has happened to it. */
static struct evert_trace_entry *open_object(struct evert_deferred *d,
					     const char *what)
{
	struct evert_trace_entry *entry = evert_tell_entry(d);

	evert_trace_open_object(what);
	evert_trace_id(EVERT_TRACE_DEFERRED, entry->id);
	return entry;
}

void evert_tell_made(struct evert_deferred *d)
{
	if (!evert_trace_lock())
		return;
	introduce(d);
	evert_trace_unlock();
}

void evert_tell_freed(const void *d)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = evert_trace_find(EVERT_TRACE_DEFERRED, d, 0);
	if (entry) {
		evert_trace_open_object("freed");
		evert_trace_id(EVERT_TRACE_DEFERRED, entry->id);
		evert_trace_close();
		evert_trace_remove(entry);
	}
	evert_trace_unlock();
}

/* ---- What happens to it ---- */

static void put(const char *text)
{
	evert_trace_text_put(text, strlen(text));
}

static void put_failure(const struct evert_failure *failure)
{
	put("failure ");
	put(failure->kind->name);
	put(": ");
	put(failure->message);
}

static void put_text(const struct evert_text_value *text)
{
	size_t most = evert_trace_bytes_at_most();

	put("\"");
	evert_trace_text_put(text->bytes,
			     text->length < most ? text->length : most);
	put(text->length <= most ? "\"" : "\"...");
}

static void put_deferred(const struct evert_deferred *d)
{
	const struct evert_trace_entry *entry =
		evert_trace_find(EVERT_TRACE_DEFERRED, d, 0);

	put("Deferred ");
	evert_trace_text_put_integer(entry ? (int64_t)entry->id : 0);
}

static void put_result(struct evert_result result)
{
	char number[40];

	if (evert_result_is_none(&result)) {
		put("nothing");
	} else if (result.type == &evert_type_wait) {
		put_deferred(result.value.pointer);
	} else if (result.type == &evert_type_text) {
		put_text(result.value.pointer);
	} else if (evert_result_is_failure(&result)) {
		put_failure(evert_result_as_failure(&result));
	} else if (result.type == &evert_type_integer) {
		evert_trace_text_put_integer(result.value.integer);
	} else if (result.type == &evert_type_number) {
		snprintf(number, sizeof(number), "%g", result.value.number);
		put(number);
	} else {
		put(result.type->name);
	}
}

void evert_tell_result(const char *name, struct evert_result result)
{
	evert_trace_text_begin(name);
	put_result(result);
	evert_trace_text_end();
}

void evert_tell_fired(struct evert_deferred *d, struct evert_result result)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = open_object(d, "fired");
	evert_tell_result("result", result);
	evert_trace_close();
	if (!entry->cause.at)
		evert_trace_cause(&entry->cause);
	evert_trace_unlock();
}

void evert_tell_cancelled(struct evert_deferred *d, const char *place)
{
	if (!evert_trace_lock())
		return;
	open_object(d, "cancelled");
	evert_trace_text("at", place);
	evert_trace_close();
	evert_trace_unlock();
}

void evert_tell_callback(struct evert_deferred *d, const char *label)
{
	struct evert_trace_entry *entry;

	if (!evert_trace_lock())
		return;
	entry = evert_tell_entry(d);
	evert_trace_begin_of("callback", label, entry, NULL);
	evert_trace_flow("fired", &entry->cause);
	evert_trace_unlock();
}

/* ---- Who waits ---- */

/* Which can't go on before; or NULL. */
static struct evert_deferred *who_waits(const struct evert_waiter *waiter)
{
	if (!waiter->class)
		return evert_waiter_owner(waiter);
	return waiter->class->outer ? waiter->class->outer(waiter) : NULL;
}

void evert_tell_waits(const struct evert_waiter *waiter,
		      struct evert_deferred *on)
{
	struct evert_deferred *d = who_waits(waiter);
	uint64_t id;

	if (!d || !evert_trace_lock())
		return;
	id = evert_tell_entry(on)->id;
	open_object(d, "waits");
	evert_trace_integer("on", (int64_t)id);
	evert_trace_close();
	evert_trace_unlock();
}

void evert_tell_hand_over(const struct evert_waiter *waiter,
			  struct evert_deferred *d)
{
	struct evert_deferred *outer = who_waits(waiter);
	struct evert_trace_cause cause;

	if (!outer || !evert_trace_lock())
		return;
	cause = evert_tell_entry(d)->cause;
	if (!cause.at)
		evert_trace_cause(&cause);
	evert_tell_entry(outer)->cause = cause;
	evert_trace_unlock();
}
