/* SPDX-License-Identifier: MIT */
/*
 * What came and was not read, and the request that waits for some of it: bytes
 * go in, outcomes come out. It knows no Deferred, no loop and no transport:
 * who drives it hands the outcomes on, and stops the peer.
 */
#ifndef EVERT_PROTOCOLS_STREAM_READER_INTERNAL_H
#define EVERT_PROTOCOLS_STREAM_READER_INTERNAL_H

#include "../../deferred/result.h"
#include "../framing/framing_block_internal.h"

/* What would complete a read. */
struct evert_stream_request {
	size_t least, most;    /* bytes; with a delimiter they are not used */
	const char *delimiter; /* NULL: none */
	size_t delimiter_length;
	bool is_line;	   /* its end is not part of the result */
	const char *place; /* of who asks, for what it fails with */
};

/* All zero is one that nothing came to; only the limit is to be set. */
struct evert_stream_reader {
	struct evert_framing_block *buffer; /* NULL while nothing is unread */
	struct evert_stream_request request;
	size_t scanned; /* no delimiter ends within the first so many bytes */
	/* Bytes, in front of a delimiter, and unread; at most
	   EVERT_STREAM_READER_MOST. */
	size_t limit;
	struct evert_failure *lost; /* why nothing more comes; NULL: it may */
	bool ended;   /* in order, whatever `lost` says */
	bool waiting; /* the request for its outcome */
};

/* So that with a delimiter added it is still a number of bytes. */
#define EVERT_STREAM_READER_MOST (SIZE_MAX / 2)

/* What is to be waited for; `waiting` is the caller's to set. */
static inline void
evert_stream_reader_ask(struct evert_stream_reader *reader,
			struct evert_stream_request request)
{
	reader->request = request;
	reader->scanned = 0;
}

/*
 * Takes the bytes that came, if any, and looks whether the request that waits
 * has its outcome. Then it waits no more, and the caller owns what this
 * returns; bytes that it does not hold are still unread. Else nothing. Where
 * the bytes can't be kept for want of memory, `lost` says so.
 */
struct evert_result evert_stream_reader_look(struct evert_stream_reader *reader,
					     const char *data, size_t length);

/* Might there be an outcome, though no bytes came? */
static inline bool
evert_stream_reader_has_more(const struct evert_stream_reader *reader)
{
	return reader->buffer || reader->lost || reader->ended;
}

/* How many bytes are unread. */
static inline size_t
evert_stream_reader_unread(const struct evert_stream_reader *reader)
{
	return reader->buffer ? reader->buffer->length : 0;
}

/* Drops what is unread. */
void evert_stream_reader_drop(struct evert_stream_reader *reader);

/* What it holds; not its own memory. */
void evert_stream_reader_finish(struct evert_stream_reader *reader);

#endif
