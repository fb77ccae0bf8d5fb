/* SPDX-License-Identifier: MIT */
/* Making a Deferred, from what the thread has spare. */
#ifndef EVERT_DEFERRED_MAKE_INTERNAL_H
#define EVERT_DEFERRED_MAKE_INTERNAL_H

#include "run_internal.h"

/* One by one: a memset here costs more than all the rest. */
static inline void evert_deferred_init(struct evert_deferred *d,
				       const char *place, bool is_short,
				       void *arg)
{
	d->result.type = NULL;
	evert_links_init(d, is_short);
	d->room.hold = EVERT_HELD_UNFIRED;
	d->flags = 0;
	d->firing_end = true;
	d->reading_end = true;
	d->is_short = is_short;
	d->waits.on = NULL;
	d->waiter = NULL;
	d->place = place;
	d->canceller_arg = arg;
}

static inline void evert_deferred_init_plain(struct evert_deferred *d,
					     struct evert_firing **slot,
					     const char *place, bool is_short,
					     evert_canceller canceller,
					     void *arg)
{
	*slot = evert_deferred_firing(d);
	evert_deferred_init(d, place, is_short, arg);
	d->canceller = canceller;
}

static inline void evert_deferred_init_joint(struct evert_deferred *d,
					     const char *place,
					     const struct evert_joint_class *class,
					     void *joint)
{
	evert_deferred_init(d, place, true, joint);
	d->is_joint = true;
	d->joint = class;
}

/* Apart, and so is what comes after it: where there is a spare one, no
   register need be saved. */
struct evert_deferred *
evert_deferred_make_apart(struct evert_firing **slot, const char *place,
			  bool is_short, evert_canceller canceller, void *arg);
struct evert_deferred *
evert_deferred_make_joint_apart(const char *place,
				const struct evert_joint_class *class,
				void *joint);

/* As evert_deferred_create_at, or evert_deferred_create_short_at. */
static inline struct evert_deferred *
evert_deferred_make(struct evert_firing **slot, const char *place,
		    bool is_short, evert_canceller canceller, void *arg)
{
	struct evert_deferred *d =
		evert_spares_take_kept(evert_deferred_kind(is_short));

	if (!EVERT_LIKELY(d != NULL))
		return evert_deferred_make_apart(slot, place, is_short,
						 canceller, arg);
	evert_deferred_init_plain(d, slot, place, is_short, canceller, arg);
	return d;
}

/* As evert_deferred_create_joint_at; its firing end is the same pointer. */
static inline struct evert_deferred *
evert_deferred_make_joint(const char *place,
			  const struct evert_joint_class *class, void *joint)
{
	struct evert_deferred *d =
		evert_spares_take_kept(EVERT_SPARES_SHORT_DEFERRED);

	if (!EVERT_LIKELY(d != NULL))
		return evert_deferred_make_joint_apart(place, class, joint);
	evert_deferred_init_joint(d, place, class, joint);
	return d;
}

#endif
