/* SPDX-License-Identifier: MIT */
/* Looking at a Deferred. */
#include "dump_internal.h"

#include "links_internal.h"
#include "result_internal.h"

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

/* ---- In words ---- */

static void add_joint(const struct evert_deferred *d, struct evert_text *to)
{
	evert_text_add(to, ", %s", d->joint->kind);
	if (d->joint->describe)
		d->joint->describe(d->canceller_arg, to);
}

static void add_held(const struct evert_hold *hold, struct evert_text *to)
{
	const void *place = NULL;
	size_t count = 0;

	while (hold->waiting(hold, &place))
		count++;
	if (count)
		evert_text_add(to, ", %zu in line for what it has", count);
}

static void add_state(const struct evert_deferred *d, struct evert_text *to)
{
	if (!evert_deferred_fired(d)) {
		evert_text_add(to, "not fired");
		if (d->is_joint)
			add_joint(d, to);
	} else if (d->waits.on) {
		evert_text_add(to, "fired");
	} else {
		evert_text_add(to, "fired with ");
		evert_result_add_to(&d->result, to);
	}
	if (d->room.hold >= EVERT_HELD_BY_PAUSE)
		evert_text_add(to, ", paused %u times",
			       d->room.hold / EVERT_HELD_BY_PAUSE);
	if (d->room.hold & EVERT_HELD_RUNNING)
		evert_text_add(to, ", running");
	if (d->holds)
		add_held(d->canceller_arg, to);
	if (!d->reading_end && !d->waiter)
		evert_text_add(to, ", released");
}

/* Who waits for it, where it is not below that in the tree. */
static void add_waiter(const struct evert_deferred *d, struct evert_text *to)
{
	if (evert_ring_up(d))
		evert_text_add(to, ", the one made at %s waits for it",
			       evert_ring_up(d)->place);
	else if (d->waiter)
		evert_text_add(to, ", its outcome is awaited");
}

/* ---- The links ---- */

enum { MOST_COLUMNS = 40 };

static void indent_by(int levels, struct evert_text *to)
{
	int columns = 2 * levels;

	evert_text_add(to, "%*s", columns < MOST_COLUMNS ? columns : MOST_COLUMNS,
		       "");
}

static void add_link(const char *label, int indent, struct evert_text *to)
{
	indent_by(indent, to);
	evert_text_add(to, "then %s", label);
	evert_text_end_line(to);
}

static void add_table(const union evert_place *place, int indent,
		      struct evert_text *to)
{
	const struct evert_link *link;

	indent_by(indent, to);
	evert_text_add(to, "then the chain %s", place[1].table.label);
	evert_text_end_line(to);
	for (link = place[1].table.at; link != place[1].table.end; link++)
		add_link(link->label, indent + 1, to);
}

static void add_links(const struct evert_deferred *d, int indent,
		      struct evert_text *to)
{
	union evert_place *end = d->room.free;
	union evert_place *place = evert_place_settle(d->next, end);

	while (place != end) {
		if (evert_place_kind(place) == EVERT_PLACE_TABLE)
			add_table(place, indent, to);
		else
			add_link(place->added.link.label, indent, to);
		place = evert_place_settle(evert_place_after(place), end);
	}
}

/* ---- The tree ---- */

/* How many levels up it is from `d` to the one that waits for `next`. */
static int levels_up(const struct evert_deferred *d,
		     const struct evert_deferred *next)
{
	const struct evert_deferred *outer = evert_ring_up(next);
	int levels = 0;

	for (; d && d != outer; d = evert_ring_up(d))
		levels++;
	return levels;
}

void evert_deferred_add_to(const struct evert_deferred *top,
			   struct evert_text *to, int indent)
{
	const struct evert_deferred *d = top, *next;
	int level = indent;

	while (d) {
		indent_by(level, to);
		evert_text_add(to, "%s made at %s: ",
			       d == top ? "Deferred" : "awaits the one",
			       d->place);
		add_state(d, to);
		if (d == top)
			add_waiter(d, to);
		evert_text_end_line(to);
		add_links(d, level + 1, to);
		next = evert_ring_down(d, top);
		if (next)
			level += 1 - levels_up(d, next);
		d = next;
	}
}

void evert_deferred_dump(const struct evert_deferred *d, FILE *to)
{
	struct evert_text text;

	evert_text_init(&text, to);
	if (d)
		evert_deferred_add_to(d, &text, 0);
	else
		evert_text_add(&text, "no Deferred: there was no memory\n");
}
