/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/length_prefixed.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

static struct evert_length_prefixed receiver;
static struct evert_memory_transport *transport;
static struct transcript seen;
static void (*on_string)(void); /* what to do then, or NULL */
static size_t depth, deepest;	/* of calls inside each other */

static void string_received(struct evert_length_prefixed *self,
			    const char *string, size_t length)
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

static void string_refused(struct evert_length_prefixed *self,
			   const char *data, size_t length)
{
	(void)self;
	transcript_add(&seen, "refused: ");
	transcript_add_bytes(&seen, data, length);
	transcript_add(&seen, ".");
}

static const struct evert_length_prefixed_ops closing_ops = {
	.string_received = string_received,
};

static const struct evert_length_prefixed_ops tolerant_ops = {
	.string_received = string_received,
	.string_refused = string_refused,
};

static void begin_with(size_t prefix_size)
{
	evert_length_prefixed_init(&receiver, &closing_ops, prefix_size);
	transport = evert_memory_transport_create(&receiver.base);
}

static void begin(void)
{
	begin_with(2);
}

static void finish(void)
{
	evert_memory_transport_destroy(transport);
	evert_length_prefixed_finish(&receiver);
	transcript_clear(&seen);
}

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

static bool is_closing(void)
{
	return evert_transport_is_closing(receiver.base.transport);
}

TestSuite(length_prefixed, .init = begin, .fini = finish);

/* ---- Wherever it is cut ---- */

static size_t chosen_prefix;
static size_t chosen_limit = EVERT_STRING_LIMIT;

static struct evert_protocol *open_receiver(void)
{
	begin_with(chosen_prefix);
	evert_length_prefixed_set_limit(&receiver, chosen_limit);
	return &receiver.base;
}

static void close_receiver(struct evert_protocol *protocol)
{
	(void)protocol;
	if (is_closing())
		transcript_add(&seen, "closed");
	evert_memory_transport_destroy(transport);
	evert_length_prefixed_finish(&receiver);
}

static void expect_strings(const char *input, size_t length,
			   const char *expected)
{
	static const struct subject subject = {
		open_receiver,
		close_receiver,
		&seen,
	};

	expect_however_split(&subject, input, length, expected);
}

TestSuite(length_prefixed_split);

Test(length_prefixed_split, p73_strings_behind_one_byte)
{
	chosen_prefix = 1;
	expect_strings("\5hello\0\1\0\3re", 12, "[hello][][\\x00]");
}

Test(length_prefixed_split, p73_strings_behind_two_bytes)
{
	chosen_prefix = 2;
	expect_strings("\0\5hello\0\0\0\1\0\0\3re", 16, "[hello][][\\x00]");
}

Test(length_prefixed_split, p73_strings_behind_four_bytes)
{
	chosen_prefix = 4;
	expect_strings("\0\0\0\5hello\0\0\0\0\0\0\0\1\0\0\0\0\3re", 24,
		       "[hello][][\\x00]");
}

Test(length_prefixed_split, p73_the_prefix_is_unsigned_in_network_byte_order)
{
	char input[2 + 0x181];
	char expected[0x181 + 3];

	memset(input, 'x', sizeof(input));
	input[0] = 1;
	input[1] = (char)0x81;
	memset(expected, 'x', sizeof(expected));
	expected[0] = '[';
	expected[0x182] = ']';
	expected[0x183] = '\0';
	chosen_prefix = 2;
	expect_strings(input, sizeof(input), expected);
}

Test(length_prefixed_split, p73_a_string_of_exactly_the_limit_is_accepted)
{
	chosen_prefix = 2;
	chosen_limit = 5;
	expect_strings("\0\5hello", 7, "[hello]");
}

Test(length_prefixed_split, p73_over_the_limit_it_is_closed_without_a_payload)
{
	chosen_prefix = 2;
	chosen_limit = 5;
	expect_strings("\0\1a\0\6", 5, "[a]closed");
	expect_strings("\0\1a\0\6hello!\0\1b", 14, "[a]closed");
}

Test(length_prefixed_split, p73_the_largest_prefix_is_over_the_limit)
{
	chosen_prefix = 4;
	expect_strings("\xff\xff\xff\xff", 4, "closed");
}

/* ---- One at a time ---- */

Test(length_prefixed, p73_the_default_limit_is_99999)
{
	evert_length_prefixed_init(&receiver, &closing_ops, 4);
	receiver.base.transport = evert_memory_transport_base(transport);
	feed(&receiver.base, "\0\1\x86\x9f", 4);
	cr_assert(not(is_closing()));
	evert_length_prefixed_clear(&receiver, NULL, NULL);
	feed(&receiver.base, "\0\1\x86\xa0", 4);
	cr_assert(is_closing());
}

Test(length_prefixed, p93_string_refused_gets_the_prefix)
{
	receiver.ops = &tolerant_ops;
	evert_length_prefixed_set_limit(&receiver, 5);
	feed(&receiver.base, "\0", 1);
	feed(&receiver.base, "\6hello", 6);
	feed(&receiver.base, "\0\1a", 3);
	expect_seen("refused: \\x00\\x06.");
	cr_assert(not(is_closing()));
}

static void pause_here(void)
{
	evert_length_prefixed_pause(&receiver);
}

Test(length_prefixed, p73_pause_and_resume)
{
	on_string = pause_here;
	feed(&receiver.base, "\0\1a\0\1b\0", 7);
	feed(&receiver.base, "\1c", 2);
	expect_seen("[a]");
	cr_assert(not(evert_memory_transport_is_reading(transport)));
	on_string = NULL;
	evert_length_prefixed_resume(&receiver);
	expect_seen("[a][b][c]");
	cr_assert(evert_memory_transport_is_reading(transport));
}

static void lose_here(void)
{
	evert_transport_lose_connection(receiver.base.transport);
}

Test(length_prefixed, p73_nothing_after_lose_connection_now_or_later)
{
	on_string = lose_here;
	feed(&receiver.base, "\0\1a\0\0\0", 6);
	feed(&receiver.base, "\0", 1);
	expect_seen("[a]");
}

static void receive_more(void)
{
	on_string = NULL;
	feed(&receiver.base, "\0\1x", 3);
}

Test(length_prefixed, p73_data_received_from_inside_appends)
{
	on_string = receive_more;
	feed(&receiver.base, "\0\1a\0\1b", 6);
	expect_seen("[a][b][x]");
	cr_assert(eq(sz, deepest, 1));
}

static void allow_one_byte(void)
{
	evert_length_prefixed_set_limit(&receiver, 1);
}

Test(length_prefixed, p73_a_limit_set_from_inside_counts_from_the_next)
{
	on_string = allow_one_byte;
	feed(&receiver.base, "\0\2ab\0\1c\0\2de", 11);
	expect_seen("[ab][c]");
	cr_assert(is_closing());
}

Test(length_prefixed, p73_clear_hands_back_what_is_buffered)
{
	char *data;
	size_t length;

	feed(&receiver.base, "\0\5he", 4);
	cr_assert(eq(int, 0,
		     evert_length_prefixed_clear(&receiver, &data, &length)));
	cr_assert(eq(sz, length, 4));
	cr_assert(zero(memcmp(data, "\0\5he", 4)));
	evert_free(data);
	feed(&receiver.base, "\0\1b", 3);
	expect_seen("[b]");
}

TestSuite(length_prefixed_memory);

Test(length_prefixed_memory, p73_memory_is_taken_as_a_string_arrives)
{
	failing_allocator_start(0, false);
	evert_length_prefixed_init(&receiver, &closing_ops, 4);
	evert_length_prefixed_set_limit(&receiver, SIZE_MAX);
	feed(&receiver.base, "\xff\xff\xff\xff", 4);
	cr_assert(lt(sz, failing_allocator_counts().live_bytes, 200));
	evert_length_prefixed_finish(&receiver);
	cr_assert(eq(sz, 0, failing_allocator_stop().live));
}

TestSuite(length_prefixed_bugs);

Test(length_prefixed_bugs, a_prefix_of_three_bytes_is_a_bug, .signal = SIGABRT)
{
	begin_with(3);
}

/* ---- 74: sending ---- */

static void expect_written(const char *expected, size_t size)
{
	size_t length;
	const char *written =
		evert_memory_transport_written(transport, &length);

	cr_assert(eq(sz, length, size));
	cr_assert(zero(memcmp(written, expected, size)));
}

Test(length_prefixed, p74_a_string_is_sent_as_one)
{
	evert_length_prefixed_send_string(&receiver, "hello", 5);
	evert_length_prefixed_send_string(&receiver, "", 0);
	expect_written("\0\5hello\0\0", 9);
}

Test(length_prefixed, p74_the_largest_string_behind_two_bytes_is_sent)
{
	static char string[0xffff];
	size_t length;
	const char *written;

	cr_assert(eq(int, 0,
		     evert_length_prefixed_send_string(&receiver, string,
						       sizeof(string))));
	written = evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, sizeof(string) + 2));
	cr_assert(zero(memcmp(written, "\xff\xff", 2)));
}

Test(length_prefixed, p74_a_string_over_the_range_of_the_prefix_is_refused)
{
	static char string[0x10000];

	cr_assert(eq(int, -EMSGSIZE,
		     evert_length_prefixed_send_string(&receiver, string,
						       sizeof(string))));
	expect_written("", 0);
}

TestSuite(length_prefixed_sizes, .fini = finish);

Test(length_prefixed_sizes, p74_one_byte_carries_255)
{
	static char string[256];
	size_t length;

	begin_with(1);
	cr_assert(eq(int, -EMSGSIZE,
		     evert_length_prefixed_send_string(&receiver, string,
						       256)));
	expect_written("", 0);
	cr_assert(eq(int, 0,
		     evert_length_prefixed_send_string(&receiver, string,
						       255)));
	evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, 256));
}

Test(length_prefixed_sizes, p74_four_bytes_carry_more_than_two)
{
	static char string[0x10203];
	size_t length;
	const char *written;

	begin_with(4);
	evert_length_prefixed_send_string(&receiver, string, sizeof(string));
	written = evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, sizeof(string) + 4));
	cr_assert(zero(memcmp(written, "\0\1\2\3", 4)));
}

Test(length_prefixed, p74_after_lose_connection_it_is_refused)
{
	lose_here();
	cr_assert(eq(int, -EPIPE,
		     evert_length_prefixed_send_string(&receiver, "a", 1)));
}
