/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

/*
 * A receiver that writes down what it is told: [a line], {raw data}, too long
 * (and what), lost. What it does then is up to the test.
 */
struct recorder {
	struct evert_line_receiver base;
	void (*on_line)(struct recorder *self, const char *line,
			size_t length);
	void (*on_raw)(struct recorder *self, const char *data, size_t length);
	size_t lines, raws;
	size_t depth, deepest; /* of calls inside each other */
};

static struct recorder recorder;
static struct evert_line_receiver *const receiver = &recorder.base;
static struct evert_memory_transport *transport;
static struct transcript seen;

static struct recorder *recorder_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct recorder, base);
}

static void enter(struct recorder *self)
{
	self->depth++;
	if (self->deepest < self->depth)
		self->deepest = self->depth;
}

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	struct recorder *self = recorder_from(base);

	enter(self);
	self->lines++;
	transcript_add(&seen, "[");
	transcript_add_bytes(&seen, line, length);
	transcript_add(&seen, "]");
	if (self->on_line)
		self->on_line(self, line, length);
	self->depth--;
}

static void raw_data_received(struct evert_line_receiver *base,
			      const char *data, size_t length)
{
	struct recorder *self = recorder_from(base);

	enter(self);
	self->raws++;
	transcript_add(&seen, "{");
	transcript_add_bytes(&seen, data, length);
	transcript_add(&seen, "}");
	if (self->on_raw)
		self->on_raw(self, data, length);
	self->depth--;
}

static void line_too_long(struct evert_line_receiver *base, const char *data,
			  size_t length)
{
	(void)base;
	transcript_add(&seen, "too long: ");
	transcript_add_bytes(&seen, data, length);
	transcript_add(&seen, ".");
}

static const struct evert_line_receiver_ops closing_ops = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
};

static const struct evert_line_receiver_ops tolerant_ops = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.line_too_long = line_too_long,
};

static void begin_with(const struct evert_line_receiver_ops *ops)
{
	recorder = (struct recorder){ 0 };
	evert_line_receiver_init(receiver, ops);
	transport = evert_memory_transport_create(&receiver->base);
}

static void begin(void)
{
	begin_with(&closing_ops);
}

static void finish(void)
{
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(receiver);
	transcript_clear(&seen);
}

static void feed_text(const char *text)
{
	feed(&receiver->base, text, strlen(text));
}

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

static bool is_closing(void)
{
	return evert_transport_is_closing(receiver->base.transport);
}

TestSuite(line_receiver, .init = begin, .fini = finish);

/* ---- 64: lines ---- */

Test(line_receiver, p64_a_line_is_delivered_without_its_delimiter)
{
	feed_text("hello\r\n");
	expect_seen("[hello]");
}

Test(line_receiver, p64_joins_a_line_split_across_reads)
{
	feed_text("hel");
	expect_seen("");
	feed_text("lo\r\nwor");
	expect_seen("[hello]");
	feed_text("ld\r\n");
	expect_seen("[hello][world]");
}

Test(line_receiver, p64_a_delimiter_split_across_reads_is_found)
{
	feed_text("hello\r");
	expect_seen("");
	feed_text("\nworld\r\n");
	expect_seen("[hello][world]");
}

Test(line_receiver, p64_the_empty_line_is_a_line)
{
	feed_text("\r\n\r\na\r\n\r\n");
	expect_seen("[][][a][]");
}

Test(line_receiver, p64_bytes_may_be_zero)
{
	feed(&receiver->base, "a\0b\r\n\0\r\n", 8);
	expect_seen("[a\\x00b][\\x00]");
}

Test(line_receiver, p64_half_delimiters_belong_to_the_line)
{
	feed_text("a\rb\nc\n\rd\r\r\n\n\r\n");
	expect_seen("[a\\x0db\\x0ac\\x0a\\x0dd\\x0d][\\x0a]");
}

Test(line_receiver, an_empty_read_does_nothing)
{
	feed_text("");
	feed_text("a");
	feed_text("");
	feed_text("\r\n");
	expect_seen("[a]");
}

/* ---- 64: wherever it is cut ---- */

static const char *chosen_delimiter; /* NULL: the default */
static size_t chosen_limit = EVERT_LINE_LIMIT;
static const struct evert_line_receiver_ops *chosen_ops = &closing_ops;

static struct evert_protocol *open_recorder(void)
{
	begin_with(chosen_ops);
	evert_line_receiver_set_limit(receiver, chosen_limit);
	if (chosen_delimiter)
		evert_line_receiver_set_delimiter(receiver, chosen_delimiter,
						  strlen(chosen_delimiter));
	return &receiver->base;
}

static void close_recorder(struct evert_protocol *protocol)
{
	(void)protocol;
	if (is_closing())
		transcript_add(&seen, "closed");
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(receiver);
}

static void expect_lines(const char *input, const char *expected)
{
	static const struct subject subject = {
		open_recorder,
		close_recorder,
		&seen,
	};

	expect_however_split(&subject, input, strlen(input), expected);
}

TestSuite(line_receiver_split);

Test(line_receiver_split, p64_lines_are_the_same)
{
	expect_lines("hello\r\n\r\nwide world\r\nrest",
		     "[hello][][wide world]");
	expect_lines("\r\r\n\n\r\n\r\r\r\n\n\n", "[\\x0d][\\x0a][\\x0d\\x0d]");
}

Test(line_receiver_split, p64_with_a_delimiter_of_one_byte)
{
	chosen_delimiter = "\n";
	expect_lines("a\n\n\r\nbc\n", "[a][][\\x0d][bc]");
}

Test(line_receiver_split, p64_with_a_delimiter_that_begins_again_in_itself)
{
	chosen_delimiter = "abab";
	expect_lines("xababababyaabab", "[x][][ya]");
	chosen_delimiter = "aa";
	expect_lines("xaaaayaaa", "[x][][y]");
	chosen_delimiter = "--==--";
	expect_lines("1--==--2--==--==--3----==--", "[1][2][==--3--]");
}

Test(line_receiver_split, p66_a_line_of_exactly_the_limit_is_accepted)
{
	chosen_limit = 5;
	expect_lines("abcde\r\nfghij\r\n", "[abcde][fghij]");
	expect_lines("abcd\r\r\n", "[abcd\\x0d]");
}

Test(line_receiver_split, p66_one_byte_more_is_not_when_finished)
{
	chosen_limit = 5;
	expect_lines("a\r\nabcdef\r\nb\r\n", "[a]closed");
	expect_lines("abcde\r\r\nb\r\n", "closed");
	expect_lines("abcde\n\r\nb\r\n", "closed");
}

Test(line_receiver_split, p66_one_byte_more_is_not_when_unfinished)
{
	chosen_limit = 5;
	expect_lines("a\r\nabcdef", "[a]closed");
	expect_lines("abcde\r\r", "closed");
}

Test(line_receiver_split, p66_the_begin_of_a_delimiter_is_not_too_long_yet)
{
	chosen_limit = 5;
	expect_lines("abcde\r", "");
	chosen_delimiter = "abab";
	expect_lines("12345aba", "");
	expect_lines("1234aaba", "");
	expect_lines("12345abaabab", "closed");
	expect_lines("1234aabab", "[1234a]");
}

Test(line_receiver_split, p66_a_limit_of_nothing_accepts_empty_lines)
{
	chosen_limit = 0;
	expect_lines("\r\n\r\n", "[][]");
	expect_lines("\r\na", "[]closed");
}

Test(line_receiver_split, p65_no_limit_is_too_high)
{
	chosen_limit = SIZE_MAX;
	expect_lines("abc\r\ndef\r\n", "[abc][def]");
}

/* ---- 65: delimiter and limit ---- */

Test(line_receiver, p65_the_delimiter_may_have_255_bytes)
{
	char delimiter[255];
	char input[600];

	memset(delimiter, 'x', sizeof(delimiter));
	cr_assert(eq(int, 0,
		     evert_line_receiver_set_delimiter(receiver, delimiter,
						       255)));
	memset(input, 'x', sizeof(input));
	feed(&receiver->base, input, 509);
	expect_seen("[]");
	feed(&receiver->base, input, 1);
	expect_seen("[][]");
	evert_line_receiver_set_delimiter(receiver, "\n", 1);
}

Test(line_receiver, p65_each_byte_of_a_delimiter_of_three_counts)
{
	evert_line_receiver_set_delimiter(receiver, "abc", 3);
	feed_text("1axc2abxc3xbc4abc5aabc6ab");
	expect_seen("[1axc2abxc3xbc4][5a]");
	feed_text("c");
	expect_seen("[1axc2abxc3xbc4][5a][6]");
	cr_assert(eq(int, 0,
		     evert_line_receiver_send_line(receiver, "7ac", 3)));
	evert_line_receiver_set_delimiter(receiver, "\n", 1);
}

Test(line_receiver, p65_a_delimiter_of_none_or_256_bytes_is_refused)
{
	char delimiter[256] = { 0 };

	cr_assert(eq(int, -EINVAL,
		     evert_line_receiver_set_delimiter(receiver, "", 0)));
	cr_assert(eq(int, -EINVAL,
		     evert_line_receiver_set_delimiter(receiver, delimiter,
						       256)));
	feed_text("still CR LF\r\n");
	expect_seen("[still CR LF]");
}

static void end_lines_by_semicolons(struct recorder *self, const char *line,
				    size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_set_delimiter(&self->base, ";", 1);
}

Test(line_receiver, p65_a_delimiter_set_in_line_received_counts_from_the_next)
{
	recorder.on_line = end_lines_by_semicolons;
	feed_text("a;b\r\nc\r\nd;e;");
	expect_seen("[a;b][c\\x0d\\x0ad][e]");
}

static void allow_three_bytes(struct recorder *self, const char *line,
			      size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_set_limit(&self->base, 3);
}

Test(line_receiver, p65_a_limit_set_in_line_received_counts_from_the_next)
{
	recorder.on_line = allow_three_bytes;
	feed_text("abcd\r\nabc\r\nabcd\r\n");
	expect_seen("[abcd][abc]");
	cr_assert(is_closing());
}

Test(line_receiver, p65_the_default_limit_is_16384)
{
	char line[EVERT_LINE_LIMIT + 1];

	memset(line, 'x', sizeof(line));
	feed(&receiver->base, line, EVERT_LINE_LIMIT);
	feed_text("\r\n");
	cr_assert(eq(sz, recorder.lines, 1));
	cr_assert(not(is_closing()));

	feed(&receiver->base, line, EVERT_LINE_LIMIT + 1);
	cr_assert(is_closing());
}

Test(line_receiver, p65_from_outside_the_begin_of_a_line_is_looked_at_again)
{
	feed_text("a;b;c");
	evert_line_receiver_set_delimiter(receiver, ";", 1);
	expect_seen("[a][b]");
	feed_text(";");
	expect_seen("[a][b][c]");
}

Test(line_receiver, p65_a_lower_limit_from_outside_finds_a_line_too_long)
{
	feed_text("abcdef");
	evert_line_receiver_set_limit(receiver, 5);
	cr_assert(is_closing());
}

/* ---- 66: too long ---- */

Test(line_receiver, p66_by_default_the_connection_is_closed)
{
	evert_line_receiver_set_limit(receiver, 5);
	feed_text("abcdef\r\n");
	cr_assert(is_closing());
	cr_assert(not(evert_memory_transport_was_aborted(transport)));
}

TestSuite(tolerant, .fini = finish);

Test(tolerant, p66_line_too_long_gets_as_much_as_the_limit)
{
	begin_with(&tolerant_ops);
	evert_line_receiver_set_limit(receiver, 5);
	feed_text("a\r\nabcdef\r\nb\r\n");
	expect_seen("[a]too long: abcde.[b]");
}

Test(tolerant, p66_also_of_what_is_there_from_earlier_reads)
{
	begin_with(&tolerant_ops);
	evert_line_receiver_set_limit(receiver, 5);
	feed_text("a\r\nabc");
	feed_text("def\r\nb\r\n");
	expect_seen("[a]too long: abcde.[b]");
}

Test(tolerant, p66_it_is_told_before_its_end_has_come)
{
	begin_with(&tolerant_ops);
	evert_line_receiver_set_limit(receiver, 5);
	feed_text("abcdef");
	expect_seen("too long: abcde.");
}

Test(tolerant, p93_all_up_to_its_delimiter_is_dropped)
{
	begin_with(&tolerant_ops);
	evert_line_receiver_set_limit(receiver, 5);
	feed_text("abcdef");
	feed_text("gh");
	feed_text("DELETE EVERYTHING\r");
	feed_text("\ni\r\n");
	expect_seen("too long: abcde.[i]");
	cr_assert(not(is_closing()));
}

/* What it does is the test's. */
static void (*on_too_long)(void);

static void too_long_acts(struct evert_line_receiver *base, const char *data,
			  size_t length)
{
	line_too_long(base, data, length);
	on_too_long();
}

static const struct evert_line_receiver_ops acting_ops = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.line_too_long = too_long_acts,
	.limit = 5,
};

static void go_raw_for_three(void)
{
	evert_line_receiver_set_raw_mode_for(receiver, 3);
}

Test(tolerant, p93_raw_mode_set_meanwhile_begins_behind_the_delimiter)
{
	begin_with(&acting_ops);
	on_too_long = go_raw_for_three;
	feed_text("abcdefgh\r\nxyza\r\n");
	expect_seen("too long: abcde.{xyz}[a]");
}

static void end_lines_in_semicolons(void)
{
	evert_line_receiver_set_delimiter(receiver, ";", 1);
}

Test(tolerant, p93_a_delimiter_set_meanwhile_ends_the_line)
{
	begin_with(&acting_ops);
	on_too_long = end_lines_in_semicolons;
	feed_text("abcdefgh\r\nxy;a;");
	expect_seen("too long: abcde.[a]");
}

static void pause_receiver(void)
{
	evert_line_receiver_pause(receiver);
}

Test(tolerant, p93_it_may_be_paused_meanwhile)
{
	begin_with(&acting_ops);
	on_too_long = pause_receiver;
	feed_text("abcdef");
	feed_text("gh\r\na\r\n");
	expect_seen("too long: abcde.");
	evert_line_receiver_resume(receiver);
	expect_seen("too long: abcde.[a]");
}

/* What a block needs for itself, at most. */
enum { BOOKKEEPING = 64 };

static size_t live_bytes(void)
{
	return failing_allocator_counts().live_bytes;
}

TestSuite(line_receiver_memory);

/* A receiver without a transport: all memory that is counted is its own. */
static void begin_counting(void)
{
	recorder = (struct recorder){ 0 };
	failing_allocator_start(0, false);
	evert_line_receiver_init(receiver, &closing_ops);
}

static void end_counting(void)
{
	evert_line_receiver_finish(receiver);
	cr_assert(eq(sz, 0, failing_allocator_stop().live));
	transcript_clear(&seen);
}

Test(line_receiver_memory, p66_never_grows_past_limit_delimiter_and_one_read)
{
	enum { LIMIT = 1100, READ = 10 };
	size_t fed;

	begin_counting();
	evert_line_receiver_set_limit(receiver, LIMIT);
	for (fed = 0; fed < 2 * LIMIT; fed += READ) {
		feed_text("0123456789");
		cr_assert(le(sz, live_bytes(),
			     LIMIT + 2 + READ + BOOKKEEPING));
	}
	end_counting();
}

static size_t live_when_too_long;

static void watch_memory(struct evert_line_receiver *base, const char *data,
			 size_t length)
{
	(void)base;
	(void)data;
	(void)length;
	live_when_too_long = live_bytes();
}

static const struct evert_line_receiver_ops watching_ops = {
	.limit = 1000,
	.line_received = line_received,
	.line_too_long = watch_memory,
};

Test(line_receiver_memory, p66_nor_when_too_long_meets_a_long_read)
{
	enum { LIMIT = 1000, READ = 5000 };
	char read[READ];

	memset(read, 'x', sizeof(read));
	begin_counting();
	evert_line_receiver_init(receiver, &watching_ops);
	feed(&receiver->base, read, LIMIT);
	feed(&receiver->base, read, READ);
	cr_assert(ne(sz, live_when_too_long, 0));
	cr_assert(le(sz, live_when_too_long, LIMIT + 2 + READ + BOOKKEEPING));
	cr_assert(eq(sz, 0, live_bytes()));
	end_counting();
}

Test(line_receiver_memory, an_idle_receiver_owns_none)
{
	begin_counting();
	feed_text("a\r\nb");
	cr_assert(ne(sz, live_bytes(), 0));
	feed_text("c\r\n");
	cr_assert(eq(sz, live_bytes(), 0));
	end_counting();
}

static size_t allocated(void)
{
	struct mallinfo2 now = mallinfo2();

	return now.uordblks + now.hblkhd;
}

/* What a thread keeps for the next one is short. */
Test(line_receiver_memory, a_long_line_leaves_none_behind)
{
	static char read[1 << 20];
	size_t before = allocated();

	memset(read, 'x', sizeof(read));
	recorder = (struct recorder){ 0 };
	evert_line_receiver_init(receiver, &closing_ops);
	evert_line_receiver_set_limit(receiver, sizeof(read));
	feed(&receiver->base, read, sizeof(read));
	feed_text("\r\n");
	evert_line_receiver_finish(receiver);
	transcript_clear(&seen);
	cr_assert(lt(sz, allocated(), before + sizeof(read) / 2));
}

Test(line_receiver_memory, whole_lines_need_none)
{
	begin_counting();
	feed_text("a\r\nb\r\nccccccccccccccccccccccccccccccccccccccc\r\n");
	cr_assert(eq(sz, failing_allocator_counts().requests, 0));
	end_counting();
}

Test(line_receiver_memory, the_begin_of_a_line_behind_many_owns_little)
{
	char read[60000];

	memset(read, '\n', sizeof(read));
	begin_counting();
	evert_line_receiver_set_delimiter(receiver, "\n", 1);
	evert_line_receiver_pause(receiver);
	feed(&receiver->base, read, sizeof(read));
	feed_text("begin");
	evert_line_receiver_resume(receiver);
	cr_assert(eq(sz, recorder.lines, sizeof(read)));
	cr_assert(le(sz, live_bytes(), 64 + BOOKKEEPING));
	end_counting();
}

Test(line_receiver_memory, takes_at_most_64_bytes_besides_its_protocol)
{
	cr_assert(le(sz, sizeof(struct evert_line_receiver),
		     sizeof(struct evert_protocol) + 64));
}

/* ---- 67: raw mode ---- */

static void go_raw(struct recorder *self, const char *line, size_t length)
{
	if (length == 3 && !memcmp(line, "raw", 3))
		evert_line_receiver_set_raw_mode(&self->base);
}

Test(line_receiver, p67_the_rest_of_the_chunk_arrives_as_one)
{
	recorder.on_line = go_raw;
	feed_text("a\r\nraw\r\nsome\r\nraw\r\ndata");
	expect_seen("[a][raw]{some\\x0d\\x0araw\\x0d\\x0adata}");
	feed_text("more\r\n");
	cr_assert(eq(sz, recorder.raws, 2));
}

Test(line_receiver, p67_with_nothing_left_there_is_no_empty_call)
{
	recorder.on_line = go_raw;
	feed_text("raw\r\n");
	expect_seen("[raw]");
	feed_text("");
	expect_seen("[raw]");
	feed_text("x");
	expect_seen("[raw]{x}");
}

Test(line_receiver, p67_also_behind_a_line_from_two_reads)
{
	recorder.on_line = go_raw;
	feed_text("ra");
	feed_text("w\r\nrest\r\n");
	expect_seen("[raw]{rest\\x0d\\x0a}");
}

Test(line_receiver, p67_raw_data_has_no_limit)
{
	evert_line_receiver_set_limit(receiver, 3);
	recorder.on_line = go_raw;
	feed_text("raw\r\n0123456789");
	expect_seen("[raw]{0123456789}");
}

Test(line_receiver, p67_from_outside_the_begin_of_a_line_is_raw_at_once)
{
	feed_text("begin");
	evert_line_receiver_set_raw_mode(receiver);
	expect_seen("{begin}");
	feed_text("\r\n");
	expect_seen("{begin}{\\x0d\\x0a}");
}

/* A length that a peer has said may be any number. */
Test(line_receiver, raw_for_more_bytes_than_there_can_be_it_stays_so)
{
	evert_line_receiver_set_raw_mode_for(receiver, SIZE_MAX);
	feed_text("a\r\n");
	feed_text("b\r\n");
	expect_seen("{a\\x0d\\x0a}{b\\x0d\\x0a}");
}

static const struct evert_line_receiver_ops lines_only_ops = {
	.line_received = line_received,
};

Test(line_receiver_bugs, raw_mode_without_raw_data_received_is_a_bug,
     .signal = SIGABRT)
{
	begin_with(&lines_only_ops);
	evert_line_receiver_set_raw_mode(receiver);
}

static void finish_inside(struct recorder *self, const char *line,
			  size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_finish(&self->base);
}

Test(line_receiver_bugs, finish_inside_a_callback_is_a_bug, .signal = SIGABRT)
{
	begin();
	recorder.on_line = finish_inside;
	feed_text("a\r\n");
}

/* ---- 68: back to lines ---- */

/* The first three bytes were raw; the rest is lines again. */
static void three_are_raw(struct recorder *self, const char *data,
			  size_t length)
{
	evert_line_receiver_set_line_mode(&self->base, data + 3, length - 3);
}

Test(line_receiver, p68_set_line_mode_in_raw_data_received_is_queued)
{
	recorder.on_line = go_raw;
	recorder.on_raw = three_are_raw;
	feed_text("raw\r\nxyza\r\nb\r\nraw\r\nxyzc\r\n");
	expect_seen("[raw]{xyza\\x0d\\x0ab\\x0d\\x0araw\\x0d\\x0axyzc\\x0d\\x0a}"
		    "[a][b][raw]{xyzc\\x0d\\x0a}[c]");
	cr_assert(eq(sz, recorder.deepest, 1));
}

/* The same, from a copy that does not outlive the call. */
static void three_are_raw_copied(struct recorder *self, const char *data,
				 size_t length)
{
	char copy[100];

	memcpy(copy, data + 3, length - 3);
	evert_line_receiver_set_line_mode(&self->base, copy, length - 3);
	memset(copy, 'X', sizeof(copy));
}

Test(line_receiver, p68_the_extra_data_may_be_a_copy)
{
	recorder.on_line = go_raw;
	recorder.on_raw = three_are_raw_copied;
	feed_text("raw\r\nxyza\r\nb\r\nc");
	feed_text("d\r\n");
	expect_seen("[raw]{xyza\\x0d\\x0ab\\x0d\\x0ac}[a][b][cd]");
}

Test(line_receiver, p68_without_extra_data_the_next_read_is_lines)
{
	recorder.on_line = go_raw;
	recorder.on_raw = three_are_raw;
	feed_text("raw\r\nxyz");
	feed_text("a\r\n");
	expect_seen("[raw]{xyz}[a]");
}

Test(line_receiver, p68_from_outside_it_is_parsed_at_once)
{
	evert_line_receiver_set_raw_mode(receiver);
	feed_text("xyz");
	evert_line_receiver_set_line_mode(receiver, "a\r\nb", 4);
	expect_seen("{xyz}[a]");
	feed_text("c\r\n");
	expect_seen("{xyz}[a][bc]");
}

Test(line_receiver, p68_what_came_while_paused_comes_behind_it)
{
	evert_line_receiver_set_raw_mode(receiver);
	feed_text("xyz");
	evert_line_receiver_pause(receiver);
	feed_text("b\r\n");
	evert_line_receiver_set_line_mode(receiver, "a\r\n", 3);
	expect_seen("{xyz}");
	evert_line_receiver_resume(receiver);
	expect_seen("{xyz}[a][b]");
}

Test(line_receiver, p68_in_line_mode_it_is_data_like_any)
{
	feed_text("be");
	evert_line_receiver_set_line_mode(receiver, "gin\r\n", 5);
	expect_seen("[begin]");
}

Test(line_receiver_memory, p68_giving_the_end_of_raw_data_back_copies_nothing)
{
	const char input[] = "raw\r\nxyzraw\r\nxyzraw\r\nxyzraw\r\nxyz";

	begin_counting();
	recorder.on_line = go_raw;
	recorder.on_raw = three_are_raw;
	feed_text(input);
	cr_assert(eq(sz, recorder.raws, 4));
	cr_assert(eq(sz, failing_allocator_counts().requests, 0));
	end_counting();
}

Test(line_receiver, p68_in_line_mode_it_comes_behind_what_is_buffered)
{
	feed_text("be");
	evert_line_receiver_pause(receiver);
	evert_line_receiver_set_line_mode(receiver, "gin\r\n", 5);
	evert_line_receiver_resume(receiver);
	expect_seen("[begin]");
}

/* ---- 69: nothing after closing ---- */

static void lose(struct recorder *self, const char *data, size_t length)
{
	(void)data;
	(void)length;
	evert_transport_lose_connection(self->base.base.transport);
}

static void abort_connection(struct recorder *self, const char *data,
			     size_t length)
{
	(void)data;
	(void)length;
	evert_transport_abort(self->base.base.transport);
}

Test(line_receiver, p69_no_line_after_lose_connection_now_or_later)
{
	recorder.on_line = lose;
	feed_text("a\r\nb\r\nc");
	feed_text("d\r\n");
	expect_seen("[a]");
}

Test(line_receiver, p69_no_line_after_abort_now_or_later)
{
	recorder.on_line = abort_connection;
	feed_text("x");
	feed_text("a\r\nb\r\nc");
	feed_text("d\r\n");
	expect_seen("[xa]");
}

static void go_raw_and_lose(struct recorder *self, const char *line,
			    size_t length)
{
	evert_line_receiver_set_raw_mode(&self->base);
	lose(self, line, length);
}

Test(line_receiver, p69_no_raw_data_after_lose_connection_now_or_later)
{
	recorder.on_line = go_raw_and_lose;
	feed_text("a\r\nraw");
	feed_text("more");
	expect_seen("[a]");
}

static void three_are_raw_and_lose(struct recorder *self, const char *data,
				   size_t length)
{
	three_are_raw(self, data, length);
	lose(self, data, length);
}

Test(line_receiver, p69_no_line_after_lose_connection_in_raw_data_received)
{
	recorder.on_raw = three_are_raw_and_lose;
	evert_line_receiver_set_raw_mode(receiver);
	feed_text("xyza\r\n");
	expect_seen("{xyza\\x0d\\x0a}");
}

Test(line_receiver, p69_no_line_when_the_connection_was_lost_while_paused)
{
	evert_line_receiver_pause(receiver);
	feed_text("a\r\n");
	evert_transport_lose_connection(receiver->base.transport);
	evert_line_receiver_resume(receiver);
	evert_line_receiver_set_line_mode(receiver, "b\r\n", 3);
	expect_seen("");
}

Test(line_receiver, p69_no_line_after_the_connection_has_ended)
{
	feed_text("a");
	evert_memory_transport_end(transport, NULL);
	feed_text("b\r\n");
	expect_seen("");
}

Test(line_receiver_memory, p69_what_was_buffered_is_freed_when_closing)
{
	recorder = (struct recorder){ 0 };
	failing_allocator_start(0, false);
	evert_line_receiver_init(receiver, &closing_ops);
	transport = evert_memory_transport_create(&receiver->base);
	feed_text("a\r\nb");
	evert_transport_lose_connection(receiver->base.transport);
	feed_text("c");
	cr_assert(eq(sz, failing_allocator_counts().live, 1));
	evert_memory_transport_destroy(transport);
	end_counting();
}

/* ---- 70: pause and resume ---- */

static void pause_here(struct recorder *self, const char *line, size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_pause(&self->base);
}

Test(line_receiver, p70_pause_takes_effect_after_the_current_line)
{
	recorder.on_line = pause_here;
	feed_text("a\r\nb\r\nc");
	expect_seen("[a]");
	feed_text("d\r\n");
	expect_seen("[a]");
}

Test(line_receiver, p70_resume_delivers_the_rest_in_order)
{
	recorder.on_line = pause_here;
	feed_text("a\r\nb\r\nc");
	feed_text("d\r\ne");
	recorder.on_line = NULL;
	evert_line_receiver_resume(receiver);
	expect_seen("[a][b][cd]");
	feed_text("\r\n");
	expect_seen("[a][b][cd][e]");
}

Test(line_receiver, p70_each_resume_goes_on_to_the_next_pause)
{
	recorder.on_line = pause_here;
	feed_text("a\r\nb\r\nc\r\n");
	evert_line_receiver_resume(receiver);
	expect_seen("[a][b]");
	evert_line_receiver_resume(receiver);
	expect_seen("[a][b][c]");
	evert_line_receiver_resume(receiver);
	expect_seen("[a][b][c]");
}

Test(line_receiver, p70_pausing_stops_and_resuming_restarts_the_transport)
{
	evert_line_receiver_pause(receiver);
	evert_line_receiver_pause(receiver);
	cr_assert(not(evert_memory_transport_is_reading(transport)));
	evert_line_receiver_resume(receiver);
	cr_assert(evert_memory_transport_is_reading(transport));
}

static void pause_and_resume(struct recorder *self, const char *line,
			     size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_pause(&self->base);
	evert_line_receiver_resume(&self->base);
}

Test(line_receiver, p70_resume_inside_line_received_is_not_recursive)
{
	recorder.on_line = pause_and_resume;
	feed_text("a\r\nb\r\nc\r\n");
	expect_seen("[a][b][c]");
	cr_assert(eq(sz, recorder.deepest, 1));
}

Test(line_receiver, p70_pausing_with_the_begin_of_a_line_keeps_it)
{
	feed_text("be");
	evert_line_receiver_pause(receiver);
	feed_text("gin\r\nend");
	expect_seen("");
	evert_line_receiver_resume(receiver);
	feed_text("\r\n");
	expect_seen("[begin][end]");
}

static void go_raw_and_pause(struct recorder *self, const char *line,
			     size_t length)
{
	(void)line;
	(void)length;
	evert_line_receiver_set_raw_mode(&self->base);
	evert_line_receiver_pause(&self->base);
}

Test(line_receiver, p70_raw_data_waits_too)
{
	recorder.on_line = go_raw_and_pause;
	feed_text("a\r\nraw");
	feed_text("data");
	expect_seen("[a]");
	evert_line_receiver_resume(receiver);
	expect_seen("[a]{rawdata}");
}

static void three_are_raw_and_pause(struct recorder *self, const char *data,
				    size_t length)
{
	three_are_raw(self, data, length);
	evert_line_receiver_pause(&self->base);
}

Test(line_receiver, p70_data_given_back_waits_too)
{
	recorder.on_raw = three_are_raw_and_pause;
	evert_line_receiver_set_raw_mode(receiver);
	feed_text("xyza\r\nb");
	expect_seen("{xyza\\x0d\\x0ab}");
	feed_text("c\r\n");
	evert_line_receiver_resume(receiver);
	expect_seen("{xyza\\x0d\\x0ab}[a][bc]");
}

Test(line_receiver_memory, p70_lines_that_come_and_go_while_paused)
{
	size_t i;

	begin_counting();
	recorder.on_line = pause_here;
	evert_line_receiver_pause(receiver);
	for (i = 0; i < 20; i++)
		feed_text("0123456789\r\n");
	for (i = 0; i < 1000; i++) {
		evert_line_receiver_resume(receiver);
		feed_text("0123456789\r\n");
		cr_assert(le(sz, live_bytes(), 1000));
	}
	cr_assert(eq(sz, recorder.lines, 1000));
	end_counting();
}

/* ---- What was not delivered ---- */

static size_t unread_then;

static void count_unread(struct recorder *self, const char *line,
			 size_t length)
{
	(void)line;
	(void)length;
	unread_then = evert_protocol_unread(&self->base.base);
}

Test(line_receiver, tells_inside_line_received_how_much_stands_behind_the_line)
{
	recorder.on_line = count_unread;
	feed(&receiver->base, "one\r\n", 5);
	cr_assert(eq(sz, unread_then, 0));
	feed(&receiver->base, "two\r\nthree", 10);
	cr_assert(eq(sz, unread_then, 5));
	feed(&receiver->base, "\r\nx", 3);
	cr_assert(eq(sz, unread_then, 1));
	cr_assert(eq(sz, evert_protocol_unread(&receiver->base), 1));
}

Test(line_receiver, tells_how_much_waits_while_it_is_paused)
{
	evert_line_receiver_pause(receiver);
	feed(&receiver->base, "one\r\ntwo", 8);
	cr_assert(eq(sz, evert_protocol_unread(&receiver->base), 8));
}

/* ---- 71: clear ---- */

Test(line_receiver, p71_clear_hands_back_the_begin_of_a_line)
{
	char *data;
	size_t length;

	feed_text("a\r\nbegin");
	cr_assert(eq(int, 0,
		     evert_line_receiver_clear(receiver, &data, &length)));
	cr_assert(eq(sz, length, 5));
	cr_assert(zero(memcmp(data, "begin", 5)));
	evert_free(data);
	feed_text("b\r\n");
	expect_seen("[a][b]");
}

static void clear_here(struct recorder *self, const char *line, size_t length)
{
	char *data;
	size_t size;

	cr_assert(eq(int, 0,
		     evert_line_receiver_clear(&self->base, &data, &size)));
	transcript_add(&seen, "(");
	transcript_add_bytes(&seen, data, size);
	transcript_add(&seen, ")");
	evert_free(data);
	/* The line is still there. */
	transcript_add_bytes(&seen, line, length);
}

Test(line_receiver, p71_clear_inside_line_received_takes_the_rest)
{
	recorder.on_line = clear_here;
	feed_text("a");
	feed_text("b\r\nc\r\nd");
	feed_text("e\r\n");
	expect_seen("[ab](c\\x0d\\x0ad)ab[e]()e");
}

Test(line_receiver, p71_clear_takes_what_waits_while_paused_in_order)
{
	recorder.on_line = pause_here;
	feed_text("a\r\nb\r\nc");
	feed_text("d\r\n");
	clear_here(&recorder, "", 0);
	evert_line_receiver_resume(receiver);
	expect_seen("[a](b\\x0d\\x0acd\\x0d\\x0a)");
}

static void clear_inside_resumed(struct recorder *self, const char *line,
				 size_t length)
{
	clear_here(self, line, length);
	feed(&self->base.base, "z\r\n", 3);
	self->on_line = NULL;
}

Test(line_receiver, p71_clear_leaves_the_line_that_came_from_the_buffer)
{
	evert_line_receiver_pause(receiver);
	feed_text("a\r\nb\r\n");
	recorder.on_line = clear_inside_resumed;
	evert_line_receiver_resume(receiver);
	expect_seen("[a](b\\x0d\\x0a)a[z]");
}

Test(line_receiver, p71_with_nothing_buffered_it_hands_back_nothing)
{
	char *data = "";
	size_t length = 1;

	cr_assert(eq(int, 0,
		     evert_line_receiver_clear(receiver, &data, &length)));
	cr_assert(eq(ptr, data, NULL));
	cr_assert(eq(sz, length, 0));
}

Test(line_receiver, p71_it_can_just_discard)
{
	feed_text("begin");
	cr_assert(eq(int, 0, evert_line_receiver_clear(receiver, NULL, NULL)));
	feed_text("a\r\n");
	expect_seen("[a]");
}

Test(line_receiver_memory, p71_without_memory_nothing_is_discarded)
{
	char *data;
	size_t length;

	begin_counting();
	feed_text("begin");
	failing_allocator_fail(1, false);
	cr_assert(eq(int, -ENOMEM,
		     evert_line_receiver_clear(receiver, &data, &length)));
	feed_text("\r\n");
	expect_seen("[begin]");
	end_counting();
}

/* ---- 72: received from inside ---- */

static void receive_more(struct recorder *self, const char *line,
			 size_t length)
{
	if (length == 1 && *line == 'a')
		feed(&self->base.base, "x\r\ny", 4);
}

Test(line_receiver, p72_data_received_from_inside_appends)
{
	recorder.on_line = receive_more;
	feed_text("a\r\nb\r\nc\r\n");
	expect_seen("[a][b][c][x]");
	feed_text("z\r\n");
	expect_seen("[a][b][c][x][yz]");
	cr_assert(eq(sz, recorder.deepest, 1));
}

Test(line_receiver, p72_behind_the_begin_of_a_line)
{
	recorder.on_line = receive_more;
	feed_text("a\r\nb");
	expect_seen("[a][bx]");
	feed_text("\r\n");
	expect_seen("[a][bx][y]");
}

Test(line_receiver, p72_from_inside_a_line_of_two_reads)
{
	recorder.on_line = receive_more;
	feed_text("a\r");
	feed_text("\nb\r\n");
	expect_seen("[a][b][x]");
}

/* ---- 74: sending ---- */

static void expect_written(const char *expected)
{
	size_t length;
	const char *written =
		evert_memory_transport_written(transport, &length);

	cr_assert(eq(str, (char *)written, (char *)expected));
	cr_assert(eq(sz, length, strlen(expected)));
}

static int send_text(const char *text)
{
	return evert_line_receiver_send_line(receiver, text, strlen(text));
}

Test(line_receiver, p74_a_line_is_sent_with_its_delimiter)
{
	cr_assert(eq(int, 0, send_text("hello")));
	cr_assert(eq(int, 0, send_text("")));
	expect_written("hello\r\n\r\n");
}

Test(line_receiver, p74_a_line_with_the_delimiter_is_refused)
{
	cr_assert(eq(int, -EINVAL, send_text("a\r\nb")));
	cr_assert(eq(int, -EINVAL, send_text("\r\n")));
	expect_written("");
}

Test(line_receiver, p74_half_a_delimiter_is_not_one)
{
	cr_assert(eq(int, 0, send_text("\na\rb\r")));
	expect_written("\na\rb\r\r\n");
}

Test(line_receiver, p74_a_line_that_completes_the_delimiter_is_refused)
{
	evert_line_receiver_set_delimiter(receiver, "aa", 2);
	cr_assert(eq(int, -EINVAL, send_text("xa")));
	cr_assert(eq(int, -EINVAL, send_text("a")));
	cr_assert(eq(int, 0, send_text("ax")));
	evert_line_receiver_set_delimiter(receiver, "abab", 4);
	cr_assert(eq(int, -EINVAL, send_text("xab")));
	cr_assert(eq(int, 0, send_text("xa")));
	expect_written("axaaxaabab");
}

Test(line_receiver, p74_a_long_line_is_sent_whole)
{
	char line[100000];
	size_t length;
	const char *written;

	memset(line, 'x', sizeof(line));
	cr_assert(eq(int, 0,
		     evert_line_receiver_send_line(receiver, line,
						   sizeof(line))));
	written = evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, sizeof(line) + 2));
	cr_assert(zero(memcmp(written, line, sizeof(line))));
	cr_assert(zero(memcmp(written + sizeof(line), "\r\n", 2)));
}

Test(line_receiver, p74_after_lose_connection_it_is_refused)
{
	char line[2000];

	memset(line, 'x', sizeof(line));
	evert_transport_lose_connection(receiver->base.transport);
	cr_assert(eq(int, -EPIPE, send_text("a")));
	cr_assert(eq(int, -EPIPE,
		     evert_line_receiver_send_line(receiver, line,
						   sizeof(line))));
	expect_written("");
}

Test(line_receiver, p74_without_a_transport_it_is_refused)
{
	struct evert_line_receiver unconnected;

	evert_line_receiver_init(&unconnected, &closing_ops);
	cr_assert(eq(int, -ENOTCONN,
		     evert_line_receiver_send_line(&unconnected, "a", 1)));
	evert_line_receiver_finish(&unconnected);
}

/* ---- 68: extra data, and what is left of the chunk ---- */

static void raw_and_back(struct recorder *self, const char *line,
			 size_t length)
{
	(void)line;
	if (length != 3)
		return;
	evert_line_receiver_set_raw_mode(&self->base);
	evert_line_receiver_set_line_mode(&self->base, "ex\r\ntra", 7);
}

Test(line_receiver, p68_extra_data_comes_in_front_of_the_rest)
{
	recorder.on_line = raw_and_back;
	feed_text("raw\r\na\r\nb");
	feed_text("c\r\n");
	expect_seen("[raw][ex][traa][bc]");
}

/* ---- Raw data that is counted ---- */

static void count_raw(struct recorder *self, const char *line, size_t length)
{
	if (length && *line == 'r')
		evert_line_receiver_set_raw_mode_for(&self->base, length);
	if (length && *line == 'c')
		evert_line_receiver_collect(&self->base, length);
}

static struct evert_protocol *open_counting(void)
{
	begin();
	recorder.on_line = count_raw;
	return &receiver->base;
}

static void close_counting(struct evert_protocol *protocol)
{
	(void)protocol;
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(receiver);
}

Test(line_receiver, lines_follow_raw_data_that_is_counted)
{
	recorder.on_line = count_raw;
	feed_text("r23\r\nxyza\r\nr2\r\nx");
	feed_text("y\r\n");
	expect_seen("[r23]{xyz}[a][r2]{x}{y}[]");
}

static size_t left_then;

static void note_left(struct recorder *self, const char *data, size_t length)
{
	(void)data;
	(void)length;
	left_then = evert_line_receiver_raw_left(&self->base);
}

Test(line_receiver, how_much_raw_data_is_left_can_be_asked)
{
	recorder.on_line = count_raw;
	recorder.on_raw = note_left;
	feed_text("r2345\r\nxy");
	cr_assert(eq(sz, left_then, 3));
	feed_text("zab");
	cr_assert(eq(sz, left_then, 0));
}

TestSuite(line_receiver_counted);

Test(line_receiver_counted, p93_what_is_collected_arrives_in_one_piece)
{
	static const struct subject subject = { open_counting, close_counting,
						&seen };
	const char input[] = "c2345678\r\nab\r\ncd\r\ne\r\nc\r\nf\r\n";

	expect_however_split(&subject, input, strlen(input),
			     "[c2345678]{ab\\x0d\\x0acd\\x0d\\x0a}[e][c]{f}[]");
}

static void give_half_back(struct recorder *self, const char *data,
			   size_t length)
{
	char copy[8];

	memcpy(copy, data + length / 2, length - length / 2);
	evert_line_receiver_set_line_mode(&self->base, copy,
					  length - length / 2);
}

Test(line_receiver, p68_of_counted_raw_data_the_end_can_be_given_back)
{
	recorder.on_line = count_raw;
	recorder.on_raw = give_half_back;
	feed_text("c234\r\nabcd1\r\n");
	expect_seen("[c234]{abcd}[cd1]");
}

Test(line_receiver_memory, what_is_collected_grows_in_linear_time)
{
	enum { MUCH = 1 << 20 };
	size_t fed;

	begin_counting();
	evert_line_receiver_collect(receiver, MUCH);
	for (fed = 0; fed < MUCH; fed += 8)
		feed_text("01234567");
	cr_assert(eq(sz, recorder.raws, 1));
	cr_assert(lt(sz, failing_allocator_counts().requests, 40));
	end_counting();
}

/* ---- Lines that end in LF, with a CR in front or not ---- */

TestSuite(line_feed);

static const struct evert_line_receiver_ops line_feed_ops = {
	.line_received = line_received,
	.line_too_long = line_too_long,
	.delimiter = EVERT_LINE_FEED,
	.limit = 5,
};

static struct evert_protocol *open_line_feed(void)
{
	begin_with(&line_feed_ops);
	return &receiver->base;
}

static void expect_line_feed(const char *input, const char *expected)
{
	static const struct subject subject = { open_line_feed, close_counting,
						&seen };

	expect_however_split(&subject, input, strlen(input), expected);
}

Test(line_feed, p93_a_cr_in_front_is_taken_away_once)
{
	expect_line_feed("a\r\nb\n\r\n\nc\r\r\nd\re\n",
			 "[a][b][][][c\\x0d][d\\x0de]");
}

Test(line_feed, p66_the_cr_does_not_count_in_the_limit)
{
	expect_line_feed("abcde\r\nabcde\nabcdef\n\n",
			 "[abcde][abcde]too long: abcde.[]");
	expect_line_feed("abcde\r\r\nf\nabcde\rf\ng\n",
			 "too long: abcde.[f]too long: abcde.[g]");
}

Test(line_feed, p74_lines_are_sent_with_lf)
{
	open_line_feed();
	cr_assert(eq(int, evert_line_receiver_send_line(receiver, "a", 1), 0));
	cr_assert(eq(int, evert_line_receiver_send_line(receiver, "b\r", 2),
		     -EINVAL));
	cr_assert(eq(str, (char *)evert_memory_transport_written(transport,
								 NULL),
		     "a\n"));
	finish();
}

Test(line_feed, telnet_in_character_mode_ends_lines_in_cr_and_zero)
{
	begin();
	evert_line_receiver_set_delimiter(receiver, "\r", 2);
	feed(&receiver->base, "a\r\0b\r\0", 6);
	expect_seen("[a][b]");
	finish();
}

/* ---- Formatted lines ---- */

Test(line_receiver, p74_a_formatted_line_may_have_any_length)
{
	char expected[1003];
	const char *written;
	size_t length;

	memset(expected, ' ', 999);
	strcpy(expected + 999, "7\r\n");
	cr_assert(eq(int,
		     evert_line_receiver_send_linef(receiver, "%1000d", 7),
		     0));
	written = evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, 1002));
	cr_assert(eq(int, memcmp(written, expected, 1002), 0));
}

Test(line_receiver, p74_a_formatted_line_with_the_delimiter_is_refused)
{
	cr_assert(eq(int,
		     evert_line_receiver_send_linef(receiver, "a%sb", "\r\n"),
		     -EINVAL));
	cr_assert(eq(sz, evert_transport_queued(receiver->base.transport),
		     0));
}
