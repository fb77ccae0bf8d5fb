/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/endpoint.h"
#include "../../../reactor/endpoint/endpoint_internal.h"

static struct evert_endpoint endpoint;

static void parse(const char *text, const char *host, uint16_t port)
{
	struct evert_failure *failure =
		evert_endpoint_parse(&endpoint, text, EVERT_HERE);

	cr_assert(failure == NULL, "%s", failure ? failure->message : "");
	cr_assert(eq(str, endpoint.host, (char *)host));
	cr_assert(eq(u16, endpoint.port, port));
}

/* It is refused, with a message that names it and says what is wrong. */
static void refuse(const char *text, const char *why)
{
	struct evert_failure *failure =
		evert_endpoint_parse(&endpoint, text, "here.c:1");
	char message[1024];

	cr_assert(failure != NULL, "%s was taken", text);
	cr_assert(evert_failure_is(failure, EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)failure->place, "here.c:1"));
	snprintf(message, sizeof(message), "bad endpoint \"%s\": %s", text,
		 why);
	cr_assert(eq(str, (char *)failure->message, message));
	evert_failure_release(failure);
}

Test(endpoint, has_a_name_and_a_port)
{
	parse("tcp:localhost:9999", "localhost", 9999);
	parse("tcp:a:0", "a", 0);
	parse("tcp:xn--bcher-kva.example.:65535", "xn--bcher-kva.example.",
	      65535);
}

Test(endpoint, has_an_ipv4_address_and_a_port)
{
	parse("tcp:127.0.0.1:80", "127.0.0.1", 80);
}

Test(endpoint, has_an_ipv6_address_in_brackets_and_a_port)
{
	parse("tcp:[::1]:80", "::1", 80);
	parse("tcp:[fe80::1%1]:80", "fe80::1%1", 80);
}

Test(endpoint, may_have_no_host)
{
	parse("tcp::80", "", 80);
}

Test(endpoint, may_have_zeros_before_its_port)
{
	parse("tcp:a:00080", "a", 80);
}

Test(endpoint, takes_a_host_of_255_characters_and_not_one_more)
{
	char text[300] = "tcp:";

	memset(text + 4, 'h', 255);
	strcpy(text + 4 + 255, ":80");
	cr_assert(eq(ptr, evert_endpoint_parse(&endpoint, text, ""), NULL));
	cr_assert(eq(sz, strlen(endpoint.host), 255));
	memset(text + 4, 'h', 256);
	strcpy(text + 4 + 256, ":80");
	refuse(text, "a host name has at most 255 characters");
}

Test(endpoint, is_refused_where_there_is_none)
{
	struct evert_failure *failure =
		evert_endpoint_parse(&endpoint, NULL, "here.c:1");

	cr_assert(evert_failure_is(failure, EVERT_BAD_ENDPOINT));
	evert_failure_release(failure);
}

Test(endpoint, is_refused_when_its_kind_is_unknown)
{
	refuse("", "it begins with \"tcp:\"");
	refuse("tcp", "it begins with \"tcp:\"");
	refuse("TCP:localhost:80", "it begins with \"tcp:\"");
	refuse("udp:localhost:80", "it begins with \"tcp:\"");
	refuse(" tcp:localhost:80", "it begins with \"tcp:\"");
	refuse("localhost:80", "it begins with \"tcp:\"");
}

Test(endpoint, is_refused_when_its_form_is_wrong)
{
	const char *why =
		"its form is tcp:HOST:PORT, an IPv6 address in brackets";

	refuse("tcp:", why);
	refuse("tcp:localhost", why);
	refuse("tcp:80", why);
	refuse("tcp:[::1]", why);
	refuse("tcp:[::1]80", why);
	refuse("tcp:[::1", why);
	refuse("tcp:[::1:80", why);
	refuse("tcp:::1:80", why);
	refuse("tcp:fe80::1:80", why);
	refuse("tcp:[]:80", why);
	refuse("tcp:[localhost]:80", why);
	refuse("tcp:[127.0.0.1]:80", why);
	refuse("tcp:[::1]]:80", why);
	refuse("tcp:a:80:", why);
}

Test(endpoint, is_refused_when_its_port_is_no_port)
{
	const char *why = "its port is a decimal number up to 65535";

	refuse("tcp:a:", why);
	refuse("tcp:[::1]:", why);
	refuse("tcp:a:65536", why);
	refuse("tcp:a:-1", why);
	refuse("tcp:a:+1", why);
	refuse("tcp:a: 1", why);
	refuse("tcp:a:1 ", why);
	refuse("tcp:a:0x1", why);
	refuse("tcp:a:80http", why);
	refuse("tcp:a:http", why);
	refuse("tcp:a:99999999999999999999", why);
	refuse("tcp:a:000001", why);
}

static char *written(const char *text)
{
	static char room[EVERT_ENDPOINT_TEXT_SIZE];

	cr_assert(eq(ptr, evert_endpoint_parse(&endpoint, text, ""), NULL));
	return (char *)evert_endpoint_text(&endpoint, room);
}

Test(endpoint, is_written_as_it_was_read)
{
	cr_assert(eq(str, written("tcp:localhost:80"), "localhost:80"));
	cr_assert(eq(str, written("tcp:127.0.0.1:80"), "127.0.0.1:80"));
	cr_assert(eq(str, written("tcp:[::1]:80"), "[::1]:80"));
	cr_assert(eq(str, written("tcp::80"), ":80"));
}
