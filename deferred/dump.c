/* SPDX-License-Identifier: MIT */
/* Looking at a Deferred. */
#include "links_internal.h"

const char *evert_deferred_place(const struct evert_deferred *d)
{
	return d->place;
}

bool evert_deferred_has_fired(const struct evert_deferred *d)
{
	return !d || evert_deferred_fired(d);
}

const struct evert_result *evert_deferred_result(const struct evert_deferred *d)
{
	static const struct evert_result starved = {
		&evert_type_failure,
		{ .pointer = (void *)&evert_error_no_memory.bare },
	};

	if (!d)
		return &starved;
	return evert_deferred_fired(d) && !d->waits.on ? &d->result : NULL;
}

static void dump_state(const struct evert_deferred *d, FILE *to)
{
	if (!evert_deferred_fired(d))
		fputs("not fired", to);
	else if (d->waits.on)
		fprintf(to, "fired, waits for the one made at %s",
			d->waits.on->place);
	else {
		fputs("fired with ", to);
		evert_result_print(&d->result, to);
	}
	if (d->room.hold >= EVERT_HELD_BY_PAUSE)
		fprintf(to, ", paused %u times",
			d->room.hold / EVERT_HELD_BY_PAUSE);
	if (d->room.hold & EVERT_HELD_RUNNING)
		fputs(", running", to);
	if (evert_ring_up(d))
		fprintf(to, ", the one made at %s waits for it",
			evert_ring_up(d)->place);
	else if (d->waiter)
		fputs(", its outcome is awaited", to);
	if (!d->reading_end && !d->waiter)
		fputs(", released", to);
}

/* In a table. */
static void dump_table(const union evert_place *place, FILE *to)
{
	const struct evert_link *link;

	fprintf(to, "  then the chain %s\n", place[1].table.label);
	for (link = place[1].table.at; link != place[1].table.end; link++)
		fprintf(to, "    then %s\n", link->label);
}

static void dump_links(const struct evert_deferred *d, FILE *to)
{
	union evert_place *end = d->room.free;
	union evert_place *place = evert_place_settle(d->next, end);

	while (place != end) {
		if (evert_place_kind(place) == EVERT_PLACE_TABLE)
			dump_table(place, to);
		else
			fprintf(to, "  then %s\n", place->added.link.label);
		place = evert_place_settle(evert_place_after(place), end);
	}
}

void evert_deferred_dump(const struct evert_deferred *d, FILE *to)
{
	const struct evert_deferred *top = d;

	if (!d)
		fputs("no Deferred: there was no memory\n", to);
	for (; d; d = evert_ring_down(d, top)) {
		fprintf(to, "Deferred made at %s: ", d->place);
		dump_state(d, to);
		fputc('\n', to);
		dump_links(d, to);
	}
}
