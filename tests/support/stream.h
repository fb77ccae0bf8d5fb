/* SPDX-License-Identifier: MIT */
/* Streams for tests: over a transport in memory, and in connected pairs. */
#ifndef TESTS_SUPPORT_STREAM_H
#define TESTS_SUPPORT_STREAM_H

#include "../../protocols/stream/stream.h"
#include "../../reactor/transport/memory_transport.h"
#include "../../reactor/reactor.h"

/* Its stream is the test's; set it to NULL when it was destroyed. */
struct memory_stream {
	struct evert_stream *stream;
	struct evert_protocol *protocol;
	struct evert_memory_transport *memory;
};

void memory_stream_begin(struct memory_stream *s);
/* Ends the connection, if that was not done, and destroys the stream. */
void memory_stream_finish(struct memory_stream *s);

/* The peer sends `text`, or its end; or the connection breaks. */
void memory_stream_receive(struct memory_stream *s, const char *text);
void memory_stream_end(struct memory_stream *s);
void memory_stream_break(struct memory_stream *s, int error);

/* Two connected streams of a reactor that is not running. The caller owns
   both. */
struct stream_pair {
	struct evert_stream *client, *server;
};
struct stream_pair connect_streams(struct evert_reactor *reactor);

/* Asserts that the result is this text, or nothing, or a failure of exactly
   this kind; and releases it. */
void expect_text(struct evert_result result, const char *text);
void expect_nothing(struct evert_result result);
void expect_failure(struct evert_result result, const struct evert_error *kind);

/* The outcome of a Deferred that has one; releases the reading end. */
struct evert_result outcome_of(struct evert_deferred *deferred);

#endif
