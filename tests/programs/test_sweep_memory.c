/* SPDX-License-Identifier: MIT */
/* Memory runs out in the middle of a whole program: at its n-th allocation,
   for every n, once or from then on. */
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../support/memory.h"
#include "../support/scenario.h"

/* One run; returns whether there was an allocation to fail. */
static bool run(size_t n, bool forever)
{
	static struct scenario scenario;
	struct memory_counts counts;

	scenario_init(&scenario);
	failing_allocator_start(n, forever);
	scenario_run(&scenario);
	counts = failing_allocator_stop();
	cr_assert(counts.live == 0, "%zu blocks leaked when allocation %zu %s",
		  counts.live, n, forever ? "and all later failed" : "failed");
	if (!counts.failed)
		scenario_expect_success(&scenario);
	return counts.failed;
}

static void sweep(bool forever)
{
	size_t n = 1;

	run(0, false);
	while (run(n, forever))
		n++;
	cr_assert(gt(sz, n, 100));
	fprintf(stderr, "sweep: %zu allocations failed, %s\n", n - 1,
		forever ? "each with all that follow" : "one at a time");
}

Test(sweep_memory, loses_nothing_whichever_allocation_fails_once)
{
	sweep(false);
}

Test(sweep_memory, loses_nothing_from_whichever_allocation_on_all_fail)
{
	sweep(true);
}
