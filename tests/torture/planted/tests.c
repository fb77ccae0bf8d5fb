/* SPDX-License-Identifier: MIT */
/* What tests/check/torture lets find; each is named after its verdict. */
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "bugs.h"

Test(planted, went_well)
{
	evert_free(bug_none());
}

Test(planted, noticed)
{
	int *memory = bug_none();

	cr_assert(memory != NULL);
	evert_free(memory);
}

Test(planted, test_went_on)
{
	int *memory = bug_none();

	bug_use(memory);
	evert_free(memory);
}

Test(planted, test_waited)
{
	int *memory = bug_none();

	while (!memory)
		pause();
	evert_free(memory);
}

Test(planted, REPORTED)
{
	evert_free(bug_null());
}

Test(planted, LEAKED)
{
	evert_free(bug_leak());
}

Test(planted, KEPT_DESCRIPTORS)
{
	evert_free(bug_descriptor());
}

Test(planted, HUNG)
{
	evert_free(bug_hang());
}
