/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../reactor/transport/transport.h"

unsigned fuzz_setting(struct fuzz_input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return (unsigned char)*input->data++;
}

void fuzz_seed(struct fuzz_input *input)
{
	input->state = 1 + fuzz_setting(input);
	input->state += (uint64_t)fuzz_setting(input) << 8;
}

/* xorshift64* (Vigna). */
size_t fuzz_below(struct fuzz_input *input, size_t below)
{
	input->state ^= input->state >> 12;
	input->state ^= input->state << 25;
	input->state ^= input->state >> 27;
	return (size_t)((input->state * 0x2545f4914f6cdd1d) >> 33) % below;
}

/* Mostly short ones, so that much is cut; sometimes all. */
char *fuzz_piece(struct fuzz_input *input, size_t *length)
{
	size_t most = fuzz_below(input, 8) ? 6 : input->left;
	char *piece;

	if (!input->left)
		return NULL;
	*length = 1 + fuzz_below(input, most);
	if (*length > input->left)
		*length = input->left;
	piece = malloc(*length);
	if (!piece)
		abort();
	memcpy(piece, input->data, *length);
	input->data += *length;
	input->left -= *length;
	return piece;
}

void fuzz_feed(struct fuzz_input *input, struct evert_protocol *protocol)
{
	size_t length;
	char *piece;

	while (!evert_transport_is_closing(protocol->transport) &&
	       (piece = fuzz_piece(input, &length))) {
		protocol->ops->data_received(protocol, piece, length);
		free(piece);
	}
}

void fuzz_note(struct fuzz_log *log, char event, const char *data,
	       size_t length)
{
	size_t size = 1 + sizeof(length) + length;

	if (log->capacity - log->length < size) {
		log->capacity = 2 * (log->length + size);
		log->text = realloc(log->text, log->capacity);
		if (!log->text)
			abort();
	}
	log->text[log->length] = event;
	memcpy(log->text + log->length + 1, &length, sizeof(length));
	if (length)
		memcpy(log->text + log->length + 1 + sizeof(length), data,
		       length);
	log->length += size;
}

static void print(const char *what, const struct fuzz_log *log)
{
	size_t at = 0, length, i;

	fprintf(stderr, "%s:\n", what);
	while (at < log->length) {
		memcpy(&length, log->text + at + 1, sizeof(length));
		fprintf(stderr, "  %c ", log->text[at]);
		at += 1 + sizeof(length);
		for (i = 0; i < length; i++)
			fprintf(stderr, "%02x",
				(unsigned)(unsigned char)log->text[at + i]);
		fprintf(stderr, "\n");
		at += length;
	}
}

static void clear(struct fuzz_log *log)
{
	free(log->text);
	*log = (struct fuzz_log){ .text = NULL };
}

void fuzz_expect_equal(struct fuzz_log *seen, struct fuzz_log *expected)
{
	if (seen->length != expected->length ||
	    (seen->length &&
	     memcmp(seen->text, expected->text, seen->length))) {
		print("seen", seen);
		print("expected", expected);
		abort();
	}
	clear(seen);
	clear(expected);
}
