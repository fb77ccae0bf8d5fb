/* SPDX-License-Identifier: MIT */
#include "combine.h"

#include <errno.h>

#include "base/bug.h"
#include "combine_internal.h"
#include "base/memory.h"
#include "deferred_internal.h"

enum {
	GATHER_OPTIONS = EVERT_FIRE_ON_FIRST_FAILURE | EVERT_CANCEL_REST |
			 EVERT_CONSUME_FAILURES,
	LIST_OPTIONS = GATHER_OPTIONS | EVERT_FIRE_ON_FIRST_VALUE,
	RACE_OPTIONS = EVERT_FIRE_ON_FIRST_VALUE | EVERT_CANCEL_REST |
		       EVERT_CONSUME_FAILURES | EVERT_FAIL_IF_ALL_FAIL,
};

struct evert_indexed *evert_result_as_indexed(const struct evert_result *result)
{
	return evert_result_as(result, &evert_type_indexed);
}

static void give_up(struct evert_deferred *const *inputs, size_t count,
		    unsigned options)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (options & EVERT_CANCEL_REST) {
			evert_deferred_hush(inputs[i]);
			evert_deferred_cancel_at(inputs[i], NULL);
		}
		evert_deferred_release(inputs[i]);
	}
	errno = ENOMEM;
}

static struct evert_deferred *combine(struct evert_deferred *const *inputs,
				      size_t count, unsigned options,
				      const char *place)
{
	struct evert_deferred *outcome =
		evert_combine(inputs, count, options, place);

	if (!outcome)
		give_up(inputs, count, options);
	return outcome;
}

static void check_options(unsigned options, unsigned known, const char *what,
			  const char *place)
{
	if (options & ~known)
		evert_bug("%s at %s: option %#x does not belong to it", what,
			  place, options & ~known);
}

struct evert_deferred *evert_gather_at(struct evert_deferred *const *inputs,
				       size_t count, unsigned options,
				       const char *place)
{
	check_options(options, GATHER_OPTIONS, "evert_gather", place);
	return combine(inputs, count, options | EVERT_FIRE_ON_FIRST_FAILURE,
		       place);
}

struct evert_deferred *
evert_deferred_list_at(struct evert_deferred *const *inputs, size_t count,
		       unsigned options, const char *place)
{
	check_options(options, LIST_OPTIONS, "evert_deferred_list", place);
	return combine(inputs, count, options, place);
}

struct evert_deferred *evert_race_at(struct evert_deferred *const *inputs,
				     size_t count, const char *place)
{
	return combine(inputs, count, RACE_OPTIONS, place);
}
