/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/address.h"

static struct evert_address address;
static char text[EVERT_ADDRESS_TEXT_SIZE];

/* Reads an address and writes it again. */
static char *again(const char *host, uint16_t port)
{
	cr_assert(eq(int, evert_address_parse(&address, host, port), 0), "%s",
		  host);
	return (char *)evert_address_text(&address, text, sizeof(text));
}

static int refused(const char *host)
{
	return evert_address_parse(&address, host, 80);
}

Test(address, reads_and_writes_ipv4)
{
	cr_assert(eq(str, again("127.0.0.1", 9999), "127.0.0.1:9999"));
	cr_assert(eq(int, address.as.any.sa_family, AF_INET));
	cr_assert(eq(sz, address.length, sizeof(struct sockaddr_in)));
	cr_assert(eq(str, again("0.0.0.0", 0), "0.0.0.0:0"));
	cr_assert(eq(str, again("255.255.255.255", 65535),
		     "255.255.255.255:65535"));
}

Test(address, reads_and_writes_ipv6_in_brackets)
{
	cr_assert(eq(str, again("::1", 80), "[::1]:80"));
	cr_assert(eq(int, address.as.any.sa_family, AF_INET6));
	cr_assert(eq(sz, address.length, sizeof(struct sockaddr_in6)));
	cr_assert(
		eq(str, again("2001:DB8:0:0:0:0:0:1", 80), "[2001:db8::1]:80"));
	cr_assert(eq(str, again("::ffff:1.2.3.4", 80), "[::ffff:1.2.3.4]:80"));
	cr_assert(eq(str,
		     again("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 1),
		     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1"));
}

Test(address, reads_a_scope_as_the_number_or_the_name_of_an_interface)
{
	cr_assert(eq(str, again("fe80::1%7", 80), "[fe80::1%7]:80"));
	cr_assert(eq(u32, address.as.ip6.sin6_scope_id, 7));
	cr_assert(eq(str, again("fe80::1%lo", 80), "[fe80::1%1]:80"));
	cr_assert(eq(str, again("fe80::1%4294967295", 80),
		     "[fe80::1%4294967295]:80"));
}

Test(address, refuses_what_is_no_scope)
{
	const char *const wrong[] = {
		"fe80::1%",
		"fe80::1%0",
		"fe80::1%no-such-interface",
		"fe80::1%4294967296",
		"fe80::1%-1",
		"fe80::1% 1",
		"fe80::1%+1",
		"fe80::1%1x",
		"fe80::1%18446744073709551617",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert(eq(int, refused(wrong[i]), -EINVAL), "%s", wrong[i]);
}

Test(address, refuses_names_and_what_is_neither)
{
	const char *const wrong[] = {
		"",	     "localhost", "1.2.3",	  "1.2.3.256",
		"1.2.3.4.5", "1.2.3.4 ",  " 1.2.3.4",	  "1.2.3.4%1",
		":",	     ":::",	  "[::1]",	  "::1::",
		"12345::",   "::g",	  "127.0.0.1:80", "1:2:3:4:5:6:7:8:9",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert(eq(int, refused(wrong[i]), -EINVAL), "%s", wrong[i]);
}

Test(address, refuses_a_text_longer_than_any_address)
{
	char host[200];

	memset(host, '1', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	cr_assert(eq(int, refused(host), -EINVAL));
	host[4] = ':';
	cr_assert(eq(int, refused(host), -EINVAL));
}

Test(address, tells_its_port)
{
	again("127.0.0.1", 9999);
	cr_assert(eq(u16, evert_address_port(&address), 9999));
	again("::1", 65535);
	cr_assert(eq(u16, evert_address_port(&address), 65535));
	address = (struct evert_address){
		.length = sizeof(struct sockaddr_un),
		.as.local.sun_family = AF_UNIX,
	};
	cr_assert(eq(u16, evert_address_port(&address), 0));
	address.length = 0;
	cr_assert(eq(u16, evert_address_port(&address), 0));
}

Test(address, its_port_is_set_where_it_has_one)
{
	again("127.0.0.1", 0);
	evert_address_set_port(&address, 9999);
	cr_assert(eq(str, (char *)evert_address_text(&address, text,
						     sizeof(text)),
		     "127.0.0.1:9999"));
	again("fe80::1%7", 1);
	evert_address_set_port(&address, 65535);
	cr_assert(eq(str, (char *)evert_address_text(&address, text,
						     sizeof(text)),
		     "[fe80::1%7]:65535"));
	evert_address_unix(&address, "/a/path", 7);
	evert_address_set_port(&address, 0x2a2a);
	cr_assert(eq(str, (char *)evert_address_text(&address, text,
						     sizeof(text)),
		     "unix:/a/path"));
}

static char *host_again(const char *host, size_t size)
{
	again(host, 80);
	return (char *)evert_address_host_text(&address, text, size);
}

Test(address, writes_the_host_alone_as_it_is_read)
{
	cr_assert(eq(str, host_again("192.0.2.1", sizeof(text)), "192.0.2.1"));
	cr_assert(eq(str, host_again("2001:DB8::1", sizeof(text)),
		     "2001:db8::1"));
	cr_assert(eq(str, host_again("fe80::1%4294967295", sizeof(text)),
		     "fe80::1%4294967295"));
	cr_assert(eq(str,
		     host_again("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
				"%4294967295",
				sizeof(text)),
		     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295"));
	cr_assert(eq(str, host_again("192.0.2.1", 4), "192"));
	evert_address_unix(&address, "/a/path", 7);
	cr_assert(eq(str, (char *)evert_address_host_text(&address, text,
							  sizeof(text)),
		     ""));
	address.length = 0;
	cr_assert(eq(str, (char *)evert_address_host_text(&address, text,
							  sizeof(text)),
		     ""));
}

/* ---- Texts of the others ---- */

static char *local(const char *path, size_t length)
{
	memset(&address, 0, sizeof(address));
	address.as.local.sun_family = AF_UNIX;
	memcpy(address.as.local.sun_path, path, length);
	address.length =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	return (char *)evert_address_text(&address, text, sizeof(text));
}

Test(address, writes_a_path_an_abstract_name_and_none)
{
	cr_assert(eq(str, local("/run/x", 7), "unix:/run/x"));
	cr_assert(eq(str, local("\0name", 5), "unix-abstract:name"));
	cr_assert(eq(str, local("", 0), "unix:"));
}

Test(address, writes_a_path_that_fills_its_place)
{
	char path[sizeof(address.as.local.sun_path)];
	char expected[EVERT_ADDRESS_TEXT_SIZE] = "unix:";

	memset(path, 'p', sizeof(path));
	memset(expected + strlen(expected), 'p', sizeof(path));
	cr_assert(eq(str, local(path, sizeof(path)), expected));
}

Test(address, p80_writes_no_control_characters)
{
	cr_assert(eq(str, local("/a\n\x1b\x7f\\", 6),
		     "unix:/a\\x0a\\x1b\\x7f\\"));
	cr_assert(eq(str, local("\0a\0", 3), "unix-abstract:a\\x00"));
}

Test(address, writes_the_longest_text_there_is)
{
	char path[sizeof(address.as.local.sun_path)];

	memset(path, 1, sizeof(path));
	*path = 0;
	cr_assert(eq(sz, strlen(local(path, sizeof(path))),
		     strlen("unix-abstract:") + 4 * (sizeof(path) - 1)));
}

/* ---- UNIX sockets ---- */

static int unix_address(const char *path, size_t length)
{
	return evert_address_unix(&address, path, length);
}

Test(address, p80_takes_a_path_that_fills_its_place)
{
	char path[sizeof(address.as.local.sun_path) + 1];
	size_t length;

	memset(path, 'p', sizeof(path));
	cr_assert(eq(int, unix_address(path, sizeof(path)), -ENAMETOOLONG));
	cr_assert(eq(int, unix_address(path, sizeof(path) - 1), 0));
	cr_assert(eq(sz, address.length, sizeof(struct sockaddr_un)));
	cr_assert(eq(ptr, (void *)evert_address_path(&address, &length),
		     address.as.local.sun_path));
	cr_assert(eq(sz, length, sizeof(path) - 1));
}

Test(address, p80_takes_zero_bytes_in_abstract_names_only)
{
	size_t length;

	cr_assert(eq(int, unix_address("/a\0b", 4), -EINVAL));
	cr_assert(eq(int, unix_address("\0a\0b", 4), 0));
	evert_address_path(&address, &length);
	cr_assert(eq(sz, length, 4));
}

Test(address, p80_without_a_name_is_the_family_alone)
{
	size_t length;

	cr_assert(eq(int, unix_address(NULL, 0), 0));
	cr_assert(eq(sz, address.length, sizeof(sa_family_t)));
	cr_assert(ne(ptr, (void *)evert_address_path(&address, &length),
		     NULL));
	cr_assert(eq(sz, length, 0));
}

Test(address, has_no_path_in_another_family)
{
	size_t length = 1;

	again("127.0.0.1", 1);
	cr_assert(zero(ptr, (void *)evert_address_path(&address, &length)));
	address.length = 0;
	cr_assert(zero(ptr, (void *)evert_address_path(&address, &length)));
	cr_assert(eq(sz, length, 0));
}

/* The kernel gives a path with a zero byte behind it. */
Test(address, p80_is_the_same_with_and_without_a_zero_byte_behind_the_path)
{
	struct evert_address other;

	unix_address("/run/x", 6);
	other = address;
	other.length++;
	cr_assert(evert_address_is_equal(&address, &other));
	other.as.local.sun_path[5] = 'y';
	cr_assert(not(evert_address_is_equal(&address, &other)));
	unix_address("\0x", 2);
	evert_address_unix(&other, "\0x\0", 3);
	cr_assert(not(evert_address_is_equal(&address, &other)));
}

/* The 108 bytes of sun_path and a zero byte behind them. */
Test(address, p80_reads_the_longest_one_that_the_kernel_gives)
{
	const size_t most = sizeof(address.as.local.sun_path);
	struct evert_address other;
	size_t length;

	cr_assert(ge(sz, sizeof(address.as), sizeof(struct sockaddr_un) + 1));
	memset(&address, 'p', sizeof(address));
	address.as.local.sun_family = AF_UNIX;
	address.length = sizeof(struct sockaddr_un) + 1;
	evert_address_path(&address, &length);
	cr_assert(eq(sz, length, most));
	evert_address_unix(&other, address.as.local.sun_path, most);
	cr_assert(evert_address_is_equal(&address, &other));
}

Test(address, writes_that_there_is_none)
{
	address = (struct evert_address){ .length = 0 };
	cr_assert(eq(str,
		     (char *)evert_address_text(&address, text, sizeof(text)),
		     "nowhere"));
}

Test(address, writes_the_number_of_a_family_it_does_not_know)
{
	address = (struct evert_address){ .length = sizeof(address.as.any) };
	address.as.any.sa_family = AF_APPLETALK;
	cr_assert(eq(str,
		     (char *)evert_address_text(&address, text, sizeof(text)),
		     "family 5"));
}

Test(address, cuts_the_text_to_the_room_there_is)
{
	again("127.0.0.1", 9999);
	cr_assert(eq(str, (char *)evert_address_text(&address, text, 6),
		     "127.0"));
	cr_assert(eq(str, (char *)evert_address_text(&address, text, 1), ""));
}

static char *unmapped(const char *host)
{
	cr_assert(eq(int, evert_address_parse(&address, host, 80), 0));
	evert_address_unmap(&address);
	return (char *)evert_address_text(&address, text, sizeof(text));
}

Test(address, p91_that_is_mapped_into_ipv6_becomes_the_ipv4_address_it_is)
{
	cr_assert(eq(str, unmapped("::ffff:192.0.2.1"), "192.0.2.1:80"));
	cr_assert(eq(sz, address.length, sizeof(struct sockaddr_in)));
	cr_assert(eq(str, unmapped("::192.0.2.1"), "[::192.0.2.1]:80"));
	cr_assert(eq(str, unmapped("192.0.2.1"), "192.0.2.1:80"));
	address.length = 0;
	evert_address_unmap(&address);
	cr_assert(eq(sz, address.length, 0));
}

static bool equal(const char *a, uint16_t a_port, const char *b,
		  uint16_t b_port)
{
	struct evert_address other;

	/* What is no part of the address. */
	memset(&address, 0xff, sizeof(address));
	memset(&other, 0, sizeof(other));
	cr_assert(eq(int, evert_address_parse(&address, a, a_port), 0));
	cr_assert(eq(int, evert_address_parse(&other, b, b_port), 0));
	return evert_address_is_equal(&address, &other);
}

Test(address, is_equal_by_family_address_port_and_scope)
{
	cr_assert(equal("127.0.0.1", 1, "127.0.0.1", 1));
	cr_assert(equal("::1", 1, "0::1", 1));
	cr_assert(not(equal("::1", 1, "::1", 2)));
	cr_assert(not(equal("127.0.0.1", 1, "127.0.0.2", 1)));
	cr_assert(not(equal("::", 1, "0.0.0.0", 1)));
	cr_assert(not(equal("fe80::1%1", 1, "fe80::1%2", 1)));
}

Test(address, of_none_and_of_other_families_may_be_compared)
{
	struct evert_address none = { .length = 0 }, other = { .length = 0 };

	cr_assert(zero(int, evert_address_parse(&address, "192.0.2.1", 80)));
	cr_assert(evert_address_is_equal(&none, &other));
	cr_assert(not(evert_address_is_equal(&none, &address)));
	cr_assert(not(evert_address_is_equal(&address, &none)));
	other = none = (struct evert_address){
		.as.any = { .sa_family = AF_PACKET, .sa_data = "abc" },
		.length = sizeof(struct sockaddr),
	};
	cr_assert(evert_address_is_equal(&none, &other));
	cr_assert(not(evert_address_is_equal(&none, &address)));
	other.as.any.sa_data[1] = 'x';
	cr_assert(not(evert_address_is_equal(&none, &other)));
}
