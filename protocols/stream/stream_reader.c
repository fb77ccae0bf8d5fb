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

static void take(struct evert_stream_reader *reader, size_t length)
{
	reader->buffer->start += length;
	reader->buffer->length -= length;
	if (!reader->buffer->length)
		evert_stream_reader_drop(reader);
}

/* Without memory for what came the stream would have a hole: it is over, once
   what came before is read. */
static void append(struct evert_stream_reader *reader, const char *data,
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
	size_t delimiter_length = reader->request.delimiter_length;

	if (reader->limit > SIZE_MAX - delimiter_length)
		return SIZE_MAX;
	return reader->limit + delimiter_length;
}

/* How many bytes there are with the delimiter; 0: it is not among them. */
static size_t find_delimiter(struct evert_stream_reader *reader,
			     const char *data, size_t length)
{
	const struct evert_stream_request *request = &reader->request;
	size_t overlap = request->delimiter_length - 1;
	size_t from = reader->scanned > overlap ? reader->scanned - overlap :
						  0;
	const char *at;

	if (length == 0)
		return 0;
	at = memmem(data + from, length - from, request->delimiter,
		    request->delimiter_length);
	reader->scanned = length;
	return at ? (size_t)(at - data) + request->delimiter_length : 0;
}

/* How many bytes complete the request; 0: there are not enough. */
static size_t complete(struct evert_stream_reader *reader, const char *data,
		       size_t length)
{
	const struct evert_stream_request *request = &reader->request;
	size_t most = request->delimiter ? longest(reader) : request->most;

	if (length > most)
		length = most;
	if (request->delimiter)
		return find_delimiter(reader, data, length);
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
 * Tells what comes of the request, given all the bytes there are, and how many
 * of them it takes. False: that can't be said yet.
 */
static bool decide(struct evert_stream_reader *reader, const char *data,
		   size_t length, struct evert_result *result, size_t *taken)
{
	size_t size = complete(reader, data, length);

	if (size) {
		*result = text_of(&reader->request, data, size);
		if (!evert_result_is_failure(result))
			*taken = size;
		return true;
	}
	if (reader->request.delimiter && length >= longest(reader)) {
		*result = evert_result_failure(too_long(reader));
		return true;
	}
	if (!reader->ended && !reader->lost)
		return false;
	*result = evert_result_failure(end_of(reader, length));
	return true;
}

bool evert_stream_reader_look(struct evert_stream_reader *reader,
			      const char *data, size_t length,
			      struct evert_result *result)
{
	size_t taken = 0;
	bool decided;

	if (reader->buffer) {
		append(reader, data, length);
		data = evert_framing_block_data(reader->buffer);
		length = reader->buffer->length;
	}
	decided = reader->waiting &&
		  decide(reader, data, length, result, &taken);
	if (reader->buffer)
		take(reader, taken);
	else
		append(reader, data + taken, length - taken);
	if (decided)
		reader->waiting = false;
	return decided;
}
