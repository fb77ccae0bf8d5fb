/* SPDX-License-Identifier: MIT */
/*
 * Promise 93: however a stream is cut into chunks, the same is delivered; also
 * around lines that are too long, where modes and delimiters change, and where
 * delivery pauses.
 */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/framing/framing_internal.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/transcript.h"

enum { LIMIT = 6, LONGEST = 300 };

struct reader {
	struct evert_line_receiver base;
	struct transcript seen;
	bool in_raw; /* the last that was seen is raw data */
};

static struct reader *reader_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct reader, base);
}

/* The first letter of a line is a command, its length an argument. */
static void obey(struct evert_line_receiver *base, char command, size_t length)
{
	static const char *const delimiters[] = { EVERT_LINE_FEED, "b", "aab",
						  "abab" };

	if (command == 'R')
		evert_line_receiver_set_raw_mode_for(base, length);
	else if (command == 'K')
		evert_line_receiver_collect(base, 2 * length);
	else if (command == 'D')
		evert_line_receiver_set_delimiter(
			base, delimiters[length % 4],
			strlen(delimiters[length % 4]));
	else if (command == 'M')
		evert_line_receiver_set_limit(base, length);
	else if (command == 'P')
		evert_line_receiver_pause(base);
	if (command == 'Q') {
		evert_line_receiver_pause(base);
		evert_line_receiver_resume(base);
	}
	if (command == 'U') {
		evert_line_receiver_set_raw_mode(base);
		evert_line_receiver_set_line_mode(base, "x\r\nab", 5);
	}
}

static void note(struct reader *self, const char *what, const char *data,
		 size_t length)
{
	transcript_add(&self->seen, "%s", what);
	transcript_add_bytes(&self->seen, data, length);
	self->in_raw = false;
}

static void line_received(struct evert_line_receiver *base, const char *line,
			  size_t length)
{
	note(reader_from(base), "|", line, length);
	if (length)
		obey(base, *line, length);
}

static void raw_data_received(struct evert_line_receiver *base,
			      const char *data, size_t length)
{
	struct reader *self = reader_from(base);
	bool goes_on = self->in_raw;

	note(self, goes_on ? "" : "|raw ", data, length);
	self->in_raw = evert_line_receiver_raw_left(base);
}

static void line_too_long(struct evert_line_receiver *base, const char *data,
			  size_t length)
{
	note(reader_from(base), "|too long ", data, length);
	if (length)
		obey(base, *data, length);
}

static void closed(struct evert_line_receiver *base,
		   const struct evert_failure *reason)
{
	(void)reason;
	note(reader_from(base), "|end", NULL, 0);
}

static const struct evert_line_receiver_ops tolerant = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.line_too_long = line_too_long,
	.connection_lost = closed,
	.limit = LIMIT,
};

static const struct evert_line_receiver_ops strict = {
	.line_received = line_received,
	.raw_data_received = raw_data_received,
	.connection_lost = closed,
	.limit = LIMIT,
};

/* Feeds `input` in chunks of 1 to `most` bytes; whenever delivery pauses, it
   is resumed behind the chunk. The transcript is the caller's. */
static void run(struct transcript *seen,
		const struct evert_line_receiver_ops *ops, const char *input,
		size_t length, size_t most, struct random *random)
{
	struct reader reader = { .in_raw = false };
	struct evert_memory_transport *transport;
	size_t at, size;

	evert_line_receiver_init(&reader.base, ops);
	transport = evert_memory_transport_create(&reader.base.base);
	for (at = 0; at < length; at += size) {
		size = 1 + random_below(random, most);
		if (size > length - at)
			size = length - at;
		feed(&reader.base.base, input + at, size);
		while (evert_framing_is_paused(&reader.base.framing))
			evert_line_receiver_resume(&reader.base);
	}
	evert_memory_transport_destroy(transport);
	evert_line_receiver_finish(&reader.base);
	*seen = reader.seen;
}

static size_t make_input(struct random *random, char *input)
{
	static const char *const words[] = {
		"\r\n", "\r\n", "\r\n", "\n", "\r", "a", "b", "aab", "abab",
		"R", "K", "D", "M", "P", "Q", "U", "\r\nRa", "\r\nKb",
		"\r\nDa\r\n", "\r\nPabcdefgh", "\r\nRabcdefgh",
	};
	size_t length = 0;
	const char *word;

	while (length < LONGEST - 16) {
		word = words[random_below(random, 21)];
		memcpy(input + length, word, strlen(word));
		length += strlen(word);
	}
	return length;
}

static void compare(const struct evert_line_receiver_ops *ops, uint64_t seed)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 20, 100 };
	struct random random = { seed };
	struct transcript whole, cut;
	char input[LONGEST];
	size_t length = make_input(&random, input);
	size_t i;

	run(&whole, ops, input, length, 1, &random);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		run(&cut, ops, input, length, sizes[i], &random);
		cr_assert(eq(str, (char *)transcript_text(&cut),
			     (char *)transcript_text(&whole)),
			  "seed %zu, chunks up to %zu", (size_t)seed,
			  sizes[i]);
		transcript_clear(&cut);
	}
	transcript_clear(&whole);
}

TestSuite(cuts, .timeout = 60);

Test(cuts, p93_lines_with_some_too_long_are_the_same_for_every_cut)
{
	uint64_t seed;

	for (seed = 1; seed <= 3000; seed++)
		compare(&tolerant, seed);
}

Test(cuts, p93_the_connection_closes_at_the_same_line_for_every_cut)
{
	uint64_t seed;

	for (seed = 1; seed <= 3000; seed++)
		compare(&strict, seed);
}
