/* SPDX-License-Identifier: MIT */
/* Does somebody want to know what runs? */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/probe_internal.h"

Test(observe, nobody_does_at_first)
{
	cr_assert(not(evert_is_observed()));
	cr_assert(not(evert_is_probed()));
}

Test(observe, whoever_begins_is_seen_until_he_ends)
{
	evert_observe(EVERT_OBSERVED_BY_TRACE);
	evert_observe(EVERT_OBSERVED_BY_SLOW);
	cr_assert(evert_observe_no_more(EVERT_OBSERVED_BY_TRACE));
	cr_assert(not(evert_is_observed_by(EVERT_OBSERVED_BY_TRACE)));
	cr_assert(evert_is_observed_by(EVERT_OBSERVED_BY_SLOW));
	cr_assert(evert_is_observed());
	cr_assert(evert_observe_no_more(EVERT_OBSERVED_BY_SLOW));
	cr_assert(not(evert_is_observed()));
}

Test(observe, whoever_ends_twice_is_told)
{
	evert_observe(EVERT_OBSERVED_BY_TRACE);
	evert_observe_no_more(EVERT_OBSERVED_BY_TRACE);
	cr_assert(not(evert_observe_no_more(EVERT_OBSERVED_BY_TRACE)));
}

/* As the kernel does, for any of the probes. */
Test(observe, a_tracer_of_any_probe_is_counted)
{
	evert_write_semaphore++;
	evert_turn__begin_semaphore++;
	cr_assert(evert_is_observed());
	cr_assert(evert_is_probed());
	cr_assert(not(evert_is_observed_by(EVERT_OBSERVED_BY_TRACE |
					   EVERT_OBSERVED_BY_SLOW)));
	evert_write_semaphore--;
	cr_assert(evert_is_observed());
	evert_turn__begin_semaphore--;
	cr_assert(not(evert_is_observed()));
}
