/* SPDX-License-Identifier: MIT */
/*
 * A request is looked at when it is made and whenever bytes come: in the chunk
 * that came, where nothing is buffered, so that only what is left over is
 * copied.
 */
#include "stream_reader_internal.h"

#include <string.h>

#include "stream.h"

const struct evert_error evert_error_stream_end =
	EVERT_ERROR_INIT(evert_error_stream_end, EVERT_ERROR, "STREAM_END",
			 "the stream has ended");
const struct evert_error evert_error_stream_incomplete =
	EVERT_ERROR_INIT(evert_error_stream_incomplete, EVERT_STREAM_END,
			 "STREAM_INCOMPLETE", "the stream ended too early");
const struct evert_error evert_error_stream_too_long =
	EVERT_ERROR_INIT(evert_error_stream_too_long, EVERT_ERROR,
			 "STREAM_TOO_LONG", "no delimiter within the limit");

/* ---- The buffer ---- */

void evert_stream_reader_drop(struct evert_stream_reader *reader)
{
	evert_framing_block_release(reader->buffer);
	reader->buffer = NULL;
}

void evert_stream_reader_finish(struct evert_stream_reader *reader)
{
	evert_stream_reader_drop(reader);
	evert_failure_release(reader->lost);
}

static EVERT_APART void take(struct evert_stream_reader *reader, size_t length)
{
	reader->buffer->start += length;
	reader->buffer->length -= length;
	if (!reader->buffer->length)
		evert_stream_reader_drop(reader);
}

/* Without memory for what came the stream would have a hole: it is over, once
   what came before is read. */
static EVERT_APART void append(struct evert_stream_reader *reader, const char *data,
		   size_t length)
{
	if (!evert_framing_block_append(&reader->buffer, data, length,
					SIZE_MAX) &&
	    !reader->lost)
		reader->lost = evert_failure_bare(EVERT_NO_MEMORY);
}

/* ---- The request ---- */

/* Within so many bytes the delimiter has to end. */
static size_t longest(const struct evert_stream_reader *reader)
{
	return reader->limit + reader->request.delimiter_length;
}

/* How many bytes there are with the delimiter; 0: it is not among them. */
static inline size_t find_delimiter(const struct evert_stream_request *request,
				    const char *data, size_t length,
				    size_t scanned)
{
	size_t overlap = request->delimiter_length - 1;
	size_t from = scanned > overlap ? scanned - overlap : 0;
	const char *at;

	if (length == 0)
		return 0;
	if (!overlap)
		at = memchr(data + from, request->delimiter[0], length - from);
	else
		at = memmem(data + from, length - from, request->delimiter,
			    request->delimiter_length);
	return at ? (size_t)(at - data) + request->delimiter_length : 0;
}

/* How many bytes complete the request; 0: there are not enough. */
static inline size_t complete(const struct evert_stream_reader *reader,
			      const char *data, size_t length, size_t scanned)
{
	const struct evert_stream_request *request = &reader->request;
	size_t most = request->delimiter ? longest(reader) : request->most;

	if (length > most)
		length = most;
	if (request->delimiter)
		return find_delimiter(request, data, length, scanned);
	return length < request->least ? 0 : length;
}

static struct evert_result text_of(const struct evert_stream_request *request,
				   const char *data, size_t length)
{
	if (request->is_line)
		length--;
	if (request->is_line && length && data[length - 1] == '\r')
		length--;
	return evert_result_text(data, length);
}

static struct evert_failure *too_long(const struct evert_stream_reader *reader)
{
	return evert_failure_create_at(
		reader->request.place, EVERT_STREAM_TOO_LONG, 0,
		reader->request.is_line ?
			"a line is longer than the limit of %zu bytes" :
			"no delimiter within the limit of %zu bytes",
		reader->limit);
}

/* Why nothing more comes, when `length` bytes are left. */
static struct evert_failure *end_of(const struct evert_stream_reader *reader,
				    size_t length)
{
	const struct evert_stream_request *request = &reader->request;

	if (!reader->ended)
		return evert_failure_copy(reader->lost);
	if (!length)
		return evert_failure_at(request->place, EVERT_STREAM_END);
	if (request->delimiter)
		return evert_failure_create_at(
			request->place, EVERT_STREAM_INCOMPLETE, 0,
			"the stream ended after %zu bytes, without the "
			"delimiter",
			length);
	return evert_failure_create_at(
		request->place, EVERT_STREAM_INCOMPLETE, 0,
		"the stream ended after %zu of %zu bytes", length,
		request->least);
}

/*
 * What comes of the request, if it waits, given all the bytes there are, and
 * how many of them it takes. Nothing: that can't be said yet. Inline: where
 * nothing was scanned before, that is known.
 */
EVERT_INLINE struct evert_result decide(struct evert_stream_reader *reader,
					const char *data, size_t length,
					size_t scanned, size_t *taken)
{
	struct evert_result outcome;
	size_t size;

	if (!reader->waiting)
		return evert_result_none();
	size = complete(reader, data, length, scanned);
	if (size) {
		outcome = text_of(&reader->request, data, size);
		if (!evert_result_is_failure(&outcome))
			*taken = size;
	} else if (reader->request.delimiter && length >= longest(reader)) {
		outcome = evert_result_failure(too_long(reader));
	} else if (reader->ended || reader->lost) {
		outcome = evert_result_failure(end_of(reader, length));
	} else {
		reader->scanned = length;
		return evert_result_none();
	}
	reader->waiting = false;
	return outcome;
}

static EVERT_APART struct evert_result
look_in_buffer(struct evert_stream_reader *reader, const char *data,
	       size_t length)
{
	struct evert_result outcome;
	size_t taken = 0;

	append(reader, data, length);
	outcome = decide(reader, evert_framing_block_data(reader->buffer),
			 reader->buffer->length, reader->scanned, &taken);
	take(reader, taken);
	return outcome;
}

struct evert_result evert_stream_reader_look(struct evert_stream_reader *reader,
					     const char *data, size_t length)
{
	struct evert_result outcome;
	size_t taken = 0;

	if (reader->buffer)
		return look_in_buffer(reader, data, length);
	outcome = decide(reader, data, length, 0, &taken);
	if (taken < length)
		append(reader, data + taken, length - taken);
	return outcome;
}
