/* SPDX-License-Identifier: MIT */
/*
 * Where a Deferred keeps its links: more than its own places hold, and than
 * there is memory for, while some of them have run.
 *
 * sources: deferred/links.c
 * options: -eva-slevel 100 -eva-split-return full -eva-mlevel 3
 */
#include "../../deferred/links_internal.h"

#include <stdlib.h>

#include "../../deferred/reserve_internal.h"

const struct evert_type evert_type_failure = { "failure", NULL };

/* One chunk is kept. */
static union {
	struct evert_chunk chunk;
	char bytes[sizeof(struct evert_chunk) + 4 * sizeof(union evert_place)];
} kept;
static bool is_taken;

struct evert_chunk *evert_reserve_take(const struct evert_chunk *before)
{
	(void)before;
	if (is_taken)
		return NULL;
	is_taken = true;
	kept.chunk.count = 4;
	return &kept.chunk;
}

bool evert_reserve_give(struct evert_chunk *chunk)
{
	if (chunk != &kept.chunk)
		return false;
	is_taken = false;
	return true;
}

void evert_unhandled_report(const struct evert_unhandled *report)
{
	look_at(report->links, report->link_count * sizeof(report->links[0]));
}

/* The label is one of a link, whatever it is compared with. */
static void add(struct evert_deferred *d)
{
	union evert_place *place;

	if (!evert_links_find_room(d, 1)) {
		evert_links_add_starved(d, NULL, NULL);
		return;
	}
	place = d->room.free++;
	place->added.link.callback = NULL;
	place->added.link.errback = NULL;
	place->added.link.label = evert_special_labels + EVERT_PLACE_LINK;
	place->added.arg = NULL;
}

static void run_one(struct evert_deferred *d)
{
	d->next = evert_place_settle(d->next, d->room.free);
	if (d->next != d->room.free)
		d->next = evert_place_after(d->next);
}

static void run(size_t before, size_t ran, size_t after, bool failed)
{
	static union {
		struct evert_deferred d;
		char bytes[sizeof(struct evert_deferred) +
			   (EVERT_SHORT_LINKS + 1) * sizeof(union evert_place)];
	} made;
	struct evert_deferred *d = &made.d;

	is_taken = false;
	d->is_short = true;
	d->waiter = NULL;
	d->room.hold = EVERT_HELD_BY_PAUSE;
	d->result = failed ? evert_result_of(&evert_type_failure, NULL) :
			     evert_result_none();
	evert_links_init(d, true);
	while (before--)
		add(d);
	while (ran--)
		run_one(d);
	while (after--)
		add(d);
	if (failed)
		evert_links_report(d);
	evert_links_free(d);
}

int main(void)
{
	run(2, 0, 0, false);
	run(3, 2, 3, false);
	run(3, 3, 4, true);
	run(2, 1, 6, true);
	return 0;
}
