/* SPDX-License-Identifier: MIT */
/*
 * A run that fails is made smaller: what it can do without is left out, one
 * thing after the other. To leave something out changes what is drawn after
 * it, so other seeds are tried, too, and of the runs that fail the one with the
 * fewest steps is kept, if it fails by the same. All of that takes no longer
 * than a seed may take.
 *
 * A run that hangs is seen to do so after a part of that time: else there would
 * be time for one.
 */
#include "search_internal.h"

enum {
	OTHER_SEEDS = 30,
	ATTEMPTS_TO_CALM = 24,
	HANGS = 12, /* that there is time for */
};

/* The first seed of these that fails; in `*search`. */
static bool fails(struct evert_sim_search *search,
		  struct evert_sim_progress *progress)
{
	if (evert_sim_search_run(search, progress, true) != 1)
		return false;
	/* What was stopped in the end might have gone well. */
	if (progress->hung && evert_sim_real_seconds() >= search->end)
		return false;
	search->from = progress->trace.seed;
	return true;
}

static bool is_by_the_same(const struct evert_sim_progress *progress,
			   const struct evert_sim_failure *failure)
{
	return progress->trace.failure == failure->message &&
	       progress->status == failure->status &&
	       progress->hung == failure->hung;
}

/* Is it no longer than what there was? */
static bool try(struct evert_sim_search *search, uint64_t *steps,
		const struct evert_sim_variant *variant, uint64_t from,
		uint64_t seeds, struct evert_sim_progress *progress)
{
	struct evert_sim_search smaller = *search;

	smaller.variant = *variant;
	smaller.from = from;
	smaller.seeds = seeds;
	if (!fails(&smaller, progress) || progress->trace.steps > *steps ||
	    !is_by_the_same(progress, &search->failure))
		return false;
	*steps = progress->trace.steps;
	search->variant = *variant;
	search->from = smaller.from;
	return true;
}

static bool try_variant(struct evert_sim_search *search, uint64_t *steps,
			const struct evert_sim_variant *variant,
			struct evert_sim_progress *progress)
{
	return try(search, steps, variant, search->from, 1, progress) ||
	       try(search, steps, variant, 0, OTHER_SEEDS, progress);
}

/* The fewest of everything first. */
static void have_less(struct evert_sim_search *search, uint64_t *steps,
		      struct evert_sim_progress *progress)
{
	struct evert_sim_variant variant = search->variant;

	for (variant.most = 1; variant.most < 64; variant.most *= 2)
		if (try_variant(search, steps, &variant, progress))
			return;
}

static void do_without(struct evert_sim_search *search, uint64_t *steps,
		       struct evert_sim_progress *progress)
{
	struct evert_sim_variant variant;
	size_t i;

	for (i = 0; i < EVERT_SIM_TRAITS; i++) {
		variant = search->variant;
		variant.without[i] = true;
		if (!search->variant.without[i])
			try_variant(search, steps, &variant, progress);
	}
}

/* After which step no more faults are needed: halved, and halved again. */
static void calm_down(struct evert_sim_search *search, uint64_t *steps,
		      struct evert_sim_progress *progress)
{
	struct evert_sim_variant variant = search->variant;
	uint64_t enough = *steps, too_few = 0;
	int i;

	for (i = 0; i < ATTEMPTS_TO_CALM && enough - too_few > 1; i++) {
		variant.calm_after = too_few + (enough - too_few) / 2;
		if (try(search, steps, &variant, search->from, 1, progress))
			enough = variant.calm_after;
		else
			too_few = variant.calm_after;
	}
}

bool evert_sim_shrink(struct evert_sim_search *search, uint64_t *steps,
		      struct evert_sim_progress *progress)
{
	search->seeds = 1;
	search->end = evert_sim_real_seconds() + search->seconds;
	if (progress->hung)
		search->seconds /= HANGS;
	if (!fails(search, progress))
		return false; /* by chance, or by what other seeds have left */
	search->failure = (struct evert_sim_failure){
		.message = progress->trace.failure,
		.status = progress->status,
		.hung = progress->hung,
	};
	*steps = progress->trace.steps;
	have_less(search, steps, progress);
	do_without(search, steps, progress);
	calm_down(search, steps, progress);
	return true;
}
