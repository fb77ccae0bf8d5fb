/* SPDX-License-Identifier: MIT */
/*
 * What a Deferred is, and where it keeps its links: in a chunk of places, of
 * which those from `next` to `room.free` are still to run. The first chunk is
 * in the Deferred itself; where one is full, another follows, and a jump leads
 * there. The last place of each chunk is kept back: for the jump, or for the
 * day that there is no memory for another chunk.
 */
#ifndef EVERT_DEFERRED_LINKS_INTERNAL_H
#define EVERT_DEFERRED_LINKS_INTERNAL_H

#include "deferred_internal.h"

enum {
	EVERT_INLINE_LINKS = 12, /* most chains have fewer */
	EVERT_SHORT_LINKS = 2,	 /* of one that is mostly awaited */
	EVERT_SPARE_LINKS = 1,
	EVERT_REPORTED_LINKS = 8,
};

/* What holds the links up, all in one word. While it is 0 all have run. */
enum {
	EVERT_HELD_UNFIRED = 1,
	EVERT_HELD_RUNNING = 2, /* they are being run, or it must not go away */
	EVERT_HELD_BY_INNER = 4, /* `waits` for it */
	EVERT_HELD_BY_PAUSE = 8, /* as often as it is paused */
};

struct evert_chunk {
	struct evert_chunk *before; /* NULL: the one in the Deferred */
	size_t count;
	union evert_place places[];
};

struct evert_deferred {
	union {
		struct evert_room room; /* in the latest chunk */
		struct evert_result result;
	};
	union {
		/* Bits, so that one look tells of several. */
		struct {
			bool firing_end : 1;  /* somebody may still fire it */
			bool reading_end : 1; /* or attach to it */
			bool cancelling : 1;  /* its canceller or its joint is
						 being called */
			bool holds : 1;	      /* something others wait for:
						 canceller_arg */
			bool is_joint : 1;    /* a joint will fire it */
			bool is_short : 1;    /* with fewer places */
			bool is_told : 1;     /* a recording knows of it */
			bool is_hushed : 1;   /* EVERT_CANCELLED is not to be
						 reported */
		};
		unsigned char flags; /* all of them */
	};
	union evert_place *next;      /* the link to run next */
	union evert_place *stop;      /* while they run: not beyond it */
	const struct evert_link *table_stop; /* the same in a table */
	union evert_place *failed_at; /* the link that made the failure we
					 have, or the first that saw it */
	struct evert_chunk *chunk;   /* the latest; NULL: `places` */
	struct evert_waiter waits;   /* for an inner Deferred */
	struct evert_waiter *waiter; /* who gets our outcome, */
	union evert_place *waiter_at; /* when it is the turn of this place */
	const char *place;
	union {
		evert_canceller canceller;
		const struct evert_joint_class *joint;
	};
	void *canceller_arg; /* or the joint */
	struct evert_deferred *cancelled_within; /* whose joint led here */
	union evert_place places[];
};

/* What the flags are where these alone are set: a constant. */
#define EVERT_DEFERRED_FLAGS(...) \
	(((struct evert_deferred){ __VA_ARGS__ }).flags)

static inline size_t evert_links_inline(const struct evert_deferred *d)
{
	return d->is_short ? EVERT_SHORT_LINKS : EVERT_INLINE_LINKS;
}

static inline bool evert_deferred_fired(const struct evert_deferred *d)
{
	return !(d->room.hold & EVERT_HELD_UNFIRED);
}

/* Holds the links up; where they are running, before the next one. */
static inline void evert_links_hold(struct evert_deferred *d, unsigned by)
{
	d->room.hold += by;
	d->stop = d->next;
	d->table_stop = NULL;
}

/* The Deferred whose own waiter this is. */
static inline struct evert_deferred *
evert_waiter_owner(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_deferred, waits);
}

static inline void evert_links_init(struct evert_deferred *d, bool is_short)
{
	d->room.free = d->places;
	d->room.end = d->places + (is_short ? EVERT_SHORT_LINKS :
					      EVERT_INLINE_LINKS);
	d->next = d->places;
	d->failed_at = d->places;
	d->chunk = NULL;
}

/* Would `outer`, waiting for `inner`, close a ring? */
bool evert_ring_would_close(const struct evert_deferred *outer,
			    const struct evert_deferred *inner);

/* How many steps this thread has taken to answer that: for tests. */
extern _Thread_local unsigned long evert_ring_steps;

/* The Deferred that can't fire before this one's outcome was delivered. */
const struct evert_deferred *evert_ring_up(const struct evert_deferred *d);

/* Through all that `top` waits for, itself first: the one after `d`. */
const struct evert_deferred *evert_ring_down(const struct evert_deferred *d,
					     const struct evert_deferred *top);

/* Fires it without looking at the firing end. */
void evert_deferred_fail(struct evert_deferred *d,
			 struct evert_result failure);

/* Lets go of it, when nothing keeps it any more. */
void evert_deferred_settle(struct evert_deferred *d);

void evert_links_free(struct evert_deferred *d);

/* Is there room for `count` more links at `room.free`? */
static inline bool evert_links_have_room(const struct evert_deferred *d,
					 size_t count)
{
	return d->room.free <= d->room.end &&
	       (size_t)(d->room.end - d->room.free) >= count;
}

/* Makes room, if there is memory. */
bool evert_links_make_room(struct evert_deferred *d, size_t count);

static inline bool evert_links_find_room(struct evert_deferred *d,
					 size_t count)
{
	return evert_links_have_room(d, count) ||
	       evert_links_make_room(d, count);
}

/*
 * Without room: adds a link that fails in its turn, with EVERT_NO_MEMORY, for
 * which there is a place, as a rule; false: there is none.
 */
bool evert_links_add_starved(struct evert_deferred *d, evert_callback errback,
			     void *arg);

/* ---- Places that hold something else than a link ---- */

/* They have neither callback nor errback (one that is starved may have one);
   their labels stand side by side, so that one look tells. */
extern const char evert_special_labels[];
enum {
	EVERT_PLACE_JUMP,   /* the links go on at `arg` */
	EVERT_PLACE_TABLE,  /* links of a table, for `arg`: it takes two places,
			       the second is a `table` */
	EVERT_PLACE_STARVED,
	EVERT_PLACE_LINK,
};

static inline size_t evert_place_kind(const union evert_place *place)
{
	return (uintptr_t)place->added.link.label -
	       (uintptr_t)evert_special_labels;
}

/* The first one at or after `place`, before `end`, that is no jump. */
static inline union evert_place *evert_place_settle(union evert_place *place,
						    const union evert_place *end)
{
	while (place != end && evert_place_kind(place) == EVERT_PLACE_JUMP)
		place = place->added.arg;
	return place;
}

static inline union evert_place *evert_place_after(union evert_place *place)
{
	return place + (evert_place_kind(place) == EVERT_PLACE_TABLE ? 2 : 1);
}

/* Reports the failure that is the result, with the links it passed. */
void evert_links_report(const struct evert_deferred *d);

#endif
