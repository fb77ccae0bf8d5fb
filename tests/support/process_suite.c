/* SPDX-License-Identifier: MIT */
#include "process_suite.h"

struct test_system kernel;
struct evert_reactor *reactor;
struct child_record record;

static void begin(bool standing_still)
{
	test_system_init(&kernel);
	kernel.virtual_time = standing_still;
	/* To the loop they are as threads. */
	atomic_store(&kernel.threads_work, standing_still);
	reactor = make_reactor(&kernel.base);
	child_record_init(&record);
}

void process_suite_begin(void)
{
	begin(false);
}

void process_suite_begin_standing_still(void)
{
	begin(true);
}

void process_suite_finish(void)
{
	evert_reactor_destroy(reactor);
}

void pass(double seconds)
{
	kernel.now += (int64_t)(seconds * 1e9);
	turn_until_idle(reactor);
}
