/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

static struct evert_netstring receiver;
static struct evert_memory_transport *transport;
static struct transcript seen;
static void (*on_string)(void); /* what to do then, or NULL */
static size_t depth, deepest;	/* of calls inside each other */

static void string_received(struct evert_netstring *self, const char *string,
			    size_t length)
{
	(void)self;
	if (deepest < ++depth)
		deepest = depth;
	transcript_add(&seen, "[");
	transcript_add_bytes(&seen, string, length);
	transcript_add(&seen, "]");
	if (on_string)
		on_string();
	depth--;
}

static void string_refused(struct evert_netstring *self, const char *data,
			   size_t length)
{
	(void)self;
	transcript_add(&seen, "refused: ");
	transcript_add_bytes(&seen, data, length);
	transcript_add(&seen, ".");
}

static const struct evert_netstring_ops closing_ops = {
	.string_received = string_received,
};

static const struct evert_netstring_ops tolerant_ops = {
	.string_received = string_received,
	.string_refused = string_refused,
};

static void begin(void)
{
	evert_netstring_init(&receiver, &closing_ops);
	transport = evert_memory_transport_create(&receiver.base);
}

static void finish(void)
{
	evert_memory_transport_destroy(transport);
	evert_netstring_finish(&receiver);
	transcript_clear(&seen);
}

static void feed_text(const char *text)
{
	feed(&receiver.base, text, strlen(text));
}

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

static bool is_closing(void)
{
	return evert_transport_is_closing(receiver.base.transport);
}

TestSuite(netstring, .init = begin, .fini = finish);

/* ---- Wherever it is cut ---- */

static size_t chosen_limit = EVERT_STRING_LIMIT;

static struct evert_protocol *open_receiver(void)
{
	begin();
	evert_netstring_set_limit(&receiver, chosen_limit);
	return &receiver.base;
}

static void close_receiver(struct evert_protocol *protocol)
{
	(void)protocol;
	if (is_closing())
		transcript_add(&seen, "closed");
	evert_memory_transport_destroy(transport);
	evert_netstring_finish(&receiver);
}

static void expect_bytes(const char *input, size_t length,
			 const char *expected)
{
	static const struct subject subject = {
		open_receiver,
		close_receiver,
		&seen,
	};

	expect_however_split(&subject, input, length, expected);
}

static void expect_strings(const char *input, const char *expected)
{
	expect_bytes(input, strlen(input), expected);
}

TestSuite(netstring_split);

Test(netstring_split, p73_strings_are_the_same)
{
	expect_strings("5:hello,0:,12:hello world!,5:rest",
		       "[hello][][hello world!]");
}

Test(netstring_split, p73_a_string_may_hold_anything)
{
	expect_strings("6:1:2,3:,2:\r\n,", "[1:2,3:][\\x0d\\x0a]");
	expect_bytes("3:a\0b,", 6, "[a\\x00b]");
}

Test(netstring_split, p73_a_leading_zero_is_refused)
{
	expect_strings("1:a,01:b,1:c,", "[a]closed");
	expect_strings("00:,", "closed");
}

Test(netstring_split, p73_no_digits_are_refused)
{
	expect_strings("1:a,:,1:c,", "[a]closed");
	expect_strings(",", "closed");
}

Test(netstring_split, p73_what_is_no_digit_is_refused)
{
	expect_strings("x", "closed");
	expect_strings("-1:", "closed");
	expect_strings("+1:", "closed");
	expect_strings(" 1:", "closed");
	expect_strings("1 :", "closed");
	expect_strings("1,", "closed");
	expect_strings("\xff", "closed");
}

Test(netstring_split, p73_a_missing_comma_is_refused)
{
	expect_strings("1:a,1:bc1:d,", "[a]closed");
	expect_strings("0:x", "closed");
}

Test(netstring_split, p73_a_string_of_exactly_the_limit_is_accepted)
{
	chosen_limit = 10;
	expect_strings("10:0123456789,", "[0123456789]");
}

Test(netstring_split, p73_a_length_over_the_limit_is_refused_without_a_payload)
{
	chosen_limit = 10;
	expect_strings("1:a,11", "[a]closed");
	chosen_limit = 0;
	expect_strings("0:,1", "[]closed");
}

Test(netstring_split, p73_a_length_beyond_every_number_is_refused)
{
	chosen_limit = SIZE_MAX;
	expect_strings("1:a,99999999999999999999999999999999999999999",
		       "[a]closed");
	expect_strings("1:a,18446744073709551617:b,", "[a]closed");
}

/* ---- One at a time ---- */

Test(netstring, p73_the_default_limit_is_99999)
{
	feed_text("99999:");
	cr_assert(not(is_closing()));
	evert_netstring_clear(&receiver, NULL, NULL);
	feed_text("100000:");
	cr_assert(is_closing());
}

Test(netstring, p93_string_refused_gets_all_to_the_first_wrong_byte)
{
	receiver.ops = &tolerant_ops;
	feed_text("1:a,1");
	feed_text(":b;1:c,");
	expect_seen("[a]refused: 1:b;.");
	cr_assert(not(is_closing()));
}

Test(netstring, p73_after_a_refusal_nothing_is_delivered)
{
	receiver.ops = &tolerant_ops;
	feed_text("x");
	feed_text("1:a,");
	expect_seen("refused: x.");
}

static void pause_here(void)
{
	evert_netstring_pause(&receiver);
}

Test(netstring, p73_pause_and_resume)
{
	on_string = pause_here;
	feed_text("1:a,1:b,1");
	feed_text(":c,");
	expect_seen("[a]");
	cr_assert(not(evert_memory_transport_is_reading(transport)));
	evert_netstring_resume(&receiver);
	expect_seen("[a][b]");
	on_string = NULL;
	evert_netstring_resume(&receiver);
	expect_seen("[a][b][c]");
	cr_assert(evert_memory_transport_is_reading(transport));
}

static void lose_here(void)
{
	evert_transport_lose_connection(receiver.base.transport);
}

Test(netstring, p73_nothing_after_lose_connection_now_or_later)
{
	on_string = lose_here;
	feed_text("1:a,1:b,1");
	feed_text(":c,");
	expect_seen("[a]");
}

static void receive_more(void)
{
	on_string = NULL;
	feed_text("1:x,");
}

Test(netstring, p73_data_received_from_inside_appends)
{
	on_string = receive_more;
	feed_text("1:a,1:b,");
	expect_seen("[a][b][x]");
	cr_assert(eq(sz, deepest, 1));
}

static void allow_one_byte(void)
{
	evert_netstring_set_limit(&receiver, 1);
}

Test(netstring, p73_a_limit_set_from_inside_counts_from_the_next)
{
	on_string = allow_one_byte;
	feed_text("2:ab,1:c,2:de,");
	expect_seen("[ab][c]");
	cr_assert(is_closing());
}

Test(netstring, p73_clear_hands_back_what_is_buffered)
{
	char *data;
	size_t length;

	feed_text("1:a,5:he");
	cr_assert(eq(int, 0,
		     evert_netstring_clear(&receiver, &data, &length)));
	cr_assert(eq(sz, length, 4));
	cr_assert(zero(memcmp(data, "5:he", 4)));
	evert_free(data);
	feed_text("1:b,");
	expect_seen("[a][b]");
}

TestSuite(netstring_memory);

Test(netstring_memory, p73_memory_is_taken_as_a_string_arrives)
{
	failing_allocator_start(0, false);
	evert_netstring_init(&receiver, &closing_ops);
	feed_text("99999:");
	cr_assert(lt(sz, failing_allocator_counts().live_bytes, 200));
	evert_netstring_finish(&receiver);
	cr_assert(eq(sz, 0, failing_allocator_stop().live));
}

/* ---- 74: sending ---- */

Test(netstring, p74_a_string_is_sent_as_one)
{
	cr_assert(eq(int, 0,
		     evert_netstring_send_string(&receiver, "hello", 5)));
	cr_assert(eq(int, 0, evert_netstring_send_string(&receiver, "", 0)));
	cr_assert(eq(str,
		     (char *)evert_memory_transport_written(transport, NULL),
		     "5:hello,0:,"));
}

Test(netstring, p74_after_lose_connection_it_is_refused)
{
	lose_here();
	cr_assert(eq(int, -EPIPE,
		     evert_netstring_send_string(&receiver, "a", 1)));
}

Test(netstring, p74_what_is_sent_is_received)
{
	char string[5000];
	size_t length;
	const char *written;

	memset(string, 'x', sizeof(string));
	evert_netstring_send_string(&receiver, string, sizeof(string));
	written = evert_memory_transport_written(transport, &length);
	feed(&receiver.base, written, length);
	cr_assert(eq(sz, strlen(transcript_text(&seen)), sizeof(string) + 2));
}
