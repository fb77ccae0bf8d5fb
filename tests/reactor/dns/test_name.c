/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dns/name_internal.h"

static uint8_t name[EVERT_DNS_NAME_SIZE];
static uint8_t other[EVERT_DNS_NAME_SIZE];
static char text[EVERT_DNS_NAME_TEXT_SIZE];

/* Reads a name and writes it again. */
static char *again(const char *given)
{
	cr_assert(eq(int, evert_dns_name_parse(name, given, NULL), 0), "%s",
		  given);
	return (char *)evert_dns_name_text(name, text, sizeof(text));
}

static const uint8_t *a(const char *given)
{
	cr_assert(eq(int, evert_dns_name_parse(name, given, NULL), 0));
	return name;
}

static const uint8_t *b(const char *given)
{
	cr_assert(eq(int, evert_dns_name_parse(other, given, NULL), 0));
	return other;
}

static int refused(const char *given)
{
	return evert_dns_name_parse(name, given, NULL);
}

/* `count` labels of `size` letters each. */
static const char *labels(int count, int size)
{
	static char made[1024];
	size_t at = 0;

	for (int i = 0; i < count; i++) {
		for (int j = 0; j < size; j++)
			made[at++] = 'x';
		made[at++] = '.';
	}
	made[at] = '\0';
	return made;
}

Test(dns_name, reads_and_writes_text_with_a_dot_at_the_end)
{
	cr_assert(eq(str, again("www.example.org."), "www.example.org."));
	cr_assert(eq(str, again("www.Example.org"), "www.Example.org."));
	cr_assert(eq(str, again("."), "."));
	cr_assert(eq(sz, evert_dns_name_length(name), 1));
	cr_assert(eq(str, again("a"), "a."));
	cr_assert(eq(int, memcmp(name, "\1a", 3), 0));
}

Test(dns_name, escapes_what_would_be_read_otherwise)
{
	cr_assert(eq(str, again("a\\.b.c"), "a\\.b.c."));
	cr_assert(eq(u8, name[0], 3));
	cr_assert(eq(str, again("\\000\\255\\032x"), "\\000\\255\\032x."));
	cr_assert(eq(str, again("\\\\\\\"\\(\\)\\;\\@\\$\\q"),
		     "\\\\\\\"\\(\\)\\;\\@\\$q."));
	cr_assert(eq(str, again("a\\065b"), "aAb."));
}

Test(dns_name, goes_on_with_its_origin_unless_it_ends_with_a_dot)
{
	evert_dns_name_parse(other, "example.org.", NULL);
	cr_assert(eq(int, evert_dns_name_parse(name, "www", other), 0));
	cr_assert(eq(str, (char *)evert_dns_name_text(name, text, 99),
		     "www.example.org."));
	cr_assert(eq(int, evert_dns_name_parse(name, "www.", other), 0));
	cr_assert(eq(str, (char *)evert_dns_name_text(name, text, 99), "www."));
	cr_assert(eq(int, evert_dns_name_parse(name, ".", other), 0));
	cr_assert(eq(str, (char *)evert_dns_name_text(name, text, 99), "."));
	cr_assert(eq(int, evert_dns_name_parse(name, "x\\.", other), 0));
	cr_assert(eq(str, (char *)evert_dns_name_text(name, text, 99),
		     "x\\..example.org."));
}

Test(dns_name, refuses_text_that_is_no_name)
{
	cr_assert(eq(int, refused(""), -EINVAL));
	cr_assert(eq(int, refused("a..b"), -EINVAL));
	cr_assert(eq(int, refused(".a"), -EINVAL));
	cr_assert(eq(int, refused(".."), -EINVAL));
	cr_assert(eq(int, refused("a\\"), -EINVAL));
	cr_assert(eq(int, refused("a\\25"), -EINVAL));
	cr_assert(eq(int, refused("a\\256"), -EINVAL));
	cr_assert(eq(int, refused("a\\2x5"), -EINVAL));
}

Test(dns_name, has_labels_of_63_and_255_bytes_at_most)
{
	cr_assert(eq(int, refused(labels(1, 63)), 0));
	cr_assert(eq(int, refused(labels(1, 64)), -ENAMETOOLONG));
	cr_assert(eq(int, refused(labels(127, 1)), 0));
	cr_assert(eq(sz, evert_dns_name_length(name), 255));
	cr_assert(eq(uint, evert_dns_name_labels(name), 127));
	cr_assert(eq(int, refused(labels(128, 1)), -ENAMETOOLONG));
	cr_assert(eq(int, refused(labels(4, 62)), 0));
	cr_assert(eq(int, refused(labels(4, 63)), -ENAMETOOLONG));
	cr_assert(eq(int, evert_dns_name_parse(name, "ab", a(labels(126, 1))),
		     -ENAMETOOLONG));
}

Test(dns_name, is_too_long_by_its_last_label)
{
	struct evert_dns_problem problem;
	char given[256];

	/* 255 bytes, and none for the root. */
	memset(given, 'x', sizeof(given));
	given[63] = given[127] = given[191] = '.';
	cr_assert(eq(int, evert_dns_name_parse_span(name, given, 192 + 62, NULL,
						    &problem),
		     -ENAMETOOLONG));
	cr_assert(eq(sz, problem.at, 192));
	cr_assert(eq(int, evert_dns_name_parse_span(name, given, 192 + 61, NULL,
						    &problem),
		     0));
}

Test(dns_name, has_a_text_of_1004_bytes_at_most)
{
	const int sizes[] = { 63, 63, 63, 61 };
	size_t at = 0;

	for (size_t i = 0; i < 4; i++) {
		name[at] = (uint8_t)sizes[i];
		memset(name + at + 1, 0xff, (size_t)sizes[i]);
		at += 1 + (size_t)sizes[i];
	}
	name[at] = 0;
	cr_assert(eq(sz, evert_dns_name_length(name), 255));
	evert_dns_name_text(name, text, sizeof(text));
	cr_assert(eq(sz, strlen(text), EVERT_DNS_NAME_TEXT_SIZE - 1));
	cr_assert(eq(int, evert_dns_name_parse(other, text, NULL), 0));
	cr_assert(evert_dns_name_is_equal(name, other));
	evert_dns_name_text(name, text, 6);
	cr_assert(eq(str, text, "\\255\\"));
}

Test(dns_name, is_equal_whatever_the_case_of_its_letters)
{
	cr_assert(evert_dns_name_is_equal(a("www.EXAMPLE.org"),
					  b("WWW.example.ORG.")));
	cr_assert(eq(u32, evert_dns_name_hash(name, 7),
		     evert_dns_name_hash(other, 7)));
	cr_assert(ne(u32, evert_dns_name_hash(name, 7),
		     evert_dns_name_hash(other, 8)));
	cr_assert(not(evert_dns_name_is_equal(a("a.b"), b("a\\.b"))));
	cr_assert(not(evert_dns_name_is_equal(a("www"), b("www.x"))));
	cr_assert(not(evert_dns_name_is_equal(a("."), b("x"))));
	evert_dns_name_fold((uint8_t *)a("WwW.Z-A"));
	cr_assert(eq(int, memcmp(name, "\3www\3z-a", 9), 0));
}

Test(dns_name, only_letters_have_another_case)
{
	uint8_t one[] = { 1, 0, 0 };
	uint8_t two[] = { 1, 0, 0 };
	uint8_t long_one[] = {
		9, '1', '2', '3', '4', '5', '6', '7', '8', 0, 0
	};
	uint8_t long_two[] = {
		9, '1', '2', '3', '4', '5', '6', '7', '8', 0, 0
	};

	for (int x = 0; x < 256; x++) {
		for (int y = 0; y < 256; y++) {
			bool same = x == y ||
				    (x >= 'A' && x <= 'Z' && y == x + 32) ||
				    (y >= 'A' && y <= 'Z' && x == y + 32);

			one[1] = long_one[5] = (uint8_t)x;
			two[1] = long_two[5] = (uint8_t)y;
			cr_assert(evert_dns_name_is_equal(one, two) == same);
			cr_assert(evert_dns_name_is_equal(long_one, long_two) ==
				  same);
			cr_assert(same == !evert_dns_name_compare(one, two));
		}
	}
}

Test(dns_name, is_below_itself_and_what_it_ends_with)
{
	cr_assert(
		evert_dns_name_is_below(a("a.Example.org"), b("example.org")));
	cr_assert(evert_dns_name_is_below(a("example.org"), b("example.org")));
	cr_assert(evert_dns_name_is_below(a("example.org"), b(".")));
	cr_assert(evert_dns_name_is_below(a("."), b(".")));
	cr_assert(not(
		evert_dns_name_is_below(a("xexample.org"), b("example.org"))));
	cr_assert(not(evert_dns_name_is_below(a("org"), b("example.org"))));
	cr_assert(not(evert_dns_name_is_below(a("a\\011example.org"),
					      b("example.org"))));
}

Test(dns_name, has_parents_up_to_the_root)
{
	const uint8_t *at = a("a.b");

	at = evert_dns_name_parent(at);
	cr_assert(evert_dns_name_is_equal(at, b("b")));
	at = evert_dns_name_parent(at);
	cr_assert(evert_dns_name_is_equal(at, b(".")));
	cr_assert(eq(ptr, (void *)evert_dns_name_parent(at), (void *)at));
}

/* The list of RFC 4034, 6.1. */
Test(dns_name, is_ordered_from_the_right)
{
	static const char *const order[] = {
		".",	       "example",
		"a.example",   "yljkjljk.a.example",
		"Z.a.example", "zABC.a.EXAMPLE",
		"z.example",   "\\001.z.example",
		"*.z.example", "\\200.z.example",
	};
	const size_t count = sizeof(order) / sizeof(order[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int found = evert_dns_name_compare(a(order[i]),
							   b(order[j]));

			cr_assert(eq(int, (found > 0) - (found < 0),
				     (i > j) - (i < j)),
				  "%s %s", order[i], order[j]);
		}
	}
}

/* A message with these bytes from byte 12 on. */
static uint8_t message[600];
static size_t message_length;
static struct evert_dns_problem problem;

static void put(const void *bytes, size_t length)
{
	memset(message, 0, sizeof(message));
	memcpy(message + 12, bytes, length);
	message_length = 12 + length;
}

static int read_at(size_t at, size_t *end)
{
	*end = at;
	return evert_dns_name_read(name, message, message_length, end,
				   &problem);
}

static void is_refused_at(size_t at, size_t where, const char *why)
{
	size_t end;

	cr_assert(eq(int, read_at(at, &end), -EBADMSG));
	cr_assert(eq(str, (char *)problem.text, (char *)why));
	cr_assert(eq(sz, problem.at, where));
}

Test(dns_name, is_read_from_a_message_through_its_pointers)
{
	size_t end;

	/*   12: org  17: www -> 12  23: x -> 17  27: -> 23 */
	put("\3org\0\3www\xc0\14\1x\xc0\21\xc0\27", 18);
	cr_assert(eq(int, read_at(12, &end), 0));
	cr_assert(eq(sz, end, 17));
	cr_assert(eq(int, read_at(17, &end), 0));
	cr_assert(eq(sz, end, 23));
	cr_assert(evert_dns_name_is_equal(name, b("www.org")));
	cr_assert(eq(int, read_at(27, &end), 0));
	cr_assert(eq(sz, end, 29));
	cr_assert(evert_dns_name_is_equal(name, b("x.www.org")));
}

Test(dns_name, is_read_with_labels_of_63_bytes)
{
	size_t end;

	a(labels(3, 63));
	put(name, 3 * 64 + 1);
	cr_assert(eq(int, read_at(12, &end), 0));
	cr_assert(eq(sz, end, 12 + 3 * 64 + 1));
	cr_assert(evert_dns_name_is_equal(name, b(labels(3, 63))));
}

Test(dns_name, with_a_pointer_that_does_not_point_back_is_refused)
{
	put("\xc0\14", 2); /* to itself */
	is_refused_at(12, 12, "a pointer that does not point back");
	put("\1a\xc0\14", 4); /* to its own beginning: a.a.a.a... */
	is_refused_at(12, 14, "a pointer that does not point back");
	put("\1a\xc0\20\xc0\14", 6); /* two in a ring */
	is_refused_at(16, 14, "a pointer that does not point back");
	put("\xc0\0", 2);
	is_refused_at(12, 12, "a pointer into the header");
}

Test(dns_name, cut_off_anywhere_is_refused)
{
	put("\3org\xc0", 5);
	is_refused_at(12, 16, "half a pointer at the end");
	message_length = 16;
	is_refused_at(12, 16, "a name without its end");
	message_length = 15;
	is_refused_at(12, 12, "a label without its end");
	message_length = 12;
	is_refused_at(12, 12, "a name without its end");
	put("\x40zzz", 4);
	is_refused_at(12, 12, "a label of unknown kind");
	put("\x80zzz", 4);
	is_refused_at(12, 12, "a label of unknown kind");
}

Test(dns_name, too_long_by_its_pointers_is_refused)
{
	uint8_t bytes[300] = { 0 };
	size_t end;

	/* 127 labels of one byte at 12, and one label that points to them. */
	for (size_t i = 0; i < 127; i++)
		bytes[2 * i] = 1;
	memcpy(bytes + 255, "\1y\xc0\14", 4);
	put(bytes, 259);
	cr_assert(eq(int, read_at(12, &end), 0));
	cr_assert(eq(sz, evert_dns_name_length(name), 255));
	is_refused_at(12 + 255, 12 + 252, "a name of more than 255 bytes");
	message[12 + 258] = 14;
	cr_assert(eq(int, read_at(12 + 255, &end), 0));
}
