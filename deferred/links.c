/* SPDX-License-Identifier: MIT */
#include "links_internal.h"

#include <string.h>

#include "base/spares_internal.h"

/* Of a chain that is not short any more, but not long either. */
enum { SECOND_CAPACITY = 4 * EVERT_INLINE_LINKS };

void evert_links_free(struct evert_deferred *d)
{
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
	d->waiter_at -= first;
	d->failed_at = 0;
}

/* Four times the array; or, where half of it is of no use any more or there
   is no memory, the same one with what has run thrown out. */
bool evert_links_make_room(struct evert_deferred *d)
{
	uint32_t first = first_reported(d);
	uint32_t capacity = d->capacity * 4;
	struct evert_link *links = NULL;

	if (d->tail - first <= d->capacity / 2) {
		move_links(d, first, d->links, d->capacity);
		return true;
	}
	if (capacity > d->capacity) /* or four times is too much to count */
		links = allocate_links(capacity);
	if (links)
		move_links(d, first, links, capacity);
	else
		move_links(d, d->head, d->links, d->capacity);
	return d->tail < d->capacity;
}

static struct evert_result no_memory(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_no_memory();
}

void evert_links_put_spare(struct evert_deferred *d)
{
	if (d->tail == d->capacity)
		d->links[d->tail++] = (struct evert_link){
			.callback = no_memory,
			.errback = no_memory,
			.label = "a link that found no memory",
		};
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
