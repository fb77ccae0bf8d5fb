/* SPDX-License-Identifier: MIT */
/*
 * What a Deferred is, and where it keeps its links: an array, of which those
 * from `head` to `tail` are still to run. The first few are in the Deferred
 * itself. One place of every array is kept back for the day that there is no
 * memory for a bigger one.
 */
#ifndef EVERT_DEFERRED_LINKS_INTERNAL_H
#define EVERT_DEFERRED_LINKS_INTERNAL_H

#include "deferred_internal.h"

enum {
	EVERT_INLINE_LINKS = 4, /* most chains are short */
	EVERT_SPARE_LINKS = 1,
	EVERT_REPORTED_LINKS = 8,
};

/* What holds the links up: one word, looked at before each of them. */
enum {
	EVERT_HELD_BY_INNER = 1, /* `waits` for it */
	EVERT_HELD_BY_PAUSE = 2, /* as often as it is paused */
};

/* The links end before that. */
#define EVERT_NO_LINK UINT32_MAX

struct evert_link {
	evert_callback callback;
	evert_callback errback;
	void *arg;
	const char *label;
};

struct evert_deferred {
	struct evert_result result;
	struct evert_link *links;
	uint32_t head, tail; /* the links still to run */
	uint32_t capacity;   /* of `links`, without the spare one */
	uint32_t waiter_at;  /* where in `links` it is the waiter's turn, or
				EVERT_NO_LINK */
	uint32_t failed_at;  /* the link that made the failure we have */
	uint32_t held;
	bool firing_end;  /* somebody may still fire it */
	bool reading_end; /* somebody may still attach to it */
	bool fired;
	bool running;	 /* its links are being run, or it must not go away */
	bool cancelling; /* its canceller or its joint is being called */
	bool is_joint;	 /* a joint will fire it */
	bool holds;	 /* something others wait for: canceller_arg */
	struct evert_waiter waits;   /* for an inner Deferred */
	struct evert_waiter *waiter; /* who gets our outcome */
	const char *place;
	union {
		evert_canceller canceller;
		const struct evert_joint_class *joint;
	};
	void *canceller_arg; /* or the joint */
	struct evert_deferred *cancelled_within; /* whose joint led here */
	struct evert_link inline_links[EVERT_INLINE_LINKS +
				       EVERT_SPARE_LINKS];
};

/* The Deferred whose own waiter this is. */
static inline struct evert_deferred *
evert_waiter_owner(const struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_deferred, waits);
}

static inline void evert_links_init(struct evert_deferred *d)
{
	d->links = d->inline_links;
	d->head = 0;
	d->tail = 0;
	d->capacity = EVERT_INLINE_LINKS;
	d->waiter_at = EVERT_NO_LINK;
	d->failed_at = 0;
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

static inline void evert_links_finish(struct evert_deferred *d)
{
	if (d->links != d->inline_links)
		evert_links_free(d);
}

/* Is there room for `count` more links at `tail`? If need be, makes room. */
bool evert_links_make_room(struct evert_deferred *d, size_t count);

/*
 * Without room: adds a link that fails in its turn, with EVERT_NO_MEMORY, for
 * which there is a place, as a rule; false: there is none.
 */
bool evert_links_add_starved(struct evert_deferred *d, evert_callback errback,
			     void *arg);

extern const char evert_starved_label[];

static inline bool evert_link_is_starved(const struct evert_link *link)
{
	return link->label == evert_starved_label;
}

/* Reports the failure that is the result, with the links it passed. */
void evert_links_report(const struct evert_deferred *d);

#endif
