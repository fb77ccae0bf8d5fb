/* SPDX-License-Identifier: MIT */
#include "run_internal.h"

#include <errno.h>

#include "base/bug.h"
#include "base/spares_internal.h"

/* ---- Life and death ---- */

static inline struct evert_deferred *create(struct evert_firing **slot,
					    const char *place, void *arg)
{
	struct evert_deferred *d =
		evert_spares_take(EVERT_SPARES_DEFERRED, sizeof(*d));

	*slot = evert_deferred_firing(d);
	if (!d)
		return NULL;
	/* One by one: a memset here costs more than all the rest. */
	d->result = evert_result_none();
	evert_links_init(d);
	d->held = 0;
	d->firing_end = true;
	d->reading_end = true;
	d->fired = false;
	d->running = false;
	d->cancelling = false;
	d->holds = false;
	d->waits.on = NULL;
	d->waits.class = NULL;
	d->waiter = NULL;
	d->place = place;
	d->canceller_arg = arg;
	return d;
}

struct evert_deferred *evert_deferred_create_at(struct evert_firing **slot,
						const char *place,
						evert_canceller canceller,
						void *arg)
{
	struct evert_deferred *d = create(slot, place, arg);

	if (d) {
		d->is_joint = false;
		d->canceller = canceller;
	}
	return d;
}

struct evert_deferred *
evert_deferred_create_joint_at(struct evert_firing **slot, const char *place,
			       const struct evert_joint_class *class,
			       void *joint)
{
	struct evert_deferred *d = create(slot, place, joint);

	if (d) {
		d->is_joint = true;
		d->joint = class;
	}
	return d;
}

struct evert_deferred *
evert_deferred_create_fired_at(const char *place, struct evert_result result)
{
	struct evert_firing *slot;
	struct evert_deferred *d =
		evert_deferred_create_at(&slot, place, NULL, NULL);

	evert_deferred_fire(&slot, result);
	return d;
}

/* Nobody takes the outcome any more. Whoever is called by this may use this
   Deferred once more: then its chain goes on, and false is returned. */
static EVERT_APART bool drop_outcome(struct evert_deferred *d)
{
	d->running = true;
	if (evert_result_is_failure(&d->result))
		evert_links_report(d);
	evert_result_release(evert_result_take(&d->result));
	d->running = false;
	if (evert_deferred_is_complete(d))
		return true;
	evert_deferred_run(d);
	return false;
}

/* Lets go of a Deferred that nobody reads any more, once it is complete. */
void evert_deferred_settle(struct evert_deferred *d)
{
	if (d->reading_end || d->waiter || d->cancelling ||
	    !evert_deferred_is_complete(d))
		return;
	if (evert_type_is_plain(d->result.type))
		d->result = evert_result_none();
	else if (!drop_outcome(d))
		return;
	if (d->firing_end)
		return;
	evert_links_finish(d);
	evert_spares_give(EVERT_SPARES_DEFERRED, d);
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

static EVERT_APART int add_without_room(struct evert_deferred *d,
					evert_callback callback,
					evert_callback errback, void *arg,
					const char *label)
{
	if (d && evert_links_make_room(d, 1))
		return evert_deferred_add_at(d, callback, errback, arg, label);
	if (!d || !evert_links_add_starved(d, errback, arg))
		refuse_link(d, errback, arg);
	else if (d->fired)
		evert_deferred_run(d);
	return -ENOMEM;
}

int evert_deferred_reserve(struct evert_deferred *d, size_t count)
{
	if (!d)
		return -ENOMEM;
	if (d->tail <= d->capacity && d->capacity - d->tail >= count)
		return 0;
	return evert_links_make_room(d, count) ? 0 : -ENOMEM;
}

int evert_deferred_add_at(struct evert_deferred *d, evert_callback callback,
			  evert_callback errback, void *arg, const char *label)
{
	struct evert_link *link;

	if (!d || d->tail >= d->capacity)
		return add_without_room(d, callback, errback, arg, label);
	link = &d->links[d->tail++];
	link->callback = callback;
	link->errback = errback;
	link->arg = arg;
	link->label = label;
	if (d->fired)
		evert_deferred_run(d);
	return 0;
}

void evert_deferred_pause(struct evert_deferred *d)
{
	if (d)
		d->held += EVERT_HELD_BY_PAUSE;
}

void evert_deferred_unpause(struct evert_deferred *d)
{
	if (!d)
		return;
	if (d->held < EVERT_HELD_BY_PAUSE)
		evert_bug("the Deferred made at %s was unpaused more often "
			  "than paused",
			  d->place);
	d->held -= EVERT_HELD_BY_PAUSE;
	if (!d->held)
		evert_deferred_run(d);
}

void evert_deferred_release(struct evert_deferred *d)
{
	if (!d)
		return;
	evert_deferred_take_reading_end(d, "evert_deferred_release");
	evert_deferred_settle(d);
}
