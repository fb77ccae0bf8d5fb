/* SPDX-License-Identifier: MIT */
/* What Criterion's tests call of Criterion, where there is no Criterion to
   hear of it: a test that notices that something is wrong ends there. */
#include "torture.h"

#include <criterion/new/assert.h>

#include <stdio.h>

#pragma GCC visibility push(default)

void criterion_internal_test_setup(void)
{
}

void criterion_internal_test_main(void (*test)(void))
{
	test();
}

void criterion_internal_test_teardown(void)
{
}

void cri_assert_node_send(const char *file, size_t line,
			  struct cri_assert_node *tree)
{
	(void)tree;
	fprintf(stderr, "%s:%zu: the test noticed\n", file, line);
	end_run(HOW_NOTICED);
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (stats->passed)
		return;
	fprintf(stderr, "%s:%u: %s\n", stats->file, stats->line,
		stats->message ? stats->message : "the test noticed");
	end_run(HOW_NOTICED);
}

void cri_asserts_passed_incr(void)
{
}

void criterion_abort_test(void)
{
	end_run(HOW_NOTICED);
}

void criterion_continue_test(void)
{
	end_run(HOW_NOTICED);
}

void criterion_test_die(const char *message, ...)
{
	(void)message;
	end_run(HOW_NOTICED);
}

void criterion_skip_test(const char *format, ...)
{
	(void)format;
	end_run(HOW_SKIPPED);
}

#pragma GCC visibility pop
