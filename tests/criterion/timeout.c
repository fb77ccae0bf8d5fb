/* SPDX-License-Identifier: MIT */
/*
 * A test that hangs fails after a minute. Criterion's --timeout only shortens
 * the time of tests that name one; this gives one to those that don't.
 */
#include <criterion/criterion.h>
#include <criterion/hooks.h>

#include "timeout.h"

ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
	FOREACH_SET (struct criterion_suite_set *suite, set->suites) {
		const struct criterion_test_extra_data *data =
			suite->suite.data;

		if (!suite->tests || (data && data->timeout > 0))
			continue;
		FOREACH_SET (struct criterion_test *test, suite->tests) {
			if (!(test->data->timeout > 0))
				test->data->timeout = DEFAULT_TIMEOUT;
		}
	}
}
