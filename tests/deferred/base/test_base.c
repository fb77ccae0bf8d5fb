/* SPDX-License-Identifier: MIT */
#include "../../../deferred/base/version.h"
#include "../../../deferred/deferred.h"

#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(base);

struct outer {
	int first;
	struct {
		char inner;
		double member;
	} nested;
};

Test(base, container_of_finds_the_structure_of_a_member)
{
	struct outer outer;
	const double *member = &outer.nested.member;

	cr_assert(eq(ptr, evert_container_of(member, struct outer,
					     nested.member),
		     &outer));
}

#define names(...) EVERT_NAME_OF(__VA_ARGS__), EVERT_NAME_OF_SECOND(__VA_ARGS__)

Test(base, the_name_of_an_argument_is_its_text)
{
	const char *texts[] = { names(first, second(1), { 1, 2 }) };

	cr_assert(eq(str, (char *)texts[0], "first"));
	cr_assert(eq(str, (char *)texts[1], "second(1)"));
}

struct pair {
	int a, b;
};

static struct evert_result add(struct evert_result *in, void *arg)
{
	const struct pair *pair = arg;

	return evert_result_integer(evert_result_as_integer(in) + pair->a +
				    pair->b);
}

Test(base, macros_take_compound_literals)
{
	struct evert_deferred *d =
		evert_deferred_create_fired((struct evert_result){
			&evert_type_integer, { .integer = 1 } });

	evert_deferred_add_callback(d, add, &(struct pair){ 2, 3 });
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     6));
	evert_deferred_release(d);
}

Test(base, the_library_and_its_header_are_of_one_version)
{
	int major, minor, patch;

	cr_assert(eq(str, (char *)evert_version(), EVERT_VERSION));
	cr_assert(eq(int, evert_version_number(), EVERT_VERSION_NUMBER));
	cr_assert(eq(int, sscanf(EVERT_VERSION, "%d.%d.%d", &major, &minor,
				 &patch),
		     3));
	cr_assert(eq(int, major * 10000 + minor * 100 + patch,
		     EVERT_VERSION_NUMBER));
}
