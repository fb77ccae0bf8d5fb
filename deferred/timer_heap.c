/* SPDX-License-Identifier: MIT */
#include <deferred/timer_heap_internal.h>

#include <errno.h>

#include <deferred/memory.h>

enum {
	ARITY = 4, /* children of an entry */
	FIRST_CAPACITY = 64,
};

static bool is_before(const struct evert_timer_entry *a,
		      const struct evert_timer_entry *b)
{
	return a->when < b->when || (a->when == b->when && a->id < b->id);
}

static void put(struct evert_timer_entry *entries, size_t at,
		const struct evert_timer_entry *entry)
{
	entries[at] = *entry;
	if (entry->timer)
		entry->timer->at = at;
}

static void sift_up(struct evert_timer_entry *entries, size_t at,
		    const struct evert_timer_entry *entry)
{
	size_t parent;

	while (at > 0) {
		parent = (at - 1) / ARITY;
		if (!is_before(entry, &entries[parent]))
			break;
		put(entries, at, &entries[parent]);
		at = parent;
	}
	put(entries, at, entry);
}

static size_t first_child(const struct evert_timer_entry *entries,
			  size_t count, size_t at)
{
	size_t child = at * ARITY + 1;
	size_t end = child + ARITY < count ? child + ARITY : count;
	size_t first = child;

	while (++child < end)
		if (is_before(&entries[child], &entries[first]))
			first = child;
	return first;
}

static void sift_down(struct evert_timer_entry *entries, size_t count,
		      size_t at, const struct evert_timer_entry *entry)
{
	size_t child;

	while (at * ARITY + 1 < count) {
		child = first_child(entries, count, at);
		if (!is_before(&entries[child], entry))
			break;
		put(entries, at, &entries[child]);
		at = child;
	}
	put(entries, at, entry);
}

static void pop(struct evert_timer_heap *heap)
{
	size_t last = --heap->count;

	if (last)
		sift_down(heap->entries, last, 0, &heap->entries[last]);
}

void evert_timer_heap_rebuild(struct evert_timer_heap *heap)
{
	struct evert_timer_entry *entries = heap->entries;
	struct evert_timer_entry entry;
	size_t i, kept = 0;

	for (i = 0; i < heap->count; i++)
		if (entries[i].timer)
			put(entries, kept++, &entries[i]);
	heap->count = kept;
	for (i = (kept + ARITY - 2) / ARITY; i-- > 0;) {
		entry = entries[i];
		sift_down(entries, kept, i, &entry);
	}
}

void evert_timer_heap_finish(struct evert_timer_heap *heap)
{
	evert_free(heap->entries);
}

int evert_timer_heap_reserve(struct evert_timer_heap *heap)
{
	size_t capacity = heap->capacity ? heap->capacity * 2 : FIRST_CAPACITY;
	struct evert_timer_entry *entries;

	if (heap->count < heap->capacity)
		return 0;
	entries = evert_reallocate(heap->entries, capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	heap->entries = entries;
	heap->capacity = capacity;
	return 0;
}

void evert_timer_heap_add(struct evert_timer_heap *heap,
			  struct evert_timer *timer)
{
	struct evert_timer_entry entry = { timer->when, timer->id, timer };

	timer->queued_at = timer->when;
	heap->timers++;
	sift_up(heap->entries, heap->count++, &entry);
}

int evert_timer_heap_move_earlier(struct evert_timer_heap *heap,
				  struct evert_timer *timer, int64_t when)
{
	if (evert_timer_heap_reserve(heap))
		return -ENOMEM;
	evert_timer_heap_remove(heap, timer);
	timer->when = when;
	evert_timer_heap_add(heap, timer);
	return 0;
}

struct evert_timer *evert_timer_heap_first(struct evert_timer_heap *heap)
{
	struct evert_timer_entry top;

	while (heap->count) {
		top = heap->entries[0];
		if (!top.timer) {
			pop(heap);
		} else if (top.timer->when != top.when) {
			top.when = top.timer->queued_at = top.timer->when;
			sift_down(heap->entries, heap->count, 0, &top);
		} else {
			return top.timer;
		}
	}
	return NULL;
}
