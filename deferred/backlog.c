/* SPDX-License-Identifier: MIT */
#include "backlog_internal.h"

#include "base/memory.h"

struct evert_backlog_entry {
	struct evert_backlog *backlog;
	struct evert_backlog_entry *before, *after;
	struct evert_firing *slot;
	struct evert_result offer;
};

static void append(struct evert_backlog *backlog,
		   struct evert_backlog_entry *entry)
{
	entry->before = backlog->last;
	*(backlog->last ? &backlog->last->after : &backlog->first) = entry;
	backlog->last = entry;
	backlog->count++;
}

static void unlink_entry(struct evert_backlog_entry *entry)
{
	struct evert_backlog *backlog = entry->backlog;
	struct evert_backlog_entry *before = entry->before;
	struct evert_backlog_entry *after = entry->after;

	*(before ? &before->after : &backlog->first) = after;
	*(after ? &after->before : &backlog->last) = before;
	backlog->count--;
}

/* Everything is put in order before the caller's code runs. */
static bool leave(struct evert_deferred *deferred, void *arg)
{
	struct evert_backlog_entry *entry = arg;
	struct evert_firing *slot = entry->slot;
	struct evert_result offer = entry->offer;

	(void)deferred;
	unlink_entry(entry);
	evert_free(entry);
	evert_result_release(offer);
	evert_deferred_abandon(&slot);
	return false;
}

struct evert_deferred *evert_backlog_join(struct evert_backlog *backlog,
					  struct evert_result offer,
					  const char *place)
{
	struct evert_backlog_entry *entry = evert_allocate(sizeof(*entry));
	struct evert_deferred *deferred = NULL;
	struct evert_firing *slot;

	if (entry)
		deferred = evert_deferred_create_at(&slot, place, leave,
						    entry);
	if (!deferred) {
		evert_free(entry);
		evert_result_release(offer);
		return NULL;
	}
	*entry = (struct evert_backlog_entry){
		.backlog = backlog,
		.slot = slot,
		.offer = offer,
	};
	append(backlog, entry);
	return deferred;
}

struct evert_firing *evert_backlog_serve(struct evert_backlog *backlog,
					 struct evert_result *offer)
{
	struct evert_backlog_entry *entry = backlog->first;
	struct evert_firing *slot;

	if (!entry)
		return NULL;
	unlink_entry(entry);
	slot = entry->slot;
	if (offer)
		*offer = entry->offer;
	evert_free(entry);
	return slot;
}

void evert_backlog_abandon(struct evert_backlog *backlog)
{
	struct evert_firing *slot;
	struct evert_result offer;

	while ((slot = evert_backlog_serve(backlog, &offer))) {
		evert_result_release(offer);
		evert_deferred_abandon(&slot);
	}
}
