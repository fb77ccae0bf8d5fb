/* SPDX-License-Identifier: MIT */
/* Which names a certificate can be for, and as what they are checked. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/tls/session_internal.h"

static char checked[EVERT_TLS_NAME_SIZE];

/* As what, or why not. */
static char *check(const char *name)
{
	static char why[512];
	struct evert_failure *failure = evert_tls_name_check(name, checked);
	char *reason;

	if (!failure)
		return checked;
	snprintf(why, sizeof(why), "%s", failure->message);
	evert_failure_release(failure);
	reason = strstr(why, "\": ");
	return reason ? reason + 3 : why;
}

Test(tls_name, a_host_s_name_is_checked_as_it_is)
{
	cr_assert(eq(str, check("a"), "a"));
	cr_assert(eq(str, check("a.b"), "a.b"));
	cr_assert(eq(str, check("az.AZ.09.x-_y"), "az.AZ.09.x-_y"));
}

Test(tls_name, a_trailing_dot_is_left_out_and_one_only)
{
	cr_assert(eq(str, check("a.example."), "a.example"));
	cr_assert(strncmp(check("a.example.."), "it is neither", 13) == 0);
}

Test(tls_name, what_is_no_host_s_name_is_told)
{
	static const char *const wrong[] = { "a..b", "a/b", "a:b", "a@b",
					     "a[b", "a`b", "a{b", "*.b" };
	size_t i;

	cr_assert(eq(str, check(""), "the name is empty"));
	cr_assert(eq(str, check(".a"), "the name begins with a dot"));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert(strncmp(check(wrong[i]), "it is neither", 13) == 0,
			  "%s", wrong[i]);
}

Test(tls_name, an_address_is_checked_without_its_scope)
{
	cr_assert(eq(str, check("192.0.2.1"), "192.0.2.1"));
	cr_assert(eq(str, check("fe80::1%eth0"), "fe80::1"));
	cr_assert(strncmp(check("a.example%eth0"), "it is neither", 13) == 0);
}

Test(tls_name, the_longest_fits_and_one_more_does_not)
{
	char name[EVERT_TLS_NAME_SIZE + 1];

	memset(name, 'a', sizeof(name));
	name[EVERT_TLS_NAME_SIZE - 1] = '\0';
	cr_assert(eq(str, check(name), name));
	name[EVERT_TLS_NAME_SIZE - 1] = 'a';
	name[EVERT_TLS_NAME_SIZE] = '\0';
	cr_assert(eq(str, check(name), "the name is too long"));
}
