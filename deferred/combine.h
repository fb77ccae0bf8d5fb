/* SPDX-License-Identifier: MIT */
/*
 * Combinators: one Deferred made of several (twisted.internet.defer:
 * gatherResults, DeferredList, race).
 *
 * Each takes over the reading ends in `inputs`; the array itself stays the
 * caller's and is read during the call only. A NULL input is one that failed
 * with EVERT_NO_MEMORY. The caller owns the returned reading end; released
 * early, the inputs go on all the same.
 *
 * Cancelling the returned Deferred cancels every input that has not delivered
 * yet. What they deliver then is combined as ever, an input that cleans up
 * first is waited for; only a failure is then EVERT_CANCELLED itself, so that
 * a timeout knows it. Every function may be called from inside callbacks.
 *
 * Without memory they return NULL, errno ENOMEM, and release the inputs: where
 * an outcome would have cancelled the rest, they are cancelled, else they go on.
 * Their failures are reported, but for the EVERT_CANCELLED of those.
 */
#ifndef EVERT_DEFERRED_COMBINE_H
#define EVERT_DEFERRED_COMBINE_H

#include "deferred.h"

EVERT_BEGIN

/* What a combinator is to do, as a set. */
enum evert_combine_option {
	/* Fire with the first value that comes in, an evert_indexed. When none
	   comes, or there is no input, it is the whole evert_list all the
	   same: where that would be a failure, evert_race is meant. */
	EVERT_FIRE_ON_FIRST_VALUE = 1 << 0,
	/* Fail with the first failure, as evert_gather does. */
	EVERT_FIRE_ON_FIRST_FAILURE = 1 << 1,
	/* Before firing early, cancel the inputs that are still awaited. */
	EVERT_CANCEL_REST = 1 << 2,
	/*
	 * Failures are the caller's, to be found in the list. Else every
	 * failure is reported as unhandled when it comes in, because nobody
	 * might look for it there, or because it comes too late. Not reported
	 * are the failure that becomes the outcome, and the EVERT_CANCELLED of
	 * inputs that were cancelled from here.
	 */
	EVERT_CONSUME_FAILURES = 1 << 3,
};

/* A value, and which of the inputs gave it. */
struct evert_indexed {
	size_t index;
	struct evert_result value;
};

/* The type of a result that owns a struct evert_indexed. */
extern const struct evert_type evert_type_indexed;

/* The value of such a result, as long as that lives. */
struct evert_indexed *
evert_result_as_indexed(const struct evert_result *result);

/*
 * Gathers the values of all inputs: an evert_list in input order, empty when
 * there is no input. The first failure fails it with EVERT_FIRST_FAILURE:
 * `index` says which input, `cause` what. Options: EVERT_CANCEL_REST,
 * EVERT_CONSUME_FAILURES (for those that come too late), or 0.
 */
#define evert_gather(...) evert_gather_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_gather_at(struct evert_deferred *const *inputs,
				       size_t count, unsigned options,
				       const char *place);

/*
 * Collects every outcome: an evert_list in input order whose items are values
 * and failures, empty when there is no input. It fails only by
 * EVERT_FIRE_ON_FIRST_FAILURE; cancelled, it holds what was there in time.
 * Options: any of enum evert_combine_option, or 0.
 */
#define evert_deferred_list(...) \
	evert_deferred_list_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_deferred_list_at(struct evert_deferred *const *inputs, size_t count,
		       unsigned options, const char *place);

/*
 * Races the inputs: the first value, an evert_indexed; the other inputs are
 * cancelled, and what they still deliver is released. When all fail:
 * EVERT_ALL_FAILED, its causes in input order, each with its index. With no
 * input it fails so at once (in Twisted it never fires).
 */
#define evert_race(...) evert_race_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_race_at(struct evert_deferred *const *inputs,
				     size_t count, const char *place);

EVERT_END

#endif
