/* SPDX-License-Identifier: MIT */
#include "links_internal.h"

#include <string.h>

#include "base/spares_internal.h"
#include "reserve_internal.h"

/* Of a chain that is not short any more, but not long either. */
enum { SECOND_CAPACITY = 4 * EVERT_INLINE_LINKS };

void evert_links_free(struct evert_deferred *d)
{
	if (evert_reserve_give(d->links))
		return;
	if (d->capacity == SECOND_CAPACITY)
		evert_spares_give(EVERT_SPARES_LINKS, d->links);
	else
		evert_free(d->links);
}

static struct evert_link *allocate_links(uint32_t capacity)
{
	size_t size = ((size_t)capacity + EVERT_SPARE_LINKS) *
		      sizeof(struct evert_link);

	if (capacity == SECOND_CAPACITY)
		return evert_spares_take(EVERT_SPARES_LINKS, size);
	return evert_allocate(size);
}

/* The first of the links that have run which a report would name. */
static uint32_t first_reported(const struct evert_deferred *d)
{
	if (!evert_result_is_failure(&d->result))
		return d->head;
	if (d->head - d->failed_at > EVERT_REPORTED_LINKS)
		return d->head - EVERT_REPORTED_LINKS;
	return d->failed_at;
}

/* Moves the links from `first` on to the front of `links`, which has room for
   `capacity`. */
static void move_links(struct evert_deferred *d, uint32_t first,
		       struct evert_link *links, uint32_t capacity)
{
	memmove(links, d->links + first, (d->tail - first) * sizeof(*links));
	if (links != d->links)
		evert_links_finish(d);
	d->links = links;
	d->capacity = capacity;
	d->head -= first;
	d->tail -= first;
	if (d->waiter)
		d->waiter_at -= first;
	d->failed_at = 0;
}

/* At least four times the array, and room for `count` more. */
static bool grow(struct evert_deferred *d, uint32_t first, size_t count)
{
	uint64_t needed = (uint64_t)(d->tail - first) + count;
	uint64_t capacity = (uint64_t)d->capacity * 4;
	struct evert_link *links = NULL;

	while (capacity < needed && capacity <= UINT32_MAX)
		capacity *= 4;
	if (capacity <= UINT32_MAX - EVERT_SPARE_LINKS)
		links = allocate_links((uint32_t)capacity);
	if (links)
		move_links(d, first, links, (uint32_t)capacity);
	return links;
}

/* A bigger array; or, where half of it is of no use any more or there is no
   memory, the same one with what has run thrown out. */
bool evert_links_make_room(struct evert_deferred *d, size_t count)
{
	uint32_t first = first_reported(d);

	if (count <= d->capacity && d->tail - first <= d->capacity / 2 &&
	    d->tail - first <= d->capacity - count) {
		move_links(d, first, d->links, d->capacity);
		return true;
	}
	if (grow(d, first, count))
		return true;
	move_links(d, d->head, d->links, d->capacity);
	return d->tail < d->capacity && d->capacity - d->tail >= count;
}

/* ---- Without memory ---- */

const char evert_starved_label[] = "a link that found no memory";

/* The spare place, or one in an array that is kept for this. There it counts
   as spare again: the array is for those that are starved only. */
static bool find_last_place(struct evert_deferred *d)
{
	uint32_t count = d->tail - d->head;
	struct evert_link *links;

	if (d->tail == d->capacity)
		return true;
	if (d->tail < evert_reserve_size(d->links)) {
		d->capacity = d->tail;
		return true;
	}
	links = evert_reserve_take((size_t)count + EVERT_SPARE_LINKS);
	if (links)
		move_links(d, d->head, links, count);
	return links;
}

bool evert_links_add_starved(struct evert_deferred *d, evert_callback errback,
			     void *arg)
{
	if (!find_last_place(d))
		return false;
	d->links[d->tail++] = (struct evert_link){
		.errback = errback,
		.arg = arg,
		.label = evert_starved_label,
	};
	return true;
}

void evert_links_report(const struct evert_deferred *d)
{
	const char *labels[EVERT_REPORTED_LINKS];
	struct evert_unhandled report = {
		.failure = evert_result_as_failure(&d->result),
		.deferred_place = d->place,
		.links = labels,
	};
	uint32_t i;

	for (i = first_reported(d); i < d->head; i++)
		labels[report.link_count++] = d->links[i].label;
	evert_unhandled_report(&report);
}
