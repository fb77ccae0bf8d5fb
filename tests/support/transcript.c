/* SPDX-License-Identifier: MIT */
#include "transcript.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* Not by evert's allocator, which may be failing. */
static void make_room(struct transcript *transcript, size_t length)
{
	size_t needed = transcript->length + length + 1;

	if (needed <= transcript->capacity)
		return;
	transcript->capacity = 2 * needed;
	transcript->text = realloc(transcript->text, transcript->capacity);
	if (!transcript->text)
		abort();
}

static void add_text(struct transcript *transcript, const char *text,
		     size_t length)
{
	make_room(transcript, length);
	memcpy(transcript->text + transcript->length, text, length);
	transcript->length += length;
	transcript->text[transcript->length] = '\0';
}

void transcript_add_bytes(struct transcript *transcript, const char *bytes,
			  size_t length)
{
	char escaped[8];
	size_t i;

	for (i = 0; i < length; i++)
		if (bytes[i] >= ' ' && bytes[i] <= '~')
			add_text(transcript, bytes + i, 1);
		else
			add_text(transcript, escaped,
				 (size_t)snprintf(escaped, sizeof(escaped),
						  "\\x%02x",
						  (unsigned char)bytes[i]));
}

void transcript_add(struct transcript *transcript, const char *format, ...)
{
	char entry[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(entry, sizeof(entry), format, args);
	va_end(args);
	cr_assert(length >= 0 && (size_t)length < sizeof(entry));
	add_text(transcript, entry, (size_t)length);
}

const char *transcript_text(const struct transcript *transcript)
{
	return transcript->text ? transcript->text : "";
}

void transcript_clear(struct transcript *transcript)
{
	free(transcript->text);
	*transcript = (struct transcript){ 0 };
}

void feed(struct evert_protocol *protocol, const char *data, size_t length)
{
	char *copy = malloc(length);

	if (length)
		memcpy(copy, data, length);
	protocol->ops->data_received(protocol, copy, length);
	free(copy);
}

/* Feeds the pieces that end at `cut` and at the end; byte by byte when there
   is no such place. */
static void expect_split(const struct subject *subject, const char *input,
			 size_t length, size_t cut, const char *expected)
{
	struct evert_protocol *protocol = subject->open();
	size_t i;

	if (cut <= length) {
		feed(protocol, input, cut);
		feed(protocol, input + cut, length - cut);
	} else {
		for (i = 0; i < length; i++)
			feed(protocol, input + i, 1);
	}
	subject->close(protocol);
	cr_assert(eq(str, (char *)transcript_text(subject->transcript),
		     (char *)expected),
		  "cut at %zu of %zu", cut, length);
	transcript_clear(subject->transcript);
}

void expect_however_split(const struct subject *subject, const char *input,
			  size_t length, const char *expected)
{
	size_t cut;

	for (cut = 0; cut <= length + 1; cut++)
		expect_split(subject, input, length, cut, expected);
}

/* xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
   generators, scrambled"). */
size_t random_below(struct random *random, size_t below)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (size_t)((random->state * 0x2545f4914f6cdd1d) >> 33) % below;
}
