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
	uint32_t waiter_at;  /* where in `links` it is the waiter's turn */
	uint32_t failed_at;  /* the link that made the failure we have */
	uint32_t pauses;
	bool firing_end;  /* somebody may still fire it */
	bool reading_end; /* somebody may still attach to it */
	bool fired;
	bool running;	 /* its links are being run, or it must not go away */
	bool cancelling; /* its canceller is on the stack */
	struct evert_waiter waits;   /* for an inner Deferred */
	struct evert_waiter *waiter; /* who gets our outcome */
	const char *place;
	evert_canceller canceller;
	void *canceller_arg;
	struct evert_link inline_links[EVERT_INLINE_LINKS +
				       EVERT_SPARE_LINKS];
};

/* The Deferred whose own waiter this is. */
static inline struct evert_deferred *
evert_waiter_owner(struct evert_waiter *waiter)
{
	return evert_container_of(waiter, struct evert_deferred, waits);
}

static inline void evert_links_init(struct evert_deferred *d)
{
	d->links = d->inline_links;
	d->head = 0;
	d->tail = 0;
	d->capacity = EVERT_INLINE_LINKS;
	d->waiter_at = 0;
	d->failed_at = 0;
}

void evert_links_free(struct evert_deferred *d);

static inline void evert_links_finish(struct evert_deferred *d)
{
	if (d->links != d->inline_links)
		evert_links_free(d);
}

/* Is there room for one more link at `tail`? If need be, makes room. */
bool evert_links_make_room(struct evert_deferred *d);

/*
 * Without room: puts a link in the spare place that turns whatever comes in
 * into a failure, EVERT_NO_MEMORY. If it is there already, with nothing behind
 * it, that will do.
 */
void evert_links_put_spare(struct evert_deferred *d);

/* Reports the failure that is the result, with the links it passed. */
void evert_links_report(const struct evert_deferred *d);

#endif
