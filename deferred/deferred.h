/* SPDX-License-Identifier: MIT */
/*
 * Deferreds: a result that is not there yet, and the chain of callbacks it
 * will run through. The semantics are Twisted's (twisted.internet.defer),
 * with the departures that are named where they are.
 *
 * A Deferred has two ends, of two types. The firing end, a struct
 * evert_firing, belongs to the code that made it, which puts in the result. The
 * reading end, a struct evert_deferred, belongs to whoever received it from a
 * function; it is given up in exactly one way: by evert_deferred_release, by
 * awaiting it, by returning it from a callback (evert_result_wait), or by
 * giving it to a combinator. A Deferred lives until both ends are given up and
 * its chain has run.
 *
 *	struct evert_deferred *ask(struct asker *self)
 *	{
 *		...
 *		return evert_deferred_create(&self->pending);
 *	}
 *
 *	evert_deferred_fire(&self->pending, answer);
 *
 * NULL is a Deferred that failed for want of memory: every function that
 * takes a reading end takes NULL, and treats it as one that has failed with
 * EVERT_NO_MEMORY. So what a function returns need not be checked.
 *
 * Thread rule: a Deferred belongs to one thread. Every function may be called
 * from inside any callback, those of the same Deferred included.
 */
#ifndef EVERT_DEFERRED_DEFERRED_H
#define EVERT_DEFERRED_DEFERRED_H

#include "result.h"

EVERT_BEGIN

struct evert_deferred;
struct evert_firing;
struct evert_clock;

/*
 * A callback or errback. `*in` is the chain's current result (for an errback
 * a failure): it is the Deferred's, which releases it afterwards, unless it
 * is returned (`return *in;` passes it on) or taken with evert_result_take.
 * What is returned is the chain's next result; a failure continues on the
 * errbacks' side; evert_result_wait(inner) makes the chain wait.
 */
typedef struct evert_result (*evert_callback)(struct evert_result *in,
					      void *arg);

/*
 * Called when a Deferred is cancelled before it fired: stops the work behind
 * it. It may fire the Deferred with what it likes. It returns false when it
 * is done with: unless it fired, the Deferred then fails with
 * EVERT_CANCELLED. It returns true when the Deferred will be fired later all
 * the same (work that cleans up first): then cancelling has no other effect,
 * and cancelling once more calls it once more.
 */
typedef bool (*evert_canceller)(struct evert_deferred *deferred, void *arg);

/* The type of what evert_result_wait gives: its pointer is the Deferred. */
extern const struct evert_type evert_type_wait;

/*
 * The result that `deferred` will have: who returns this from a callback
 * makes the chain wait for it. Takes over the reading end. NULL (what a
 * function that ran out of memory returns) is a failure, EVERT_NO_MEMORY.
 * Where Deferreds would wait for each other, directly or through combinators,
 * shields, coroutines, scopes, periodic calls, and locks that
 * evert_semaphore_run has, the one that would close the ring fails with
 * EVERT_DEADLOCK instead; one that would wait for itself stays its reader's.
 * Waiting for a queue, or for what a user's own code will fire, is no ring:
 * anybody may do that.
 */
EVERT_MUST_USE
struct evert_result evert_result_wait(struct evert_deferred *deferred);

/* ---- The firing end ---- */

/*
 * Makes a Deferred. Puts the firing end into `*slot` (a struct evert_firing *,
 * whatever was there before) and returns the reading end. The caller owns
 * both. Without memory NULL, errno ENOMEM, and the slot is empty.
 */
#define evert_deferred_create(...) \
	evert_deferred_create_at(__VA_ARGS__, EVERT_HERE, NULL, NULL)

/* The same, with a canceller. `arg` must live until the firing. */
#define evert_deferred_create_cancellable(slot, canceller, arg) \
	evert_deferred_create_at(slot, EVERT_HERE, canceller, arg)

EVERT_MUST_USE
struct evert_deferred *evert_deferred_create_at(struct evert_firing **slot,
						const char *place,
						evert_canceller canceller,
						void *arg);

/*
 * A Deferred that has fired already. Takes over `result`. The caller owns the
 * reading end; there is no firing end. Without memory NULL.
 */
#define evert_deferred_create_fired(...) \
	evert_deferred_create_fired_at(EVERT_HERE, __VA_ARGS__)
EVERT_MUST_USE
struct evert_deferred *evert_deferred_create_fired_at(
	const char *place, struct evert_result result);

/*
 * Fires the Deferred in `*slot`: takes over the firing end and `result`, sets
 * `*slot` to NULL, then runs the chain as far as it goes. A failure is the
 * errbacks' side, evert_result_wait(inner) fires when `inner` does. When
 * `*slot` is NULL, or the Deferred was cancelled, only `result` is released:
 * the reading end in evert_result_wait, too, whoever's it is. Firing again
 * through another copy of the pointer is a bug and stops the program.
 */
void evert_deferred_fire(struct evert_firing **slot,
			 struct evert_result result);

/*
 * Gives the firing end up: the Deferred fails with EVERT_ABANDONED, or, in a
 * canceller, with EVERT_CANCELLED. An empty slot does nothing.
 */
#define evert_deferred_abandon(...) \
	evert_deferred_abandon_at(__VA_ARGS__, EVERT_HERE)
void evert_deferred_abandon_at(struct evert_firing **slot, const char *place);

/* ---- The reading end ---- */

/*
 * Adds a link to the chain: `callback` for a value, `errback` for a failure;
 * where one is NULL, the result passes unchanged. On a fired Deferred it runs
 * before this returns; from inside a running callback, after those added
 * before.
 *
 * Exactly one of the two runs, once, whatever happens, so one of them may
 * free `arg`.
 *
 * 0, or -ENOMEM when there is no memory: then the link stands in its place all
 * the same, but what would be a value there is a failure, EVERT_NO_MEMORY. (For
 * that, the process keeps places for about 4,000 links of at most 68 Deferreds,
 * beyond one of each Deferred's own. Only when these are used up does the
 * errback run at once, before those added earlier. On NULL it does so, too.) To
 * be certain, make room first.
 */
/* evert_deferred_add_callbacks(deferred, callback, errback, arg) */
#define evert_deferred_add_callbacks(...)      \
	evert_deferred_add_at(__VA_ARGS__,     \
			      EVERT_LINK_LABEL(__VA_ARGS__))
/* evert_deferred_add_callback(deferred, callback, arg) */
#define evert_deferred_add_callback(...)            \
	evert_deferred_add_callback_at(__VA_ARGS__, \
				       EVERT_LINK_LABEL(__VA_ARGS__))
/* evert_deferred_add_errback(deferred, errback, arg) */
#define evert_deferred_add_errback(...)            \
	evert_deferred_add_errback_at(__VA_ARGS__, \
				      EVERT_LINK_LABEL(__VA_ARGS__))
/* evert_deferred_add_both(deferred, callback, arg): for values and failures */
#define evert_deferred_add_both(...)            \
	evert_deferred_add_both_at(__VA_ARGS__, \
				   EVERT_LINK_LABEL(__VA_ARGS__))

/*
 * A link of a chain that stands in a constant table, because it is always the
 * same. It is added in one step, all its links with one `arg`:
 *
 *	static const struct evert_link fetch[] = {
 *		EVERT_CALLBACK(parse),
 *		EVERT_CALLBACKS(store, give_up),
 *		EVERT_ERRBACK(explain),
 *		EVERT_BOTH(close_page),
 *	};
 *
 *	evert_deferred_add_chain(d, fetch, page);
 *
 * It does what adding them one after the other does, at a fraction of the
 * cost, and a dump shows the links below the chain's name. The table must live
 * until they have run. 0 or -ENOMEM, as there.
 */
struct evert_link {
	evert_callback callback; /* or NULL */
	evert_callback errback;	 /* or NULL */
	const char *label;	 /* constant text: "parse (page.c:12)" */
};
#define EVERT_CALLBACK(callback) \
	{ callback, NULL, #callback " (" EVERT_HERE ")" }
#define EVERT_ERRBACK(errback) \
	{ NULL, errback, #errback " (" EVERT_HERE ")" }
#define EVERT_CALLBACKS(callback, errback) \
	{ callback, errback, #callback " (" EVERT_HERE ")" }
#define EVERT_BOTH(callback) \
	{ callback, callback, #callback " (" EVERT_HERE ")" }

/* evert_deferred_add_chain(deferred, table, arg): all links of an array. A
   pointer to one does not compile: it does not say how many there are. */
#define evert_deferred_add_chain(deferred, table, ...)                 \
	evert_deferred_add_chain_at(deferred, table,                   \
				    EVERT_LINKS_IN(table), __VA_ARGS__, \
				    #table " (" EVERT_HERE ")")
#define EVERT_LINKS_IN(table)                                          \
	(sizeof(table) /                                               \
	 sizeof(char[sizeof(table) < sizeof(struct evert_link) ? -1 : \
		     (int)sizeof(struct evert_link)]))
int evert_deferred_add_chain_at(struct evert_deferred *deferred,
				const struct evert_link *table, size_t count,
				void *arg, const char *label);

/*
 * Makes room for `count` more links, which then can't run out of memory; a
 * table counts as two. 0 or -ENOMEM.
 */
EVERT_MUST_USE
int evert_deferred_reserve(struct evert_deferred *deferred, size_t count);

/* What the macros call; `label` is constant text for dump and reports. */
#define EVERT_LINK_LABEL(...) \
	EVERT_NAME_OF_SECOND(__VA_ARGS__, ) " (" EVERT_HERE ")"

/* The rest of this section is for evert's own use: here so that adding needs
   no call. */
union evert_place {
	struct {
		struct evert_link link;
		void *arg;
	} added;
	struct {
		const struct evert_link *at, *end; /* still to run */
		const char *label;
		const struct evert_link *from; /* what a report tells of */
	} table;
};

/* A Deferred begins with this. */
struct evert_room {
	struct evert_result result;
	union evert_place *free, *end;
	unsigned hold; /* 0: what is added runs at once */
};

/* What the macros call when a link is to run now, and where there is no room
   for it. */
void evert_deferred_run_added(struct evert_deferred *deferred);
int evert_deferred_add_without_room(struct evert_deferred *deferred,
				    evert_callback callback,
				    evert_callback errback, void *arg,
				    const char *label);

static inline int evert_deferred_add_at(struct evert_deferred *deferred,
					evert_callback callback,
					evert_callback errback, void *arg,
					const char *label)
{
	struct evert_room *room = (struct evert_room *)(void *)deferred;
	union evert_place *place;

	if (!EVERT_LIKELY(deferred && room->free < room->end))
		return evert_deferred_add_without_room(deferred, callback,
						       errback, arg, label);
	place = room->free++;
	place->added.link.callback = callback;
	place->added.link.errback = errback;
	place->added.link.label = label;
	place->added.arg = arg;
	if (!room->hold)
		evert_deferred_run_added(deferred);
	return 0;
}

static inline int
evert_deferred_add_callback_at(struct evert_deferred *deferred,
			       evert_callback callback, void *arg,
			       const char *label)
{
	return evert_deferred_add_at(deferred, callback, NULL, arg, label);
}

static inline int
evert_deferred_add_errback_at(struct evert_deferred *deferred,
			      evert_callback errback, void *arg,
			      const char *label)
{
	return evert_deferred_add_at(deferred, NULL, errback, arg, label);
}

static inline int evert_deferred_add_both_at(struct evert_deferred *deferred,
					     evert_callback callback,
					     void *arg, const char *label)
{
	return evert_deferred_add_at(deferred, callback, callback, arg, label);
}

/*
 * Adds a time-out: `seconds` from now by `clock` (negative: at its next move),
 * cancels the links added so far and what they wait for; the EVERT_CANCELLED
 * that comes out becomes EVERT_TIMED_OUT, which names the seconds. A value that
 * a canceller still delivers wins.
 *
 * When the clock is destroyed first it is cancelled at once, and fails with
 * EVERT_CLOCK_DESTROYED; by a reactor's clock with EVERT_REACTOR_STOPPED, at
 * the end of the run: what has a bound must not wait without one.
 *
 * 0, or an error, which leaves nothing waiting: -EINVAL for seconds that are
 * not finite, then it is cancelled and the chain gets that failure; -ENOMEM
 * or -ECANCELED (the clock is being destroyed), then it is cancelled, and the
 * EVERT_CANCELLED becomes EVERT_NO_MEMORY or the clock's failure.
 */
#define evert_deferred_add_timeout(...)                        \
	evert_deferred_add_timeout_at(__VA_ARGS__, EVERT_HERE, \
				      "timeout (" EVERT_HERE ")")
int evert_deferred_add_timeout_at(struct evert_deferred *deferred,
				  double seconds, struct evert_clock *clock,
				  const char *place, const char *label);

/*
 * The same, with one's own translation (Twisted's onTimeoutCancel): when the
 * time ran out, and only then, what comes of the cancelling goes through
 * `on_timeout(in, arg)`, as through a callback: a failure EVERT_CANCELLED, or
 * whatever a canceller or a covered link made of it. `arg` stays the
 * caller's, until the chain has passed this.
 */
#define evert_deferred_add_timeout_with(...)                        \
	evert_deferred_add_timeout_with_at(__VA_ARGS__, EVERT_HERE, \
					   "timeout (" EVERT_HERE ")")
int evert_deferred_add_timeout_with_at(struct evert_deferred *deferred,
				       double seconds,
				       struct evert_clock *clock,
				       evert_callback on_timeout, void *arg,
				       const char *place, const char *label);

/*
 * Cancels a Deferred. Unfired: its canceller is called; without one it fails at
 * once with EVERT_CANCELLED, and the later firing is ignored. Fired, but
 * waiting for an inner Deferred: that one is cancelled. Else, and when called
 * again from inside the canceller, nothing happens.
 *
 * For who owns the reading end. Who has given it up (released or awaited it,
 * returned it, given it to a combinator) may still cancel until its firing end
 * has fired; after that it may be gone.
 */
#define evert_deferred_cancel(...) \
	evert_deferred_cancel_at(__VA_ARGS__, EVERT_HERE)
/* `place` is where the EVERT_CANCELLED says it was made; NULL, in a canceller:
   where the cancel that calls it was asked for. */
void evert_deferred_cancel_at(struct evert_deferred *deferred,
			      const char *place);

/*
 * Holds the chain between two links until `unpause` was called as often as
 * `pause`. One `unpause` too many is a bug and stops the program. Does not
 * hold up a Deferred that this one waits for (Twisted does). Who pauses sees to
 * it that it goes on: a released one that stays paused lives for ever.
 */
void evert_deferred_pause(struct evert_deferred *deferred);
void evert_deferred_unpause(struct evert_deferred *deferred);

/*
 * Fires the Deferred in `*slot` with the outcome of `from`. Takes over the
 * reading end of `from` and the firing end in `*slot`. Cancelling it while
 * `from` has no outcome calls its own canceller, whose `arg` must live until
 * then, and, unless that returns true, cancels `from` (in Twisted it does only
 * the former). Cancelled once more, it only cancels `from` once more.
 */
void evert_deferred_chain(struct evert_deferred *from,
			  struct evert_firing **slot);

/*
 * Gives the reading end up: nothing more will be attached. What was added
 * still runs. A failure that reaches the end of the chain unhandled is then
 * reported. Releasing twice is a bug.
 */
void evert_deferred_release(struct evert_deferred *deferred);

/* ---- Looking at it ---- */

/* Has a Deferred been fired: was its firing end used up (chaining does that at
   once), or was it cancelled? What it has fired with may still be a wait. */
bool evert_deferred_has_fired(const struct evert_deferred *deferred);

/*
 * The chain's current result, also while a callback runs; NULL while there is
 * none: before the firing, and while waiting for an inner Deferred. It stays
 * the Deferred's.
 */
const struct evert_result *
evert_deferred_result(const struct evert_deferred *deferred);

/* Prints a Deferred: its state, the links with their places, and below it, a
   little to the right, each that it waits for. */
void evert_deferred_dump(const struct evert_deferred *deferred, FILE *to);

/* ---- Failures that nobody handled ---- */

/* A report of a failure that nobody handled. */
struct evert_unhandled {
	const struct evert_failure *failure;
	const char *deferred_place; /* who made the Deferred */
	const char *const *links;   /* labels of the links it passed, in order,
				       the latest 8 at most */
	size_t link_count;
};

/*
 * Called when a reading end is given up and the chain has ended in a failure.
 * Everything in `report` lives until the call returns. NULL restores the
 * default, which prints the report to stderr. The hook is the process's: set
 * it while no other thread uses evert.
 */
typedef void (*evert_unhandled_hook)(const struct evert_unhandled *report,
				     void *arg);
void evert_set_unhandled_hook(evert_unhandled_hook hook, void *arg);

/* Prints a report as the default does. */
void evert_unhandled_print(const struct evert_unhandled *report, FILE *to);

EVERT_END

#endif
