/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/json_internal.h"

static char text[64];
static struct evert_json json;

static void begin(void)
{
	json = (struct evert_json){ text, text + sizeof(text) - 1 };
}

TestSuite(json, .init = begin);

static char *put_so_far(void)
{
	*json.at = '\0';
	return text;
}

static char *hash_of(uint64_t value)
{
	begin();
	evert_json_put_hash(&json, value);
	return put_so_far();
}

Test(json, a_number_is_written_as_printf_does)
{
	const uint64_t numbers[] = {
		0, 7, 10, 42, 99, 100, 305, 9876, 5432101234, UINT64_MAX,
	};
	char printed[32];
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		begin();
		evert_json_put_digits(&json, numbers[i]);
		snprintf(printed, sizeof(printed), "%" PRIu64, numbers[i]);
		cr_assert(eq(str, put_so_far(), printed));
	}
}

Test(json, a_hash_has_no_zeros_before_it)
{
	cr_assert(eq(str, hash_of(0), "\"0x0\""));
	cr_assert(eq(str, hash_of(0xf), "\"0xf\""));
	cr_assert(eq(str, hash_of(0x1050), "\"0x1050\""));
	cr_assert(eq(str, hash_of(UINT64_C(0xfedcba9876543210)),
		     "\"0xfedcba9876543210\""));
}
