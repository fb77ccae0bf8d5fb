/* SPDX-License-Identifier: MIT */
/* What a stream's reads give, one after another, while bytes come, and at the
   end; also where bytes come that nobody waits for. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../protocols/stream/stream.h"
#include "../../protocols/stream/stream_reader_internal.h"

enum { REQUESTS = 64 };

static struct fuzz_log seen, expected;

static const struct evert_stream_request requests[] = {
	{ .delimiter = "\n", .delimiter_length = 1, .is_line = true },
	{ .delimiter = "aab", .delimiter_length = 3 },
	{ .delimiter = "aa", .delimiter_length = 2 },
	{ .least = 1, .most = 1 },
	{ .least = 7, .most = 7 },
	{ .least = 40, .most = 40 },
};

/* The n-th request is the same for the reader and the reference. */
static const struct evert_stream_request *request_number(unsigned order,
							 unsigned n)
{
	return &requests[(order + n * (1 + order / 6 % 5)) % 6];
}

/* ---- The reference ---- */

static void note_text(const struct evert_stream_request *request,
		      const char *data, size_t length)
{
	if (request->is_line && data[--length] == '\n' && length &&
	    data[length - 1] == '\r')
		length--;
	fuzz_note(&expected, 'T', data, length);
}

/* How many bytes it takes. */
static size_t refer(const struct evert_stream_request *request, size_t limit,
		    const char *data, size_t left)
{
	size_t longest = limit + request->delimiter_length, taken = 0;
	const char *at;

	if (!request->delimiter) {
		taken = request->least <= left ? request->least : 0;
	} else {
		at = memmem(data, left < longest ? left : longest,
			    request->delimiter, request->delimiter_length);
		if (at)
			taken = (size_t)(at - data) +
				request->delimiter_length;
	}
	if (taken)
		note_text(request, data, taken);
	else if (request->delimiter && left >= longest)
		fuzz_note(&expected, 'L', NULL, 0);
	else
		fuzz_note(&expected, left ? 'I' : 'E', NULL, 0);
	return taken;
}

/* ---- The reader ---- */

static void note(struct evert_result result)
{
	if (evert_result_failed_with(&result, EVERT_STREAM_TOO_LONG))
		fuzz_note(&seen, 'L', NULL, 0);
	else if (evert_result_failed_with(&result, EVERT_STREAM_INCOMPLETE))
		fuzz_note(&seen, 'I', NULL, 0);
	else if (evert_result_failed_with(&result, EVERT_STREAM_END))
		fuzz_note(&seen, 'E', NULL, 0);
	else
		fuzz_note(&seen, 'T', evert_result_as_text(&result),
			  evert_result_text_length(&result));
	evert_result_release(result);
}

/* Bytes come, or the end. */
static struct evert_result receive(struct evert_stream_reader *reader,
				   struct fuzz_input *input)
{
	size_t length = 0;
	char *piece = fuzz_piece(input, &length);
	struct evert_result outcome;

	if (!piece)
		reader->ended = true;
	outcome = evert_stream_reader_look(reader, piece ? piece : "", length);
	free(piece);
	return outcome;
}

static void read_once(struct evert_stream_reader *reader,
		      const struct evert_stream_request *request,
		      struct fuzz_input *input)
{
	struct evert_result outcome;

	while (fuzz_below(input, 3) == 0)
		if (receive(reader, input).type)
			abort(); /* nobody waits */
	evert_stream_reader_ask(reader, *request);
	reader->waiting = true;
	outcome = evert_stream_reader_look(reader, "", 0);
	while (!outcome.type)
		outcome = receive(reader, input);
	note(outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { (const char *)data, size, 1 };
	unsigned order = fuzz_setting(&input), n;
	struct evert_stream_reader reader = { .limit = fuzz_setting(&input) %
						       32 };
	const char *at;
	size_t left, taken;

	fuzz_seed(&input);
	at = input.data;
	left = input.left;
	for (n = 0; n < REQUESTS; n++) {
		read_once(&reader, request_number(order, n), &input);
		taken = refer(request_number(order, n), reader.limit, at, left);
		at += taken;
		left -= taken;
	}
	evert_stream_reader_finish(&reader);
	fuzz_expect_equal(&seen, &expected);
	return 0;
}
