/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/backoff.h"

static void expect_between(struct evert_backoff *backoff, double least,
			   double most)
{
	double seconds = evert_backoff_next(backoff);

	cr_assert(seconds >= least && seconds <= most, "%g is not in %g to %g",
		  seconds, least, most);
}

Test(backoff, grows_by_the_factor_up_to_the_most)
{
	struct evert_backoff backoff = { .first = 1, .most = 10, .factor = 2 };

	expect_between(&backoff, 0.5, 1);
	expect_between(&backoff, 1, 2);
	expect_between(&backoff, 2, 4);
	expect_between(&backoff, 4, 8);
	expect_between(&backoff, 5, 10);
	expect_between(&backoff, 5, 10);
}

Test(backoff, all_zero_has_the_defaults)
{
	struct evert_backoff backoff = { .first = 0 };
	int i;

	expect_between(&backoff, 0.5, 1);
	expect_between(&backoff, 0.75, 1.5);
	for (i = 0; i < 10000; i++)
		evert_backoff_next(&backoff);
	expect_between(&backoff, 30, 60);
}

Test(backoff, begins_anew_after_it_worked)
{
	struct evert_backoff backoff = { .first = 0.1 };
	int i;

	for (i = 0; i < 20; i++)
		evert_backoff_next(&backoff);
	evert_backoff_reset(&backoff);
	expect_between(&backoff, 0.05, 0.1);
}

Test(backoff, a_first_above_the_most_is_the_most)
{
	struct evert_backoff backoff = { .first = 100, .most = 1 };

	expect_between(&backoff, 0.5, 1);
}

Test(backoff, a_factor_of_one_never_grows)
{
	struct evert_backoff backoff = { .first = 2, .factor = 1 };
	int i;

	for (i = 0; i < 2000; i++)
		expect_between(&backoff, 1, 2);
}

/* In a thousand tries each tenth of the range is met. */
Test(backoff, chance_takes_all_of_its_range)
{
	struct evert_backoff backoff = { .first = 1, .factor = 1 };
	unsigned met[10] = { 0 };
	int i;

	for (i = 0; i < 1000; i++)
		met[(int)((evert_backoff_next(&backoff) - 0.5) * 20)]++;
	for (i = 0; i < 10; i++)
		cr_assert(met[i] > 50, "%u times in tenth %d", met[i], i);
}

/* Of splitmix64 from 1234567, as its authors' program gives them. */
Test(backoff, chance_is_splitmix64)
{
	static const uint64_t known[] = {
		6457827717110365317,
		3203168211198807973,
		9817491932198370423U,
		4593380528125082431,
		16408922859458223821U,
	};
	struct evert_backoff backoff = {
		.first = 2, .factor = 1, .random = 1234567
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_assert(eq(dbl, evert_backoff_next(&backoff),
			     1 + (double)(known[i] >> 11) / 0x1p53));
}

Test(backoff, the_same_seed_gives_the_same_and_others_do_not)
{
	struct evert_backoff a = { .random = 1 }, b = { .random = 1 };
	struct evert_backoff c = { .random = 2 }, d = { .random = 0 };
	double first = evert_backoff_next(&a);

	cr_assert(first == evert_backoff_next(&b));
	cr_assert(first != evert_backoff_next(&c));
	cr_assert(first != evert_backoff_next(&d));
}
