/* SPDX-License-Identifier: MIT */
/* A whole program of which every read, every send, or both, are cut short. */
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../support/memory.h"
#include "../support/scenario.h"

static void run(size_t read_at_most, size_t send_at_most)
{
	static struct scenario scenario;
	const struct test_call_plan *plans = scenario.system.plans;

	scenario_init(&scenario);
	scenario.system.read_at_most = read_at_most;
	scenario.system.send_at_most = send_at_most;
	/* It takes many turns, but no time. */
	scenario.wait_nanoseconds = 0;
	scenario.waits_at_most = 500000;
	failing_allocator_start(0, false);
	scenario_run(&scenario);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
	scenario_expect_success(&scenario);
	fprintf(stderr, "sweep: %zu reads of at most %zu, %zu sends of %zu\n",
		atomic_load(&plans[CALL_READ].calls), read_at_most,
		atomic_load(&plans[CALL_SEND].calls), send_at_most);
}

Test(sweep_short, nothing_changes_when_every_read_is_a_byte)
{
	run(1, 0);
}

Test(sweep_short, nothing_changes_when_every_send_is_a_byte)
{
	run(0, 1);
}

Test(sweep_short, nothing_changes_when_every_read_and_send_is_a_byte)
{
	run(1, 1);
}

Test(sweep_short, nothing_changes_when_reads_and_sends_are_a_few_bytes)
{
	size_t read, send;

	for (read = 2; read < 5; read++)
		for (send = 2; send < 5; send++)
			run(read, send);
}
