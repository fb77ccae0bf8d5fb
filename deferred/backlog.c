/* SPDX-License-Identifier: MIT */
#include "backlog_internal.h"
#include "handle_internal.h"

#include "base/memory.h"
#include "deferred_internal.h"

static void append(struct evert_backlog *backlog,
		   struct evert_backlog_entry *entry)
{
	entry->before = backlog->last;
	*(backlog->last ? &backlog->last->after : &backlog->first) = entry;
	backlog->last = entry;
	backlog->count++;
}

/* It will be fired. What runs before that must not find the entry, which is
   gone. */
static void unlink_entry(struct evert_backlog_entry *entry)
{
	struct evert_backlog *backlog = entry->backlog;
	struct evert_backlog_entry *before = entry->before;
	struct evert_backlog_entry *after = entry->after;

	*(before ? &before->after : &backlog->first) = after;
	*(after ? &after->before : &backlog->last) = before;
	backlog->count--;
	evert_joint_leave(entry->slot);
}

/* Cancelled. Everything is put in order before the caller's code runs. */
static struct evert_deferred *leave(void *joint)
{
	struct evert_backlog_entry *entry = joint;
	struct evert_firing *slot = entry->slot;
	struct evert_result offer = entry->offer;

	unlink_entry(entry);
	evert_free(entry);
	evert_result_drop(offer);
	evert_deferred_fire(&slot, evert_cancelled());
	return NULL;
}

static struct evert_deferred *no_first(const void *joint)
{
	(void)joint;
	return NULL;
}

static struct evert_hold *hold(const void *joint)
{
	const struct evert_backlog_entry *entry = joint;

	return &entry->backlog->hold;
}

static const struct evert_deferred *waiting(const struct evert_hold *hold,
					    const void **place)
{
	const struct evert_backlog *backlog =
		evert_container_of(hold, struct evert_backlog, hold);
	const struct evert_backlog_entry *entry = *place;

	entry = entry ? entry->after : backlog->first;
	*place = entry;
	return entry ? evert_firing_deferred(entry->slot) : NULL;
}

void evert_backlog_set_holder(struct evert_backlog *backlog,
			      struct evert_deferred *deferred)
{
	backlog->hold.waiting = waiting;
	evert_hold_set(&backlog->hold, deferred);
}

static void describe(const void *joint, struct evert_text *to)
{
	const struct evert_backlog_entry *entry = joint;
	const struct evert_backlog *backlog = entry->backlog;

	evert_text_add(to, " for %s", backlog->what);
	if (backlog->place)
		evert_text_add(to, " made at %s", backlog->place);
	if (backlog->hold.holder)
		evert_text_add(to, ", which the one made at %s has",
			       evert_deferred_place(backlog->hold.holder));
}

static const struct evert_joint_class joint_class = {
	.kind = "in line",
	.describe = describe,
	.pass = leave,
	.first = no_first,
	.hold = hold,
};

static struct evert_deferred *refuse(struct evert_result offer,
				     const char *place)
{
	evert_result_drop(offer);
	return evert_deferred_create_fired_at(
		place,
		evert_result_failure(evert_failure_at(place, EVERT_ABANDONED)));
}

struct evert_deferred *evert_backlog_join(struct evert_backlog *backlog,
					  struct evert_result offer,
					  const char *place)
{
	struct evert_backlog_entry *entry;
	struct evert_deferred *deferred = NULL;
	struct evert_firing *slot;

	if (backlog->closed)
		return refuse(offer, place);
	entry = evert_allocate(sizeof(*entry));
	if (entry)
		deferred = evert_deferred_create_joint_at(
			&slot, place, &joint_class, entry);
	if (!deferred) {
		evert_free(entry);
		evert_result_drop(offer);
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

struct evert_backlog_entry *evert_backlog_take(struct evert_backlog *backlog,
					       struct evert_result *offer)
{
	struct evert_backlog_entry *entry = backlog->first;

	if (!entry)
		return NULL;
	unlink_entry(entry);
	if (offer)
		*offer = entry->offer;
	return entry;
}

static struct evert_firing *finish(struct evert_backlog_entry *entry)
{
	struct evert_firing *slot = entry->slot;

	evert_free(entry);
	return slot;
}

struct evert_firing *evert_backlog_serve(struct evert_backlog *backlog,
					 struct evert_result *offer)
{
	struct evert_backlog_entry *entry = evert_backlog_take(backlog, offer);

	return entry ? finish(entry) : NULL;
}

/* What waits for the very Deferred that takes it: nobody else has that one's
   reading end. */
static bool is_taken_by_itself(const struct evert_result *result,
			       struct evert_firing *slot)
{
	return result->type == &evert_type_wait &&
	       result->value.pointer == evert_firing_deferred(slot);
}

static void fire(struct evert_handover *handover)
{
	struct evert_backlog_entry *entry = evert_container_of(
		handover, struct evert_backlog_entry, handover);
	struct evert_result result = entry->offer;
	struct evert_firing *slot = finish(entry);
	bool itself = is_taken_by_itself(&result, slot);

	evert_deferred_fire(&slot, result);
	if (itself)
		evert_result_release(result);
}

void evert_backlog_hand(struct evert_backlog_entry *entry,
			struct evert_result result)
{
	if (!entry)
		return;
	entry->offer = result;
	entry->handover = (struct evert_handover){ .run = fire };
	evert_hand_over(&entry->handover);
}

void evert_backlog_abandon(struct evert_backlog *backlog)
{
	struct evert_firing *slot;
	struct evert_result offer;
	const char *place;

	backlog->closed = true;
	while ((slot = evert_backlog_serve(backlog, &offer))) {
		place = evert_deferred_place(evert_firing_deferred(slot));
		evert_result_drop(offer);
		evert_deferred_abandon_at(&slot, place);
	}
}
