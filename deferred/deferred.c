/* SPDX-License-Identifier: MIT */
#include "make_internal.h"

#include <errno.h>

#include "base/bug.h"
#include "base/spares_internal.h"

/* ---- Life and death ---- */

static struct evert_deferred *allocate(bool is_short)
{
	size_t links = is_short ? EVERT_SHORT_LINKS : EVERT_INLINE_LINKS;

	return evert_live_allocate(sizeof(struct evert_deferred) +
				   (links + EVERT_SPARE_LINKS) *
					   sizeof(union evert_place));
}

struct evert_deferred *
evert_deferred_make_apart(struct evert_firing **slot, const char *place,
			  bool is_short, evert_canceller canceller, void *arg)
{
	struct evert_deferred *d = allocate(is_short);

	*slot = NULL;
	if (!d)
		return NULL;
	evert_deferred_init_plain(d, slot, place, is_short, canceller, arg);
	evert_live_add(d);
	return d;
}

struct evert_deferred *
evert_deferred_make_joint_apart(const char *place,
				const struct evert_joint_class *class,
				void *joint)
{
	struct evert_deferred *d = allocate(true);

	if (!d)
		return NULL;
	evert_deferred_init_joint(d, place, class, joint);
	evert_live_add(d);
	return d;
}

struct evert_deferred *evert_deferred_create_at(struct evert_firing **slot,
						const char *place,
						evert_canceller canceller,
						void *arg)
{
	return evert_deferred_make(slot, place, false, canceller, arg);
}

struct evert_deferred *
evert_deferred_create_short_at(struct evert_firing **slot, const char *place,
			       evert_canceller canceller, void *arg)
{
	return evert_deferred_make(slot, place, true, canceller, arg);
}

struct evert_deferred *
evert_deferred_create_joint_at(struct evert_firing **slot, const char *place,
			       const struct evert_joint_class *class,
			       void *joint)
{
	struct evert_deferred *d =
		evert_deferred_make_joint(place, class, joint);

	*slot = evert_deferred_firing(d);
	return d;
}

static EVERT_APART struct evert_deferred *
create_fired_apart(const char *place, struct evert_result result)
{
	struct evert_firing *slot;
	struct evert_deferred *d =
		evert_deferred_create_at(&slot, place, NULL, NULL);

	evert_deferred_fire(&slot, result);
	return d;
}

struct evert_deferred *
evert_deferred_create_fired_at(const char *place, struct evert_result result)
{
	struct evert_deferred *d = NULL;

	if (result.type != &evert_type_wait)
		d = evert_spares_take_kept(EVERT_SPARES_DEFERRED);
	if (!d)
		return create_fired_apart(place, result);
	evert_deferred_init(d, place, false, NULL);
	d->canceller = NULL;
	d->firing_end = false;
	d->room.hold = 0;
	d->result = result;
	return d;
}

/* Apart, not to cost those without. */
void evert_deferred_end_chunks(struct evert_deferred *d)
{
	evert_links_free(d);
	evert_deferred_give(d, d->is_short);
}

void evert_deferred_hush(struct evert_deferred *d)
{
	if (d)
		d->is_hushed = true;
}

static void report(const struct evert_deferred *d)
{
	if (!d->is_hushed ||
	    !evert_result_failed_with(&d->result, EVERT_CANCELLED))
		evert_links_report(d);
}

/* Nobody takes the outcome any more. Whoever is called by this may use this
   Deferred once more: then its chain goes on. */
static EVERT_APART void drop_outcome(struct evert_deferred *d)
{
	d->room.hold |= EVERT_HELD_RUNNING;
	d->stop = d->next;
	if (evert_result_is_failure(&d->result))
		report(d);
	evert_result_release(evert_result_take(&d->result));
	d->room.hold &= ~(unsigned)EVERT_HELD_RUNNING;
	if (!evert_deferred_is_complete(d))
		evert_deferred_run(d);
	else if (!d->firing_end)
		evert_deferred_end(d);
}

/* Lets go of a Deferred that nobody reads any more, once it is complete. */
void evert_deferred_settle(struct evert_deferred *d)
{
	if (d->reading_end || d->cancelling || d->waiter ||
	    !evert_deferred_is_complete(d))
		return;
	if (!EVERT_LIKELY(evert_type_is_plain(d->result.type)))
		drop_outcome(d);
	else if (d->firing_end)
		d->result = evert_result_none();
	else
		evert_deferred_end(d);
}

/* ---- The reading end ---- */

void evert_deferred_take_reading_end(struct evert_deferred *d, const char *what)
{
	if (!d->reading_end)
		evert_bug("%s: the reading end of the Deferred made at %s was "
			  "given up before; it can be released, awaited, "
			  "returned to wait for or given to a combinator only "
			  "once",
			  what, d->place);
	d->reading_end = false;
}

/* There is not even a place to be starved in. */
static void refuse_link(struct evert_deferred *d, evert_callback errback,
			void *arg)
{
	struct evert_result failure = evert_result_no_memory();

	if (!errback)
		return;
	evert_deferred_pause(d); /* not to go away meanwhile */
	evert_result_release(errback(&failure, arg));
	evert_deferred_unpause(d);
}

int evert_deferred_add_without_room(struct evert_deferred *d,
				    evert_callback callback,
				    evert_callback errback, void *arg,
				    const char *label)
{
	if (d && evert_links_make_room(d, 1))
		return evert_deferred_add_at(d, callback, errback, arg, label);
	if (!d || !evert_links_add_starved(d, errback, arg))
		refuse_link(d, errback, arg);
	else
		evert_deferred_run(d);
	return -ENOMEM;
}

int evert_deferred_reserve(struct evert_deferred *d, size_t count)
{
	if (!d)
		return -ENOMEM;
	return evert_links_find_room(d, count) ? 0 : -ENOMEM;
}

/* Where there is no place for a table: each link for itself. */
static EVERT_APART int add_apart(struct evert_deferred *d,
				 const struct evert_link *table, size_t count,
				 void *arg, const char *label)
{
	int error = 0;

	if (d && evert_links_make_room(d, 2))
		return evert_deferred_add_chain_at(d, table, count, arg, label);
	for (; count; count--, table++)
		error |= evert_deferred_add_at(d, table->callback,
					       table->errback, arg,
					       table->label);
	return error ? -ENOMEM : 0;
}

/* A table takes two places. */
int evert_deferred_add_chain_at(struct evert_deferred *d,
				const struct evert_link *table, size_t count,
				void *arg, const char *label)
{
	union evert_place *place;

	if (!d || !evert_links_have_room(d, 2))
		return add_apart(d, table, count, arg, label);
	place = d->room.free;
	place->added.link.callback = NULL;
	place->added.link.errback = NULL;
	place->added.link.label = evert_special_labels + EVERT_PLACE_TABLE;
	place->added.arg = arg;
	place[1].table.at = table;
	place[1].table.end = table + count;
	place[1].table.label = label;
	place[1].table.from = table;
	d->room.free = place + 2;
	if (!d->room.hold)
		evert_deferred_run(d);
	return 0;
}

void evert_deferred_pause(struct evert_deferred *d)
{
	if (d)
		evert_links_hold(d, EVERT_HELD_BY_PAUSE);
}

void evert_deferred_unpause(struct evert_deferred *d)
{
	if (!d)
		return;
	if (d->room.hold < EVERT_HELD_BY_PAUSE)
		evert_bug("the Deferred made at %s was unpaused more often "
			  "than paused",
			  d->place);
	d->room.hold -= EVERT_HELD_BY_PAUSE;
	if (!d->room.hold)
		evert_deferred_run(d);
}

struct evert_result evert_deferred_end_read_apart(struct evert_deferred *d,
						  bool is_short,
						  struct evert_result outcome)
{
	evert_live_give(evert_deferred_kind(is_short), d);
	return outcome;
}

static EVERT_APART void release_any(struct evert_deferred *d)
{
	if (!d)
		return;
	evert_deferred_take_reading_end(d, "evert_deferred_release");
	evert_deferred_settle(d);
}

void evert_deferred_release(struct evert_deferred *d)
{
	if (d && evert_deferred_is_only_read(d) &&
	    evert_type_is_plain(d->result.type))
		evert_deferred_end_read(d, d->result);
	else
		release_any(d);
}
