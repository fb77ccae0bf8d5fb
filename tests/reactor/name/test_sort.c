/* SPDX-License-Identifier: MIT */
/* The examples of RFC 6724, 10.2; sources are given, and asked of the kernel. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/name/sort_internal.h"
#include "../../support/memory.h"
#include "../../support/system.h"

enum { MOST = 8 };

static struct evert_policies policies;
static struct evert_address addresses[MOST];
static struct evert_source sources[MOST];
static char sorted[512];

static void read_policies(const char *text)
{
	static char copy[1024];

	evert_policies_finish(&policies);
	strcpy(copy, text);
	cr_assert(evert_policies_read(&policies, copy) == 0);
}

static void begin(void)
{
	read_policies("");
}

static void finish(void)
{
	evert_policies_finish(&policies);
}

TestSuite(sort, .init = begin, .fini = finish);

static void parse(struct evert_address *address, const char *text)
{
	*address = (struct evert_address){ 0 };
	if (*text)
		cr_assert(evert_address_parse(address, text, 0) == 0);
}

static char *list(size_t count)
{
	char text[EVERT_ADDRESS_TEXT_SIZE];
	size_t i;

	sorted[0] = '\0';
	for (i = 0; i < count; i++) {
		evert_address_text(&addresses[i], text, sizeof(text));
		text[strlen(text) - 2] = '\0'; /* ":0" */
		strcat(strcat(sorted, text), " ");
	}
	return sorted;
}

/* Pairs of address and source ("": none), up to NULL. */
static char *sort(const char *first, ...)
{
	const char *text;
	size_t count = 0;
	va_list args;

	va_start(args, first);
	for (text = first; text; text = va_arg(args, const char *)) {
		parse(&addresses[count], text);
		sources[count] = (struct evert_source){ .bits = 24 };
		parse(&sources[count++].address, va_arg(args, const char *));
	}
	va_end(args);
	evert_sort_by(&policies, addresses, sources, count);
	return list(count);
}

Test(sort, rule_1_what_cannot_be_reached_is_last)
{
	cr_assert(eq(str, sort("2001:db8::1", "", "198.51.100.1", "192.0.2.1",
			       NULL),
		     "198.51.100.1 [2001:db8::1] "));
}

Test(sort, rule_2_prefers_a_source_of_the_same_scope)
{
	cr_assert(eq(str, sort("198.51.100.121", "169.254.13.78",
			       "2001:db8:1::1", "2001:db8:1::2", NULL),
		     "[2001:db8:1::1] 198.51.100.121 "));
	cr_assert(eq(str, sort("2001:db8:1::1", "fe80::2", "198.51.100.121",
			       "198.51.100.117", NULL),
		     "198.51.100.121 [2001:db8:1::1] "));
}

Test(sort, rule_5_prefers_a_source_of_the_same_label)
{
	cr_assert(eq(str, sort("2002:c633:6401::1", "2002:c633:6401::2",
			       "2001:db8:1::1", "2002:c633:6401::2", NULL),
		     "[2002:c633:6401::1] [2001:db8:1::1] "));
	cr_assert(eq(str, sort("2001:db8::1", "fd00::2", "192.0.2.77",
			       "192.0.2.2", NULL),
		     "192.0.2.77 [2001:db8::1] "));
}

Test(sort, rule_6_prefers_the_higher_precedence)
{
	cr_assert(eq(str, sort("10.1.2.3", "10.1.2.4", "2001:db8:1::1",
			       "2001:db8:1::2", NULL),
		     "[2001:db8:1::1] 10.1.2.3 "));
	cr_assert(eq(str, sort("2002:c633:6401::1", "2002:c633:6401::2",
			       "10.1.2.3", "10.1.2.4", NULL),
		     "10.1.2.3 [2002:c633:6401::1] "));
	cr_assert(eq(str, sort("fd00::9", "fd00::2", "10.1.2.3", "10.1.2.4",
			       NULL),
		     "10.1.2.3 [fd00::9] "));
}

Test(sort, rule_8_prefers_the_smaller_scope)
{
	cr_assert(eq(str, sort("2001:db8:1::1", "2001:db8:1::2", "fe80::1%1",
			       "fe80::2%1", NULL),
		     "[fe80::1%1] [2001:db8:1::1] "));
}

Test(sort, rule_9_prefers_the_longest_common_prefix)
{
	cr_assert(eq(str, sort("2001:db8:3ffe::1", "2001:db8:1::2",
			       "2001:db8:1::1", "2001:db8:1::2", NULL),
		     "[2001:db8:1::1] [2001:db8:3ffe::1] "));
}

Test(sort, rule_9_counts_ip4_within_a_network_of_ours_only)
{
	cr_assert(eq(str, sort("198.51.100.1", "192.0.2.2", "192.0.2.77",
			       "192.0.2.2", "192.0.2.3", "192.0.2.2", NULL),
		     "192.0.2.3 192.0.2.77 198.51.100.1 "));
	cr_assert(eq(str, sort("10.9.9.9", "10.1.2.4", "192.0.2.1", "10.1.2.4",
			       NULL),
		     "10.9.9.9 192.0.2.1 "));
}

Test(sort, rule_10_leaves_the_order)
{
	cr_assert(eq(str, sort("198.51.100.3", "192.0.2.2", "198.51.100.1",
			       "192.0.2.2", "198.51.100.2", "192.0.2.2", NULL),
		     "198.51.100.3 198.51.100.1 198.51.100.2 "));
	cr_assert(eq(str, sort("198.51.100.3", "", "198.51.100.1", "", NULL),
		     "198.51.100.3 198.51.100.1 "));
}

Test(sort, the_loopback_of_ip6_is_first)
{
	cr_assert(eq(str, sort("127.0.0.1", "127.0.0.1", "::1", "::1", NULL),
		     "[::1] 127.0.0.1 "));
}

/* ---- gai.conf ---- */

static uint32_t value(const struct evert_policy_table *table, const char *text)
{
	struct evert_address address;

	parse(&address, text);
	return evert_policy_of(table, &address);
}

Test(sort, has_the_table_of_the_rfc)
{
	static const struct {
		const char *address;
		uint32_t precedence, label;
	} rows[] = {
		{ "::1", 50, 0 },	  { "2001:db8::1", 40, 1 },
		{ "192.0.2.1", 35, 4 },	  { "2002::1", 30, 2 },
		{ "2001::1", 5, 5 },	  { "fd00::1", 3, 13 },
		{ "::192.0.2.1", 1, 3 },  { "fec0::1", 1, 11 },
		{ "3ffe::1", 1, 12 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_assert(eq(u32, value(&policies.precedences, rows[i].address),
			     rows[i].precedence));
		cr_assert(eq(u32, value(&policies.labels, rows[i].address),
			     rows[i].label));
	}
	cr_assert(eq(u32, value(&policies.scopes, "127.0.0.1"), 2));
	cr_assert(eq(u32, value(&policies.scopes, "169.254.1.1"), 2));
	cr_assert(eq(u32, value(&policies.scopes, "10.0.0.1"), 14));
}

Test(sort, gai_conf_replaces_a_table)
{
	read_policies("# precedence ::/0 1\nprecedence ::ffff:0:0/96 100\n"
		      "scopev4 ::ffff:10.0.0.0/104 5\nreload yes\n");
	cr_assert(eq(u32, value(&policies.precedences, "192.0.2.1"), 100));
	cr_assert(eq(u32, value(&policies.precedences, "::1"), 40));
	cr_assert(eq(u32, value(&policies.labels, "::1"), 0));
	cr_assert(eq(u32, value(&policies.scopes, "10.0.0.1"), 5));
	cr_assert(eq(u32, value(&policies.scopes, "127.0.0.1"), 14));
	cr_assert(eq(str, sort("2001:db8:1::1", "2001:db8:1::2", "10.1.2.3",
			       "10.1.2.4", NULL),
		     "10.1.2.3 [2001:db8:1::1] "));
}

Test(sort, gai_conf_with_nonsense_changes_nothing)
{
	read_policies("label\nlabel x/3 4\nlabel ::/129 4\nlabel ::/1x 4\n"
		      "label ::/1 4x\nprecedence 10.0.0.0/33 1\nlabels ::/0 9\n");
	cr_assert(eq(u32, value(&policies.labels, "::1"), 0));
	cr_assert(eq(u32, value(&policies.precedences, "10.0.0.1"), 35));
}

/* ---- Sources of this machine ---- */

static struct test_system names;

static void take(const char *first, const char *second)
{
	parse(&addresses[0], first);
	parse(&addresses[1], second);
}

Test(sort, asks_the_kernel_and_sends_nothing)
{
	test_system_init(&names);
	take("255.255.255.255", "127.0.0.2");
	evert_sort(&policies, &names.base, addresses, 2);
	cr_assert(eq(str, list(2), "127.0.0.2 255.255.255.255 "));
	cr_assert(eq(sz, names.plans[CALL_SOCKET].calls,
		     names.plans[CALL_CLOSE].calls));
	cr_assert(eq(sz, names.plans[CALL_SEND].calls, 0));
}

Test(sort, a_single_address_needs_no_question)
{
	test_system_init(&names);
	take("192.0.2.1", "192.0.2.2");
	evert_sort(&policies, &names.base, addresses, 1);
	cr_assert(eq(sz, names.plans[CALL_SOCKET].calls, 0));
}

static void sort_two(struct test_system *system)
{
	take("127.0.0.1", "::1");
	evert_sort(&policies, &system->base, addresses, 2);
}

Test(sort, survives_every_call_that_fails)
{
	fail_every_call(CALL_SOCKET, EMFILE, NULL, sort_two);
	fail_every_call(CALL_CONNECT, ENETUNREACH, NULL, sort_two);
	fail_every_call(CALL_GETSOCKNAME, ENOBUFS, NULL, sort_two);
}

static void read_and_sort(void *arg)
{
	char text[] = "label ::/1 3\nscopev4 10.0.0.0/8 2\n";
	struct evert_policies some;

	(void)arg;
	if (!evert_policies_read(&some, text)) {
		take("127.0.0.1", "127.0.0.2");
		evert_sort(&some, evert_system_real(), addresses, 2);
	}
	evert_policies_finish(&some);
}

Test(sort, loses_nothing_when_memory_runs_out)
{
	fail_every_allocation(read_and_sort, NULL);
}
