/* SPDX-License-Identifier: MIT */
/*
 * What a protocol was told, as text; and bytes fed to it in every possible
 * way, which must not make a difference.
 */
#ifndef TESTS_SUPPORT_TRANSCRIPT_H
#define TESTS_SUPPORT_TRANSCRIPT_H

#include "../../reactor/transport/protocol.h"

/* Ends with a zero byte; empty at the start of a test. */
struct transcript {
	char *text;
	size_t length, capacity;
};

/* Appends bytes (those that are not printable as "\x0d"), or formatted text. */
void transcript_add_bytes(struct transcript *transcript, const char *bytes,
			  size_t length);
void transcript_add(struct transcript *transcript, const char *format, ...)
	EVERT_PRINTF(2, 3);

/* The text so far, never NULL. */
const char *transcript_text(const struct transcript *transcript);

/* Empties it and frees its memory. */
void transcript_clear(struct transcript *transcript);

/* Calls data_received with a copy of its own size, gone afterwards: a read
   beyond its end, or after the call, is found by the sanitizer. */
void feed(struct evert_protocol *protocol, const char *data, size_t length);

/* One connection: `open` makes the protocol, which then writes to
   `transcript`; `close` releases it. */
struct subject {
	struct evert_protocol *(*open)(void);
	void (*close)(struct evert_protocol *protocol);
	struct transcript *transcript;
};

/* Feeds `input` in one piece, in two pieces cut at every position, and byte by
   byte, and asserts the same transcript each time. */
void expect_however_split(const struct subject *subject, const char *input,
			  size_t length, const char *expected);

/* Numbers that look random, and are the same for the same seed. Never 0. */
struct random {
	uint64_t state;
};

/* One from 0 to `below` - 1. */
size_t random_below(struct random *random, size_t below);

#endif
