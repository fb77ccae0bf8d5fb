/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/scheme_internal.h"
#include "../../support/death.h"
#include "../../support/memory.h"

static const struct evert_endpoint *endpoint;
static enum evert_operation operation = EVERT_OPERATION_CONNECT;

static void parse(const char *text)
{
	struct evert_failure *failure =
		evert_endpoint_parse(&endpoint, text, operation, EVERT_HERE);

	cr_assert(failure == NULL, "%s", failure ? failure->message : "");
	cr_assert(eq(str, (char *)evert_endpoint_string(endpoint),
		     (char *)text));
}

/* It is there, with this text. */
static void expect(const char *text, const char *name, const char *value)
{
	parse(text);
	cr_assert(evert_endpoint_value(endpoint, name) != NULL, "%s", text);
	cr_assert(eq(str, (char *)evert_endpoint_value(endpoint, name),
		     (char *)value));
	evert_endpoint_release(endpoint);
}

static void expect_number(const char *text, const char *name, double value)
{
	parse(text);
	cr_assert(eq(dbl, evert_endpoint_number(endpoint, name, -1), value));
	evert_endpoint_release(endpoint);
}

/* It is refused, with a message that names it and says what is wrong. */
static void refuse(const char *text, int character, const char *why)
{
	struct evert_failure *failure =
		evert_endpoint_parse(&endpoint, text, operation, "here.c:1");
	char message[1024];

	cr_assert(failure != NULL, "%s was taken", text);
	cr_assert(evert_failure_is(failure, EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)failure->place, "here.c:1"));
	snprintf(message, sizeof(message),
		 "bad endpoint \"%s\" at character %d: %s", text, character,
		 why);
	cr_assert(eq(str, (char *)failure->message, message));
	evert_failure_release(failure);
}

/* ---- Hosts and ports ---- */

Test(endpoint, has_a_name_and_a_port)
{
	expect("tcp:localhost:9999", "host", "localhost");
	expect_number("tcp:localhost:9999", "port", 9999);
	expect_number("tcp:a:0", "port", 0);
	expect_number("tcp:xn--bcher-kva.example.:65535", "port", 65535);
}

Test(endpoint, has_an_ipv4_address_and_a_port)
{
	expect("tcp:127.0.0.1:80", "host", "127.0.0.1");
}

Test(endpoint, has_an_ipv6_address_in_brackets_and_a_port)
{
	expect("tcp:[::1]:80", "host", "::1");
	expect_number("tcp:[::1]:80", "port", 80);
	expect("tcp:[fe80::1%1]:80", "host", "fe80::1%1");
}

Test(endpoint, has_an_ipv6_address_with_its_colons_quoted)
{
	expect("tcp:\\:\\:1:80", "host", "::1");
}

Test(endpoint, may_have_no_host)
{
	expect("tcp::80", "host", "");
}

Test(endpoint, may_have_zeros_before_its_port)
{
	expect_number("tcp:a:00080", "port", 80);
}

Test(endpoint, takes_a_host_of_255_characters_and_not_one_more)
{
	char text[300] = "tcp:";

	memset(text + 4, 'h', 255);
	strcpy(text + 4 + 255, ":80");
	parse(text);
	cr_assert(eq(sz, strlen(evert_endpoint_value(endpoint, "host")), 255));
	evert_endpoint_release(endpoint);
	memset(text + 4, 'h', 256);
	strcpy(text + 4 + 256, ":80");
	refuse(text, 5, "a host name has at most 255 characters");
}

Test(endpoint, is_refused_when_its_port_is_no_port)
{
	const char *why = "a port is a decimal number up to 65535; the form "
			  "is tcp:HOST:PORT, an IPv6 address in brackets";

	refuse("tcp:a:", 7, why);
	refuse("tcp:[::1]:", 11, why);
	refuse("tcp:a:65536", 7, why);
	refuse("tcp:a:-1", 7, why);
	refuse("tcp:a:+1", 7, why);
	refuse("tcp:a: 1", 7, why);
	refuse("tcp:a:1 ", 7, why);
	refuse("tcp:a:0x1", 7, why);
	refuse("tcp:a:80http", 7, why);
	refuse("tcp:a:99999999999999999999", 7, why);
	refuse("tcp:a:000001", 7, why);
	refuse("tcp:::1:80", 6, why);
	refuse("tcp:fe80::1:80", 10, why);
}

Test(endpoint, is_refused_when_its_brackets_are_wrong)
{
	refuse("tcp:[::1", 5, "there is no \"]\" for this \"[\"");
	refuse("tcp:[::1:80", 5, "there is no \"]\" for this \"[\"");
	refuse("tcp:[::1]80", 10, "behind the \"]\" comes a colon");
	refuse("tcp:[::1]]:80", 10, "behind the \"]\" comes a colon");
	refuse("tcp:[]:80", 5, "only an IPv6 address stands in brackets");
	refuse("tcp:[localhost]:80", 5,
	       "only an IPv6 address stands in brackets");
	refuse("tcp:[127.0.0.1]:80", 5,
	       "only an IPv6 address stands in brackets");
}

Test(endpoint, is_refused_when_something_is_missing_or_too_much)
{
	refuse("tcp:", 5, "its port is missing; the form is tcp:HOST:PORT, an "
			  "IPv6 address in brackets");
	refuse("tcp:localhost", 14,
	       "its port is missing; the form is tcp:HOST:PORT, an IPv6 "
	       "address in brackets");
	refuse("tcp:port=80", 12,
	       "its host is missing; the form is tcp:HOST:PORT, an IPv6 "
	       "address in brackets");
	refuse("tcp:a:80:", 10,
	       "this is too much; the form is tcp:HOST:PORT, an IPv6 address "
	       "in brackets, and options are NAME=VALUE");
}

/* ---- Schemes ---- */

Test(endpoint, is_refused_where_there_is_none)
{
	struct evert_failure *failure = evert_endpoint_parse(
		&endpoint, NULL, EVERT_OPERATION_CONNECT, "here.c:1");

	cr_assert(evert_failure_is(failure, EVERT_BAD_ENDPOINT));
	evert_failure_release(failure);
}

static void refuse_scheme(const char *text, const char *begin)
{
	struct evert_failure *failure = evert_endpoint_parse(
		&endpoint, text, EVERT_OPERATION_CONNECT, "here.c:1");
	char expected[256];

	snprintf(expected, sizeof(expected),
		 "bad endpoint \"%s\" at character 1: %s", text, begin);
	cr_assert(failure != NULL, "%s was taken", text);
	cr_assert(eq(int, strncmp(failure->message, expected,
				  strlen(expected)), 0),
		  "%s", failure->message);
	evert_failure_release(failure);
}

Test(endpoint, is_refused_when_its_scheme_is_unknown)
{
	refuse_scheme("", "it begins with a scheme and a colon; there are "
			  "tcp, ");
	refuse_scheme("tcp", "it begins with a scheme and a colon; there");
	refuse_scheme(":80", "it begins with a scheme and a colon; there");
	refuse_scheme("TCP:a:80", "there is no scheme \"TCP\"; did you mean "
				  "\"tcp\"?");
	refuse_scheme("tpc:a:80", "there is no scheme \"tpc\"; did you mean "
				  "\"tcp\"?");
	refuse_scheme("localhost:80", "there is no scheme \"localhost\", "
				      "or it is not registered; there are "
				      "tcp, ");
	refuse_scheme(" tcp:a:80", "there is no scheme \" tcp\"; did you mean "
				   "\"tcp\"?");
}

/* ---- Options ---- */

Test(endpoint, has_options_by_name)
{
	const char *text = "tcp:localhost:9999:timeout=5:bind=127.0.0.2";

	expect_number(text, "timeout", 5);
	expect(text, "bind", "127.0.0.2");
	expect("tcp:a:1:bind=[::1]:bind-port=80", "bind", "::1");
	expect_number("tcp:a:1:timeout=0.25", "timeout", 0.25);
	expect_number("tcp:a:1:no-delay=no", "no-delay", 0);
	expect_number("tcp:a:1:no-delay=yes", "no-delay", 1);
}

Test(endpoint, has_what_was_not_given_as_nothing)
{
	parse("tcp:a:1");
	cr_assert(evert_endpoint_value(endpoint, "timeout") == NULL);
	cr_assert(eq(dbl, evert_endpoint_number(endpoint, "timeout", 7), 7));
	evert_endpoint_release(endpoint);
}

Test(endpoint, may_name_what_is_mandatory_in_any_order)
{
	expect("tcp:port=80:host=a", "host", "a");
	expect_number("tcp:port=80:host=[::1]", "port", 80);
	expect_number("tcp:timeout=2:a:80", "port", 80);
}

Test(endpoint, is_refused_when_an_option_is_unknown)
{
	refuse("tcp:a:80:timout=5", 10,
	       "there is no option \"timout\"; did you mean \"timeout\"?");
	refuse("tcp:a:80:Bind=1", 10,
	       "there is no option \"Bind\"; did you mean \"bind\"?");
	refuse("tcp:a:80:colour=red", 10,
	       "there is no option \"colour\"; there are timeout, "
	       "attempt-delay, bind, bind-port, reuse-address, reuse-port, "
	       "no-delay, keep-alive, keep-alive-idle, keep-alive-interval, "
	       "keep-alive-count, send-buffer, receive-buffer");
}

Test(endpoint, is_refused_when_nothing_stands_before_an_equals_sign)
{
	refuse("unix:=a", 6,
	       "there is no name in front of this \"=\"; in a value a "
	       "backslash stands before it");
	expect("unix:\\=a", "path", "=a");
}

Test(endpoint, is_refused_when_something_is_given_twice)
{
	refuse("tcp:a:80:timeout=5:timeout=5", 20,
	       "\"timeout\" is given twice");
	refuse("tcp:a:80:host=b", 10, "\"host\" is given twice");
	refuse("tcp:host=b:a:80", 12, "\"host\" is given twice");
}

Test(endpoint, is_refused_when_an_option_is_for_the_other_purpose)
{
	refuse("tcp:a:80:backlog=5", 10, "\"backlog\" is not for connecting");
	operation = EVERT_OPERATION_LISTEN;
	refuse("tcp:a:80:timeout=5", 10, "\"timeout\" is not for listening");
	expect_number("tcp:a:80:backlog=5", "backlog", 5);
}

Test(endpoint, is_refused_when_an_options_value_is_wrong)
{
	const char *seconds =
		"\"timeout\" is a number of seconds from 0.001 to 1000000000";

	refuse("tcp:a:80:timeout=", 18, seconds);
	refuse("tcp:a:80:timeout=0", 18, seconds);
	refuse("tcp:a:80:timeout=-1", 18, seconds);
	refuse("tcp:a:80:timeout=1e3", 18, seconds);
	refuse("tcp:a:80:timeout=1.", 18, seconds);
	refuse("tcp:a:80:timeout=.5", 18, seconds);
	refuse("tcp:a:80:timeout=nan", 18, seconds);
	refuse("tcp:a:80:timeout=5s", 18, seconds);
	refuse("tcp:a:80:timeout=99999999999999999999999", 18, seconds);
	refuse("tcp:a:80:keep-alive-count=0", 27,
	       "\"keep-alive-count\" is a number from 1 to 127");
	refuse("tcp:a:80:keep-alive-count=99999999999999999999999", 27,
	       "\"keep-alive-count\" is a number from 1 to 127");
	refuse("tcp:a:80:no-delay=1", 19, "\"no-delay\" is yes or no");
	refuse("tcp:a:80:no-delay=", 19, "\"no-delay\" is yes or no");
	refuse("tcp:a:80:bind=localhost", 15,
	       "\"localhost\" is no numeric address");
}

Test(endpoint, counts_characters_not_bytes)
{
	refuse("tcp:b\xc3\xbc" "cher:80:x=5", 15,
	       "there is no option \"x\"; there are timeout, "
	       "attempt-delay, bind, bind-port, reuse-address, reuse-port, "
	       "no-delay, keep-alive, keep-alive-idle, keep-alive-interval, "
	       "keep-alive-count, send-buffer, receive-buffer");
}

/* ---- Quotes ---- */

Test(endpoint, is_quoted_by_backslashes)
{
	expect("tcp:a\\:b:80", "host", "a:b");
	expect("tcp:a\\=b:80", "host", "a=b");
	expect("tcp:a\\\\b:80", "host", "a\\b");
	expect("tcp:host=a=b:port=80", "host", "a=b");
}

Test(endpoint, is_refused_when_a_backslash_quotes_nothing)
{
	const char *why = "a backslash stands before a colon, an equals sign "
			  "or a backslash only";

	refuse("tcp:a\\b:80", 6, why);
	refuse("tcp:a\\", 6, why);
}

Test(endpoint, is_quoted_by_a_call)
{
	char text[32];

	cr_assert(eq(sz, evert_endpoint_quote(text, sizeof(text), "a:b=c\\d"),
		     10));
	cr_assert(eq(str, text, "a\\:b\\=c\\\\d"));
	cr_assert(eq(sz, evert_endpoint_quote(text, 4, "abcdef"), 6));
	cr_assert(eq(str, text, "abc"));
	cr_assert(eq(sz, evert_endpoint_quote(NULL, 0, "a:"), 3));
}

/* ---- Memory, and bugs ---- */

static void parse_and_release(void *text)
{
	struct evert_failure *failure = evert_endpoint_parse(
		&endpoint, text, EVERT_OPERATION_CONNECT, EVERT_HERE);

	if (failure)
		evert_failure_release(failure);
	else
		evert_endpoint_release(endpoint);
}

Test(endpoint, leaves_nothing_behind_whichever_allocation_fails)
{
	fail_every_allocation(parse_and_release, "tcp:a:80:timeout=5");
	fail_every_allocation(parse_and_release, "tcp:a:80:timout=5");
}

static void ask_for_another(void *unused)
{
	(void)unused;
	parse("tcp:a:80");
	evert_endpoint_value(endpoint, "colour");
}

Test(endpoint, is_a_bug_to_ask_for_what_is_not_in_the_table)
{
	dies(ask_for_another, NULL, SIGABRT, "was asked for \"colour\"");
}
