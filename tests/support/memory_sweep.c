/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <criterion/criterion.h>

static struct memory_counts run(void (*scenario)(void *arg), void *arg,
				size_t n, bool forever)
{
	struct memory_counts end;

	failing_allocator_start(n, forever);
	scenario(arg);
	end = failing_allocator_stop();
	cr_assert(end.live == 0,
		  "%zu blocks, %zu bytes leaked when allocation %zu failed%s",
		  end.live, end.live_bytes, n, forever ? " and all after" : "");
	return end;
}

void fail_every_allocation(void (*scenario)(void *arg), void *arg)
{
	size_t n = 0;

	run(scenario, arg, 0, false);
	do {
		n++;
		run(scenario, arg, n, true);
	} while (run(scenario, arg, n, false).failed);
}
