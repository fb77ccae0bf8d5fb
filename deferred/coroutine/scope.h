/* SPDX-License-Identifier: MIT */
/*
 * Scopes: coroutines that do not outlive a stretch of code (as nurseries and
 * task groups in Python). The coroutine that opens a scope owns it, and leaves
 * it before its body returns:
 *
 *	struct evert_scope scope;
 *
 *	evert_scope_init(&scope);
 *	error = evert_scope_spawn(&scope, greet, "World");
 *	if (!error)
 *		error = evert_scope_spawn(&scope, greet, "moon");
 *	result = evert_scope_leave(&scope);
 *
 * Leaving waits until all have ended. The first failure of one cancels the
 * rest and comes out. The owner itself is not cancelled by it: what may go on
 * for ever belongs into a coroutine of the scope, not between spawning and
 * leaving.
 *
 * Failures that come too late to come out are reported as unhandled, but for
 * the EVERT_CANCELLED of coroutines that the scope has cancelled. Values are
 * released: to have them, use evert_gather.
 *
 * Thread rule: a scope belongs to the thread of its owner.
 */
#ifndef EVERT_DEFERRED_SCOPE_H
#define EVERT_DEFERRED_SCOPE_H

#include "coroutine.h"

EVERT_BEGIN

struct evert_coroutine;
struct evert_scope_child;
struct evert_scope_use;

/* A scope: usually a variable of the body. Its fields are the functions' own.
   */
struct evert_scope {
	struct evert_coroutine *owner;
	struct evert_scope_child *first, *last;
	/* Made with the first child; NULL again when all have ended. */
	struct evert_deferred *all_ended;
	struct evert_firing *ending;	  /* the other end of that */
	struct evert_result outcome;
	struct evert_scope_use *uses; /* functions on a stack */
	const void *canceller;
	unsigned cancels; /* made so far */
	unsigned starting; /* coroutines, that are not listed yet */
	bool leaving;
};

/* Opens a scope; what runs now owns it. Only in a coroutine. */
void evert_scope_init(struct evert_scope *scope);

/*
 * Spawns a coroutine as evert_spawn does, which belongs to the scope. 0, or
 * -ENOMEM, or -ECANCELED when the scope was cancelled, by a failure or
 * otherwise, or has ended; on an error the body never runs. May be called by
 * whoever knows the scope, until it was left.
 */
#define evert_scope_spawn(...)                                  \
	evert_scope_spawn_plain_at(__VA_ARGS__,                 \
				   EVERT_NAME_OF_SECOND(__VA_ARGS__, ), \
				   EVERT_HERE)
/* evert_scope_spawn_with(scope, body, arg, options) */
#define evert_scope_spawn_with(...)                                       \
	evert_scope_spawn_at(__VA_ARGS__, EVERT_NAME_OF_SECOND(__VA_ARGS__), \
			     EVERT_HERE)
EVERT_MUST_USE
int evert_scope_spawn_at(struct evert_scope *scope, evert_body body, void *arg,
			 const struct evert_spawn_options *options,
			 const char *name, const char *place);

static inline EVERT_MUST_USE int
evert_scope_spawn_plain_at(struct evert_scope *scope, evert_body body,
			   void *arg, const char *name, const char *place)
{
	return evert_scope_spawn_at(scope, body, arg, NULL, name, place);
}

/*
 * Cancels all coroutines in it, and each that is spawned there from now on.
 * What was cancelled can be cancelled again. This is no failure: leaving gives
 * one only if there was another. From the thread's own stack, the scope may
 * have been left when this returns.
 */
void evert_scope_cancel(struct evert_scope *scope);

/*
 * Leaves a scope: waits until every coroutine in it has ended. Gives nothing,
 * or the first failure; the caller owns it. Cancelled while it waits, it
 * cancels them, waits on, and gives EVERT_CANCELLED, unless there was a failure
 * before. Only by the owner, once.
 */
EVERT_MUST_USE
struct evert_result evert_scope_leave(struct evert_scope *scope);

EVERT_END

#endif
