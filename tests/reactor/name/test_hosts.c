/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/name/hosts_internal.h"
#include "../../support/memory.h"

static char found[256];

/* The addresses of a name, and each line's canonical name. */
static const char *find(const char *text, const char *name)
{
	struct evert_hosts *hosts = evert_hosts_create(text);
	const struct evert_hosts_entry *entry;
	char address[EVERT_ADDRESS_TEXT_SIZE];

	cr_assert(hosts != NULL);
	found[0] = '\0';
	for (entry = evert_hosts_find(hosts, name); entry;
	     entry = evert_hosts_next(entry)) {
		evert_address_text(&entry->address, address, sizeof(address));
		strcat(strcat(found, address), " ");
		strcat(strcat(found, entry->canonical), " ");
	}
	evert_hosts_destroy(hosts);
	return found;
}

Test(hosts, p76_finds_the_name_and_its_aliases)
{
	static const char text[] = "192.0.2.1 a.example a b\n";

	cr_assert(eq(str, (char *)find(text, "a.example"),
		     "192.0.2.1:0 a.example "));
	cr_assert(eq(str, (char *)find(text, "b"), "192.0.2.1:0 a.example "));
	cr_assert(eq(str, (char *)find(text, "c"), ""));
}

Test(hosts, gives_all_addresses_of_a_name_in_the_files_order)
{
	cr_assert(eq(str,
		     (char *)find("192.0.2.1 a\n2001:db8::1 a\n192.0.2.3 b\n"
				  "192.0.2.2 x a",
				  "a"),
		     "192.0.2.1:0 a [2001:db8::1]:0 a 192.0.2.2:0 x "));
}

Test(hosts, knows_names_in_any_case)
{
	cr_assert(eq(str, (char *)find("192.0.2.1 Mixed.Example\n",
				       "mIXED.eXAMPLE"),
		     "192.0.2.1:0 Mixed.Example "));
}

Test(hosts, a_dot_at_the_end_is_another_name)
{
	cr_assert(eq(str, (char *)find("192.0.2.1 a\n", "a."), ""));
}

Test(hosts, comments_blanks_and_ends_of_lines_do_not_matter)
{
	static const char text[] = "# 192.0.2.9 a\n\n \t 192.0.2.1\t a  b # c\r\n"
				   "\r\n192.0.2.2 a\r\n";

	cr_assert(eq(str, (char *)find(text, "a"),
		     "192.0.2.1:0 a 192.0.2.2:0 a "));
	cr_assert(eq(str, (char *)find(text, "b"), "192.0.2.1:0 a "));
	cr_assert(eq(str, (char *)find(text, "c"), ""));
	cr_assert(eq(str, (char *)find(text, "#"), ""));
}

Test(hosts, lines_that_do_not_begin_with_an_address_are_none)
{
	static const char text[] = "127.1 a\n0x7f.0.0.1 a\nfe80::1%lo a\na a\n"
				   "192.0.2.1.2 a\n 192.0.2.1\n::1 b\n";

	cr_assert(eq(str, (char *)find(text, "a"), ""));
	cr_assert(eq(str, (char *)find(text, "b"), "[::1]:0 b "));
}

Test(hosts, an_empty_file_has_no_names)
{
	cr_assert(eq(str, (char *)find("", "a"), ""));
	cr_assert(eq(str, (char *)find("\n", ""), ""));
}

Test(hosts, finds_each_of_many)
{
	static char text[200000];
	char name[32], wanted[64];
	size_t length = 0;
	unsigned i;

	for (i = 0; i < 5000; i++)
		length += (size_t)sprintf(text + length, "10.0.%u.%u n%u x\n",
					  i / 256, i % 256, i);
	for (i = 0; i < 5000; i += 500) {
		sprintf(name, "n%u", i);
		sprintf(wanted, "10.0.%u.%u:0 n%u ", i / 256, i % 256, i);
		cr_assert(eq(str, (char *)find(text, name), wanted));
	}
}

static void read_some(void *arg)
{
	(void)arg;
	evert_hosts_destroy(evert_hosts_create("192.0.2.1 a b\n::1 c\n"));
}

Test(hosts, without_memory_there_are_none)
{
	fail_every_allocation(read_some, NULL);
}
