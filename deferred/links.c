/* SPDX-License-Identifier: MIT */
#include "links_internal.h"

#include <string.h>

#include "base/spares_internal.h"
#include "reserve_internal.h"

/* Of a chain that is not short any more, but not long either. */
enum { SECOND_LINKS = 16, SECOND_COUNT = SECOND_LINKS + EVERT_SPARE_LINKS };

/* Of the latest chunk. */
static union evert_place *first_place(struct evert_deferred *d)
{
	return d->chunk ? d->chunk->places : d->places;
}

static union evert_place *last_place(struct evert_deferred *d)
{
	if (d->chunk)
		return d->chunk->places + d->chunk->count - 1;
	return d->places + evert_links_inline(d);
}

/* Does it lead to one of these, or behind the last of them? By address: it may
   be of another chunk, and C compares pointers into one object only. */
static inline bool is_among(const union evert_place *place,
			    const union evert_place *first,
			    const union evert_place *end)
{
	return (uintptr_t)place - (uintptr_t)first <=
	       (uintptr_t)end - (uintptr_t)first;
}

/* ---- Chunks ---- */

static void free_chunk(struct evert_chunk *chunk)
{
	if (evert_reserve_give(chunk))
		return;
	if (chunk->count == SECOND_COUNT)
		evert_spares_give(EVERT_SPARES_LINKS, chunk);
	else
		evert_free(chunk);
}

void evert_links_free(struct evert_deferred *d)
{
	struct evert_chunk *chunk;

	while ((chunk = d->chunk)) {
		d->chunk = chunk->before;
		free_chunk(chunk);
	}
}

/* Has room for `count`, and is four times the latest one. */
static struct evert_chunk *allocate_chunk(const struct evert_deferred *d,
					  size_t count)
{
	size_t room = d->chunk ? 4 * (d->chunk->count - EVERT_SPARE_LINKS) :
				 SECOND_LINKS;
	struct evert_chunk *chunk = NULL;
	size_t size;

	if (count > PTRDIFF_MAX / 8 / sizeof(chunk->places[0]))
		return NULL;
	while (room < count)
		room *= 4;
	room += EVERT_SPARE_LINKS;
	size = sizeof(*chunk) + room * sizeof(chunk->places[0]);
	if (room == SECOND_COUNT)
		chunk = evert_spares_take(EVERT_SPARES_LINKS, size);
	else
		chunk = evert_allocate(size);
	if (chunk)
		chunk->count = room;
	return chunk;
}

/* What stands in the last place makes way for the jump. It may be running, or
   have run. */
static union evert_place *make_way(struct evert_deferred *d,
				   union evert_place *last,
				   union evert_place *to)
{
	const union evert_place *end = last + 1;

	*to++ = *last;
	if (d->next == end)
		d->next = to;
	if (d->room.hold & EVERT_HELD_RUNNING && d->stop == end)
		d->stop = to;
	if (d->waiter && d->waiter_at == end)
		d->waiter_at = to;
	return to;
}

/* From now on links are put there: into `room` places, without the last. */
static void append(struct evert_deferred *d, struct evert_chunk *chunk,
		   size_t room)
{
	union evert_place *from = d->room.free, *to = chunk->places;

	if (from > last_place(d)) {
		to = make_way(d, --from, to);
	} else if (d->next == from && !(d->room.hold & EVERT_HELD_RUNNING)) {
		d->next = to;
		d->waiter_at = to;
		if (d->failed_at == from)
			d->failed_at = to;
	}
	from->added.link.callback = NULL;
	from->added.link.errback = NULL;
	from->added.link.label = evert_special_labels + EVERT_PLACE_JUMP;
	from->added.arg = chunk->places;
	chunk->before = d->chunk;
	d->chunk = chunk;
	d->room.free = to;
	d->room.end = chunk->places + room;
}

/* ---- Room ---- */

/* The link that runs, or else the next. */
static union evert_place *what_runs(struct evert_deferred *d)
{
	if (d->room.hold & EVERT_HELD_RUNNING && d->next > first_place(d))
		return d->next - 1;
	return d->next;
}

/* The first place of the latest chunk that is still needed, be it by a
   report. */
static union evert_place *first_needed(struct evert_deferred *d)
{
	union evert_place *first = first_place(d), *at = d->next;

	if (evert_result_is_failure(&d->result))
		at = is_among(d->failed_at, first, at) ? d->failed_at : first;
	while (d->next - at > EVERT_REPORTED_LINKS)
		at = evert_place_after(at);
	return at < what_runs(d) ? at : what_runs(d);
}

/* Moves a pointer to one of the places that move, the end included. */
static inline void move_pointer(union evert_place **pointer,
				const union evert_place *first,
				const union evert_place *end, ptrdiff_t by)
{
	if (is_among(*pointer, first, end))
		*pointer -= by;
}

/* Throws out what is before `first` in the latest chunk. */
static void throw_out(struct evert_deferred *d, union evert_place *first)
{
	union evert_place *end = d->room.free, *to = first_place(d);
	ptrdiff_t by = first - to;

	memmove(to, first, (size_t)(end - first) * sizeof(*to));
	if (is_among(d->failed_at, to, first))
		d->failed_at = first; /* the report begins there */
	move_pointer(&d->failed_at, first, end, by);
	if (d->room.hold & EVERT_HELD_RUNNING)
		move_pointer(&d->stop, first, end, by);
	if (d->waiter)
		move_pointer(&d->waiter_at, first, end, by);
	d->next -= by;
	d->room.free -= by;
}

/* None is left to run. */
static void begin_anew(struct evert_deferred *d)
{
	evert_links_free(d);
	evert_links_init(d, d->is_short);
	d->waiter_at = d->next;
}

/* Is the next one to run in the latest chunk, and may it be moved? */
static bool next_may_move(struct evert_deferred *d)
{
	if (!is_among(d->next, first_place(d), d->room.free))
		return false;
	return !(d->room.hold & EVERT_HELD_RUNNING) ||
	       d->next == d->room.free ||
	       evert_place_kind(d->next) != EVERT_PLACE_TABLE;
}

/* Another chunk; or, where half of this one is of no use any more or there is
   no memory, what has run is thrown out. */
bool evert_links_make_room(struct evert_deferred *d, size_t count)
{
	bool may_move = next_may_move(d);
	union evert_place *first = first_place(d), *needed;
	struct evert_chunk *chunk;

	needed = may_move ? first_needed(d) : first;
	if (needed - first > (d->room.end - first) / 2)
		throw_out(d, needed);
	if (evert_links_have_room(d, count))
		return true;
	chunk = allocate_chunk(d, count);
	if (chunk) {
		append(d, chunk, chunk->count - EVERT_SPARE_LINKS);
		return true;
	}
	if (may_move)
		throw_out(d, what_runs(d));
	if (d->next == d->room.free && !(d->room.hold & EVERT_HELD_RUNNING))
		begin_anew(d);
	return evert_links_have_room(d, count);
}

/* ---- Without memory ---- */

/* A jump's and a table's are not for eyes. */
const char evert_special_labels[] = "\0\0a link that found no memory";

/* The last place of the chunk, or one in a chunk that is kept for this. There
   each is a last one: the chunk is for those that are starved only. */
static bool find_last_place(struct evert_deferred *d)
{
	struct evert_chunk *chunk;

	if (d->room.free <= last_place(d))
		return true;
	chunk = evert_reserve_take(d->chunk);
	if (!chunk)
		return false;
	append(d, chunk, 0);
	return true;
}

bool evert_links_add_starved(struct evert_deferred *d, evert_callback errback,
			     void *arg)
{
	union evert_place *place;

	if (!find_last_place(d))
		return false;
	place = d->room.free++;
	place->added.link.callback = NULL;
	place->added.link.errback = errback;
	place->added.link.label = evert_special_labels + EVERT_PLACE_STARVED;
	place->added.arg = arg;
	return true;
}

/* ---- Reports ---- */

struct passed {
	struct evert_unhandled report;
	const char *labels[EVERT_REPORTED_LINKS];
};

/* The latest only. */
static void pass(struct passed *passed, const char *label)
{
	size_t count = passed->report.link_count;

	if (count == EVERT_REPORTED_LINKS)
		memmove(passed->labels, passed->labels + 1,
			--count * sizeof(passed->labels[0]));
	passed->labels[count] = label;
	passed->report.link_count = count + 1;
}

static void pass_place(struct passed *passed, const union evert_place *place)
{
	const struct evert_link *link;

	if (evert_place_kind(place) != EVERT_PLACE_TABLE) {
		pass(passed, place->added.link.label);
		return;
	}
	place++;
	for (link = place->table.from; link != place->table.at; link++)
		pass(passed, link->label);
}

void evert_links_report(const struct evert_deferred *d)
{
	union evert_place *place = evert_place_settle(d->failed_at, d->next);
	struct passed passed = {
		.report = {
			.failure = evert_result_as_failure(&d->result),
			.deferred_place = d->place,
			.links = passed.labels,
		},
	};

	while (place != d->next) {
		pass_place(&passed, place);
		place = evert_place_settle(evert_place_after(place), d->next);
	}
	evert_unhandled_report(&passed.report);
}
