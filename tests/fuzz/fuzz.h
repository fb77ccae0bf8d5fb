/* SPDX-License-Identifier: MIT */
/*
 * For fuzz targets (clang's libFuzzer) of what takes a stream in chunks: what
 * it does, however the stream is cut, is what a reference does that has it
 * whole. `make fuzz TARGET=netstring SECONDS=60` runs one.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "../../reactor/transport/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What libFuzzer gives: settings in front, the stream behind them. */
struct fuzz_input {
	const char *data;
	size_t left;
	uint64_t state; /* of the numbers below; never 0 */
};

/* The first byte, which is taken off; 0 when there is none. */
unsigned fuzz_setting(struct fuzz_input *input);

/* Seeds the numbers from the first bytes; then one from 0 to `below` - 1. */
void fuzz_seed(struct fuzz_input *input);
size_t fuzz_below(struct fuzz_input *input, size_t below);

/* The next piece of the stream, in memory of its own size, so that a read
   beyond its end is found; NULL: there is none. The caller frees it. */
char *fuzz_piece(struct fuzz_input *input, size_t *length);

/* Gives the stream to a protocol, in pieces, until its transport is closing. */
void fuzz_feed(struct fuzz_input *input, struct evert_protocol *protocol);

/* What happened, written down. */
struct fuzz_log {
	char *text;
	size_t length, capacity;
};

/* Appends an event: what it is, and its bytes. */
void fuzz_note(struct fuzz_log *log, char event, const char *data,
	       size_t length);

/* Stops the program unless both are equal; empties them. */
void fuzz_expect_equal(struct fuzz_log *seen, struct fuzz_log *expected);

#endif
