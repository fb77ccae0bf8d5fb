/* SPDX-License-Identifier: MIT */
/*
 * Of many short lines in a chunk several are found by one look. What is done
 * when one of them is delivered counts for the next all the same: as when each
 * byte comes alone.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

enum { LINES = 24 };

struct reader {
	struct evert_line_receiver base;
	size_t lines, change_at;
	void (*change)(struct evert_line_receiver *self);
};

static struct transcript seen;

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	struct reader *self = evert_container_of(base, struct reader, base);

	transcript_add(&seen, "[");
	transcript_add_bytes(&seen, line, length);
	transcript_add(&seen, "]");
	if (self->lines++ == self->change_at)
		self->change(base);
}

static void raw_data_received(struct evert_line_receiver *base,
			      const char *data, size_t length)
{
	(void)base;
	transcript_add_bytes(&seen, data, length);
}

static void line_too_long(struct evert_line_receiver *base, const char *data,
			  size_t length)
{
	(void)base;
	transcript_add(&seen, "too long: ");
	transcript_add_bytes(&seen, data, length);
}

static const struct evert_line_receiver_ops ops = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.line_too_long = line_too_long,
};

/* Short lines, with all there may be in them that is none of their ends. */
static void feed_lines(struct evert_line_receiver *self, size_t at_once)
{
	const char some[] = "a;b\r\nc\rd\r\n\r\n;\r\ne\nf;g\r\nhijklmnop\r\n";
	char all[LINES * sizeof(some)];
	size_t i, length = 0;

	for (i = 0; i < LINES; i++, length += sizeof(some) - 1)
		memcpy(all + length, some, sizeof(some) - 1);
	for (i = 0; i < length; i += at_once)
		feed(&self->base, all + i,
		     length - i < at_once ? length - i : at_once);
}

/* What is seen then; the caller frees it. */
static char *see(void (*change)(struct evert_line_receiver *self),
		 size_t change_at, size_t at_once)
{
	struct reader reader = { .change = change, .change_at = change_at };
	struct evert_memory_transport *transport;
	char *text;

	evert_line_receiver_init(&reader.base, &ops);
	transport = evert_memory_transport_create(&reader.base.base);
	feed_lines(&reader.base, at_once);
	evert_line_receiver_resume(&reader.base);
	text = strdup(transcript_text(&seen));
	transcript_clear(&seen);
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(&reader.base);
	return text;
}

static void expect_same(void (*change)(struct evert_line_receiver *self))
{
	char *by_bytes, *at_once;
	size_t at;

	for (at = 0; at < LINES; at++) {
		by_bytes = see(change, at, 1);
		at_once = see(change, at, SIZE_MAX);
		cr_expect(eq(str, at_once, by_bytes), "at line %zu", at);
		free(by_bytes);
		free(at_once);
	}
}

static void change_nothing(struct evert_line_receiver *self)
{
	(void)self;
}

Test(many_lines, p64_they_are_the_same_as_when_each_byte_comes_alone)
{
	expect_same(change_nothing);
}

static void end_by_semicolons(struct evert_line_receiver *self)
{
	evert_line_receiver_set_delimiter(self, ";", 1);
}

Test(many_lines, p65_a_delimiter_that_is_set_counts_from_the_next)
{
	expect_same(end_by_semicolons);
}

static void end_by_three_bytes(struct evert_line_receiver *self)
{
	evert_line_receiver_set_delimiter(self, "\r\n;", 3);
}

Test(many_lines, p65_a_long_delimiter_does_too)
{
	expect_same(end_by_three_bytes);
}

static void end_by_line_feeds(struct evert_line_receiver *self)
{
	evert_line_receiver_set_delimiter(self, EVERT_LINE_FEED, 1);
}

Test(many_lines, p65_and_one_that_takes_a_cr_before_it)
{
	expect_same(end_by_line_feeds);
}

static void allow_three_bytes(struct evert_line_receiver *self)
{
	evert_line_receiver_set_limit(self, 3);
}

Test(many_lines, p65_a_limit_that_is_set_counts_from_the_next)
{
	expect_same(allow_three_bytes);
}

static void take_raw(struct evert_line_receiver *self)
{
	evert_line_receiver_set_raw_mode(self);
}

Test(many_lines, p67_raw_mode_begins_behind_the_line)
{
	expect_same(take_raw);
}

static void take_ten_raw(struct evert_line_receiver *self)
{
	evert_line_receiver_set_raw_mode_for(self, 10);
}

Test(many_lines, p67_counted_raw_data_does_too)
{
	expect_same(take_ten_raw);
}

static void pause(struct evert_line_receiver *self)
{
	evert_line_receiver_pause(self);
}

Test(many_lines, p70_paused_and_resumed_they_go_on)
{
	expect_same(pause);
}

static void pause_shortly(struct evert_line_receiver *self)
{
	evert_line_receiver_pause(self);
	end_by_semicolons(self);
	evert_line_receiver_resume(self);
}

Test(many_lines, p70_resumed_at_once_by_another_rule_too)
{
	expect_same(pause_shortly);
}

static void close_it(struct evert_line_receiver *self)
{
	evert_transport_lose_connection(self->base.transport);
}

Test(many_lines, p69_closed_it_gets_no_more)
{
	expect_same(close_it);
}

static void discard(struct evert_line_receiver *self)
{
	evert_line_receiver_clear(self, NULL, NULL);
}

Test(many_lines, p71_what_is_discarded_is_not_delivered)
{
	struct reader reader = { .change = discard, .change_at = 1 };

	evert_line_receiver_init(&reader.base, &ops);
	feed_lines(&reader.base, SIZE_MAX);
	feed_lines(&reader.base, 10);
	cr_assert(eq(sz, reader.lines, 2 + 6 * LINES));
	evert_line_receiver_finish(&reader.base);
	transcript_clear(&seen);
}

/* Lines in front of those that were seen, by way of raw mode. */
static void read_again(struct evert_line_receiver *base, const char *data,
		       size_t length)
{
	(void)length;
	evert_line_receiver_set_line_mode(base, data, length);
}

Test(many_lines, p68_data_given_back_is_lines_again)
{
	static const struct evert_line_receiver_ops giving_back = {
		.line_received = line_received,
		.raw_data_received = read_again,
	};
	struct reader reader = { .change = take_raw, .change_at = 3 };
	char *expected = see(change_nothing, 0, 1);

	evert_line_receiver_init(&reader.base, &giving_back);
	feed_lines(&reader.base, SIZE_MAX);
	cr_expect(eq(str, (char *)transcript_text(&seen), expected));
	free(expected);
	evert_line_receiver_finish(&reader.base);
	transcript_clear(&seen);
}
