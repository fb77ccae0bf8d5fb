/* SPDX-License-Identifier: MIT */
/*
 * All short sequences of what a user can do with two Deferreds, and some long
 * ones with up to six, against the model of tests/model. LONG=1 in the
 * environment makes the short ones a step longer, and the others more.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/base/sanitizer_internal.h"
#include "../model/model.h"
#include "../support/memory.h"

/* A sanitizer makes each cost five times as much. */
#ifdef EVERT_SANITIZED
enum { LENGTH = 3 };
#else
enum { LENGTH = 4 };
#endif
enum { LENGTH_WITH_CANCELLERS = 3, LONGEST = LENGTH + 1 };

#define LINK(n, m, half, give) \
	{ MODEL_ADD, n, MODEL_##half, MODEL_##give, m, NULL, 0 }
#define FIRE(n, m, give) { MODEL_FIRE, n, MODEL_BOTH, MODEL_##give, m, NULL, 0 }
#define DO(n, m, verb) { MODEL_##verb, n, MODEL_BOTH, MODEL_PASS, m, NULL, 0 }
/* A link that does a step, and then gives something. */
#define DOES(n, m, give, ...) \
	{ MODEL_ADD, n, MODEL_BOTH, MODEL_##give, m, \
	  &(const struct model_step)__VA_ARGS__, 0 }

/* A table of three links. */
#define TABLE(n, ...) \
	{ MODEL_ADD_TABLE, n, MODEL_BOTH, MODEL_PASS, n, \
	  (const struct model_step[]){ __VA_ARGS__ }, 3 }

/* What is done with Deferred n, or with n and m. */
#define STEPS_WITH(n, m) \
	LINK(n, m, CALLBACK, VALUE), LINK(n, m, CALLBACK, FAIL), \
	LINK(n, m, ERRBACK, VALUE), LINK(n, m, ERRBACK, FAIL), \
	LINK(n, m, BOTH, PASS), LINK(n, m, BOTH, WAIT), \
	LINK(n, n, CALLBACK, WAIT), \
	DOES(n, m, PASS, DO(n, m, PAUSE)), \
	DOES(n, m, PASS, DO(n, m, RELEASE)), \
	DOES(n, m, PASS, DO(m, n, CANCEL)), \
	DOES(n, m, FAIL, LINK(n, m, BOTH, VALUE)), \
	DOES(n, m, WAIT, FIRE(m, n, VALUE)), \
	TABLE(n, LINK(n, m, CALLBACK, FAIL), LINK(n, m, ERRBACK, WAIT), \
	      LINK(n, m, CALLBACK, VALUE)), \
	FIRE(n, m, VALUE), FIRE(n, m, FAIL), FIRE(n, m, WAIT), \
	FIRE(n, n, WAIT), \
	DO(n, m, ABANDON), DO(n, m, CANCEL), DO(n, m, PAUSE), \
	DO(n, m, UNPAUSE), DO(n, m, RELEASE), DO(n, m, CHAIN)

static const struct model_step kinds[] = { STEPS_WITH(0, 1),
					   STEPS_WITH(1, 0) };
enum { KINDS = (int)(sizeof(kinds) / sizeof(kinds[0])) };

/* The next sequence of this length that differs from the last in its first
   `differs` steps; false: that was all. */
static bool advance(int *which, size_t length, size_t differs)
{
	size_t i;

	for (i = differs; i < length; i++)
		which[i] = 0;
	for (i = differs; i-- > 0;) {
		if (++which[i] < KINDS)
			return true;
		which[i] = 0;
	}
	return false;
}

/* What goes on behind a step that can't be done is a shorter sequence. Where
   the Deferreds are alike, the first step is with the first of them. */
static size_t try_all(const struct model_deferreds *deferreds,
		      size_t length)
{
	struct model_step steps[LONGEST];
	int which[LONGEST] = { 0 };
	int first = KINDS;
	size_t tried = 0, done, i;

	if (deferreds->cancellers[0] == deferreds->cancellers[1])
		first = KINDS / 2;
	do {
		for (i = 0; i < length; i++)
			steps[i] = kinds[which[i]];
		if (!model_holds(deferreds, steps, length, &done))
			cr_fatal("evert does not what the model does");
		tried++;
	} while (advance(which, length, done < length ? done + 1 : length) &&
		 which[0] < first);
	return tried;
}

static size_t steps_more(void)
{
	const char *is_long = getenv("LONG");

	return is_long && *is_long == '1';
}

static size_t try_with(enum model_canceller first, enum model_canceller second,
		       size_t length)
{
	const struct model_deferreds deferreds = { 2, { first, second }, { false } };
	struct memory_counts counts;
	size_t tried;

	failing_allocator_start(0, false);
	tried = try_all(&deferreds, length);
	counts = failing_allocator_stop();
	cr_assert(zero(sz, counts.live));
	return tried;
}

Test(promises, hold_in_every_short_sequence, .timeout = 3600)
{
	size_t tried =
		try_with(MODEL_NONE, MODEL_NONE, LENGTH + steps_more());

	cr_assert(gt(sz, tried, (size_t)1000));
	cr_log_info("%zu sequences", tried);
}

Test(promises, hold_in_every_short_sequence_with_cancellers, .timeout = 3600)
{
	size_t tried = 0;
	int first, second;

	for (first = 0; first < MODEL_CANCELLERS; first++)
		for (second = first; second < MODEL_CANCELLERS; second++)
			tried += try_with((enum model_canceller)first,
					  (enum model_canceller)second,
					  LENGTH_WITH_CANCELLERS +
						  steps_more());
	cr_log_info("%zu sequences", tried);
}

/* From a seed alone: that of one that fails is printed. */
static void try_bytes(uint64_t seed)
{
	static struct model_step steps[MODEL_STEPS];
	struct model_deferreds deferreds;
	uint8_t bytes[200];
	size_t i, count, done;
	uint64_t state = seed;

	for (i = 0; i < sizeof(bytes); i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(state >> 56);
	}
	count = model_read(bytes, sizeof(bytes), &deferreds, steps);
	if (!model_holds(&deferreds, steps, count, &done))
		cr_fatal("seed %" PRIu64, seed);
}

Test(promises, hold_in_long_sequences_with_up_to_six, .timeout = 3600)
{
	uint64_t seeds = steps_more() ? 1000000 : 4000, seed;
	struct memory_counts counts;

	failing_allocator_start(0, false);
	for (seed = 1; seed <= seeds; seed++)
		try_bytes(seed);
	counts = failing_allocator_stop();
	cr_assert(zero(sz, counts.live));
}
