/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a Deferred without memory, for combinators and coroutines; and
 * where reports of failures go.
 */
#ifndef EVERT_DEFERRED_DEFERRED_INTERNAL_H
#define EVERT_DEFERRED_DEFERRED_INTERNAL_H

#include "base/say_internal.h"
#include "deferred.h"

/*
 * One who waits for the outcome of a Deferred. Embedded in its owner; it must
 * stay in place until delivery.
 */
struct evert_waiter {
	/* Whom it waits for, to cancel it or to dump it; NULL when nobody. It
	   changes when what it waited for passes the waiting on. */
	struct evert_deferred *on;
	/* NULL in a Deferred's own waiter. */
	const struct evert_waiter_class *class;
};

struct evert_waiter_class {
	/*
	 * Takes over the result. So that stacks do not grow, what this sets
	 * going is not fired but set: returns what evert_deferred_set gave, or
	 * NULL.
	 */
	struct evert_deferred *(*deliver)(struct evert_waiter *waiter,
					  struct evert_result result);
	/* The Deferred that can't fire before the delivery, or NULL. NULL
	   instead of a function: there is none. */
	struct evert_deferred *(*outer)(const struct evert_waiter *waiter);
	/* What else that one waits for: the next after this waiter's, or
	   NULL. NULL instead of a function: nothing else. */
	struct evert_deferred *(*next)(const struct evert_waiter *waiter);
};

/* Lets `to` wait in place of `from`. */
void evert_waiter_move(struct evert_waiter *from, struct evert_waiter *to);

/*
 * A joint stands between the Deferreds that it waits for and the one that it
 * will fire: a combinator, a coroutine, a shield, a scope. It is embedded in
 * its owner.
 */
struct evert_joint_class {
	const char *kind; /* a word or two, for dumps */
	/* What there is to say besides, in a dump; NULL: nothing. */
	void (*describe)(const void *joint, struct evert_text *to);
	/*
	 * How a cancel goes through it, when its Deferred was not fired. Either
	 * all goes to one Deferred, which is returned, or NULL: */
	struct evert_deferred *(*pass)(void *joint);
	/* or to several: after `begin` they are asked for one by one, until
	   NULL, or until its Deferred has fired. */
	void (*begin)(void *joint);
	struct evert_deferred *(*next)(void *joint);
	/* Meanwhile it was cancelled once more. */
	void (*again)(void *joint);
	/* The first of all that it waits for, or NULL. */
	struct evert_deferred *(*first)(const void *joint);
	/* Where it waits for what others hold, that; else NULL, or NULL
	   instead of a function. */
	struct evert_hold *(*hold)(const void *joint);
};

/*
 * Something that one Deferred holds until its chain has come to an end, while
 * others wait for it: a lock that evert_semaphore_run has.
 */
struct evert_hold {
	struct evert_deferred *holder; /* NULL: nobody certain */
	/* Who wait for it, one by one, until NULL: `*place` is NULL at first.
	   Set where there is a holder. */
	const struct evert_deferred *(*waiting)(const struct evert_hold *hold,
						const void **place);
	struct evert_hold *next;       /* to be searched */
	unsigned search;	       /* the latest that has seen it */
	bool leads_out;
};

/* Now `deferred`, which has fired, has it; NULL: nobody has. */
void evert_hold_set(struct evert_hold *hold, struct evert_deferred *deferred);

/*
 * As evert_deferred_create_at, for what is mostly awaited: it takes less than
 * half of the memory, and has room for two links only before it needs more.
 */
EVERT_MUST_USE
struct evert_deferred *
evert_deferred_create_short_at(struct evert_firing **slot, const char *place,
			       evert_canceller canceller, void *arg);

/* A Deferred that a joint will fire, as short. */
struct evert_deferred *
evert_deferred_create_joint_at(struct evert_firing **slot, const char *place,
			       const struct evert_joint_class *class,
			       void *joint);

/*
 * The joint lets go of it, before it is fired: what is called until then finds
 * no joint, and cancelling comes too late.
 */
void evert_joint_leave(struct evert_firing *slot);

/*
 * Fires as evert_deferred_fire does, but leaves running the chain to who
 * called `deliver`, to whom what this returns is to be returned. Until then it
 * stays in place.
 */
struct evert_deferred *evert_deferred_set(struct evert_firing **slot,
					  struct evert_result result);

/*
 * Takes over the reading end of `deferred` (NULL: failed, EVERT_NO_MEMORY).
 * Returns true, and the outcome in `*result`, when it is there; else false:
 * then it is delivered, once, when the links that the Deferred has now have
 * run. Where waiting would close a ring, the outcome is EVERT_DEADLOCK.
 */
bool evert_deferred_wait(struct evert_deferred *deferred,
			 struct evert_waiter *waiter,
			 struct evert_result *result);

/* Runs what evert_deferred_set gave, for those who have nobody to return it
   to; NULL does nothing. */
void evert_deferred_go_on(struct evert_deferred *deferred);

/*
 * For one who has to wait: if `d`, waiting for `inner`, would close a ring,
 * breaks it: who waits for `d` gets EVERT_DEADLOCK.
 */
void evert_ring_break(struct evert_deferred *d, struct evert_deferred *inner);

/* The two ends of a Deferred are one structure. */
static inline struct evert_firing *
evert_deferred_firing(struct evert_deferred *deferred)
{
	return (struct evert_firing *)deferred;
}

static inline struct evert_deferred *
evert_firing_deferred(struct evert_firing *firing)
{
	return (struct evert_deferred *)firing;
}

/*
 * EVERT_CANCELLED, at the place of the evert_deferred_cancel that is on the
 * stack.
 */
struct evert_result evert_cancelled(void);

/* As evert_deferred_add_timeout_with, by the name of `what`, which a refusal
   tells; `on_timeout` NULL: EVERT_TIMED_OUT. */
int evert_timeout_add(struct evert_deferred *deferred, double seconds,
		      struct evert_clock *clock, evert_callback on_timeout,
		      void *arg, const char *what, const char *place,
		      const char *label);

/* For who cancels it, and has no memory to attach to it: if it then ends in
   EVERT_CANCELLED, that is not reported. */
void evert_deferred_hush(struct evert_deferred *deferred);

/* Hands a report to the hook, or prints it. */
void evert_unhandled_report(const struct evert_unhandled *report);

/* The place that made it. */
const char *evert_deferred_place(const struct evert_deferred *deferred);

#endif
