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

static void sift_up(struct evert_timer_entry *entries, size_t at,
		    const struct evert_timer_entry *entry)
{
	size_t parent;

	while (at > 0) {
		parent = (at - 1) / ARITY;
		if (!is_before(entry, &entries[parent]))
			break;
		entries[at] = entries[parent];
		at = parent;
	}
	entries[at] = *entry;
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
		entries[at] = entries[child];
		at = child;
	}
	entries[at] = *entry;
}

static void pop(struct evert_timer_heap *heap)
{
	size_t last = --heap->count;

	if (last)
		sift_down(heap->entries, last, 0, &heap->entries[last]);
}

static bool is_stale(const struct evert_timer_entry *entry)
{
	return entry->timer->entry != entry->number;
}

/* Throws the stale entries out, if they are so many that each pays for a step
   or two. Were they? */
static bool rebuild(struct evert_timer_heap *heap)
{
	struct evert_timer_entry *entries = heap->entries;
	struct evert_timer_entry entry;
	size_t i, kept = 0;

	if (heap->timers >= heap->count / 4)
		return false;
	/* Without a branch: it could only be guessed, and each guess would
	   wait for a timer that is far away in memory. */
	for (i = 0; i < heap->count; i++) {
		entry = entries[i];
		entries[kept] = entry;
		kept += !is_stale(&entry);
	}
	heap->count = kept;
	for (i = (kept + ARITY - 2) / ARITY; i-- > 0;) {
		entry = entries[i];
		sift_down(entries, kept, i, &entry);
	}
	return true;
}

void evert_timer_heap_finish(struct evert_timer_heap *heap)
{
	evert_free(heap->entries);
}

int evert_timer_heap_reserve(struct evert_timer_heap *heap)
{
	size_t capacity = heap->capacity ? heap->capacity * 2 : FIRST_CAPACITY;
	struct evert_timer_entry *entries;

	if (heap->count < heap->capacity || rebuild(heap))
		return 0;
	entries = evert_reallocate(heap->entries, capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	heap->entries = entries;
	heap->capacity = capacity;
	return 0;
}

/* Gives the timer an entry; that it had before is stale then. */
static void add_entry(struct evert_timer_heap *heap, struct evert_timer *timer)
{
	struct evert_timer_entry entry = { timer->when, timer->id,
					   ++heap->added, timer };

	timer->queued_at = entry.when;
	timer->entry = entry.number;
	sift_up(heap->entries, heap->count++, &entry);
}

void evert_timer_heap_add(struct evert_timer_heap *heap,
			  struct evert_timer *timer)
{
	heap->timers++;
	add_entry(heap, timer);
}

int evert_timer_heap_move_earlier(struct evert_timer_heap *heap,
				  struct evert_timer *timer, int64_t when)
{
	if (evert_timer_heap_reserve(heap))
		return -ENOMEM;
	timer->when = when;
	add_entry(heap, timer);
	return 0;
}

struct evert_timer *evert_timer_heap_first(struct evert_timer_heap *heap)
{
	struct evert_timer_entry top;

	while (heap->count) {
		top = heap->entries[0];
		if (is_stale(&top)) {
			if (!rebuild(heap))
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
