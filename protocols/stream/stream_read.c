/* SPDX-License-Identifier: MIT */
/*
 * A read is a request: what would complete it. It is looked at when it is made
 * and whenever bytes come: in the chunk that came, where nothing is buffered,
 * so that only what is left over is copied.
 */
#include "stream_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/bug_internal.h"
#include "../../deferred/deferred_internal.h"
#include "../../reactor/reactor_internal.h"
#include "../framing/framing_block_internal.h"

/* ---- The buffer ---- */

size_t evert_stream_buffered(const struct evert_stream *stream)
{
	return stream->buffer ? stream->buffer->length : 0;
}

void evert_stream_drop_unread(struct evert_stream *stream)
{
	evert_framing_block_release(stream->buffer);
	stream->buffer = NULL;
}

static void drop(struct evert_stream *stream, size_t length)
{
	stream->buffer->start += length;
	stream->buffer->length -= length;
	if (!stream->buffer->length)
		evert_stream_drop_unread(stream);
}

/* Without memory for what came the stream would have a hole: it is over, once
   what came before is read. */
static void append(struct evert_stream *stream, const char *data, size_t length)
{
	if (evert_framing_block_append(&stream->buffer, data, length, SIZE_MAX))
		return;
	if (!stream->lost)
		stream->lost = evert_failure_bare(EVERT_NO_MEMORY);
	evert_transport_abort(stream->base.transport);
}

/* The peer is stopped while there is enough that nobody reads. */
static void apply_back_pressure(struct evert_stream *stream)
{
	if (!stream->base.transport)
		return;
	if (!stream->request.slot &&
	    evert_stream_buffered(stream) > stream->limit)
		evert_transport_pause_reading(stream->base.transport);
	else
		evert_transport_resume_reading(stream->base.transport);
}

/* ---- Requests ---- */

/* Within so many bytes the delimiter has to end. */
static size_t longest(const struct evert_stream *stream)
{
	size_t delimiter_length = stream->request.delimiter_length;

	if (stream->limit > SIZE_MAX - delimiter_length)
		return SIZE_MAX;
	return stream->limit + delimiter_length;
}

/* How many bytes there are with the delimiter; 0: it is not among them. */
static size_t find_delimiter(struct evert_stream_request *request,
			     const char *data, size_t length)
{
	size_t overlap = request->delimiter_length - 1;
	size_t from = request->scanned > overlap ? request->scanned - overlap :
						   0;
	const char *at;

	if (length == 0)
		return 0;
	at = memmem(data + from, length - from, request->delimiter,
		    request->delimiter_length);
	request->scanned = length;
	return at ? (size_t)(at - data) + request->delimiter_length : 0;
}

/* How many bytes complete the request; 0: there are not enough. */
static size_t complete(struct evert_stream *stream, const char *data,
		       size_t length)
{
	struct evert_stream_request *request = &stream->request;
	size_t most = request->delimiter ? longest(stream) : request->most;

	if (length > most)
		length = most;
	if (request->delimiter)
		return find_delimiter(request, data, length);
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

/* Who asked for it, for what it fails with. */
static const char *place_of(const struct evert_stream_request *request)
{
	return evert_deferred_place(evert_firing_deferred(request->slot));
}

/* Why nothing more comes, when `length` bytes are left. */
static struct evert_result end_of(const struct evert_stream *stream,
				  size_t length)
{
	const struct evert_stream_request *request = &stream->request;

	if (stream->closed || !stream->ended)
		return evert_result_failure(evert_failure_copy(stream->lost));
	if (!length)
		return evert_result_failure(
			evert_failure_at(place_of(request), EVERT_STREAM_END));
	if (request->delimiter)
		return evert_result_failure(evert_failure_create_at(
			place_of(request), EVERT_STREAM_INCOMPLETE, 0,
			"the stream ended after %zu bytes, without the "
			"delimiter",
			length));
	return evert_result_failure(evert_failure_create_at(
		place_of(request), EVERT_STREAM_INCOMPLETE, 0,
		"the stream ended after %zu of %zu bytes", length,
		request->least));
}

/*
 * Tells what comes of the request, given all the bytes there are, and how many
 * of them it takes. False: that can't be said yet.
 */
static bool decide(struct evert_stream *stream, const char *data, size_t length,
		   struct evert_result *result, size_t *taken)
{
	size_t size = complete(stream, data, length);

	*taken = 0;
	if (size) {
		*result = text_of(&stream->request, data, size);
		if (!evert_result_is_failure(result))
			*taken = size;
		return true;
	}
	if (stream->request.delimiter && length >= longest(stream)) {
		*result = evert_result_failure(evert_failure_create_at(
			place_of(&stream->request), EVERT_STREAM_TOO_LONG,
			EMSGSIZE, "no delimiter within %zu bytes",
			stream->limit));
		return true;
	}
	if (!stream->ended && !stream->lost)
		return false;
	*result = end_of(stream, length);
	return true;
}

void evert_stream_look(struct evert_stream *stream, const char *data,
		       size_t length)
{
	struct evert_firing *slot = stream->request.slot;
	struct evert_result result = evert_result_none();
	size_t taken = 0;
	bool decided;

	if (stream->buffer) {
		append(stream, data, length);
		data = evert_framing_block_data(stream->buffer);
		length = stream->buffer->length;
	}
	decided = slot && decide(stream, data, length, &result, &taken);
	if (stream->buffer)
		drop(stream, taken);
	else
		append(stream, data + taken, length - taken);
	if (decided)
		stream->request.slot = NULL;
	apply_back_pressure(stream);
	if (decided)
		evert_deferred_fire(&slot, result);
}

static bool cancel_read(struct evert_deferred *deferred, void *arg)
{
	struct evert_stream *stream = arg;
	struct evert_firing *slot = stream->request.slot;

	(void)deferred;
	stream->request.slot = NULL;
	apply_back_pressure(stream);
	evert_deferred_abandon(&slot);
	return false;
}

/* ---- Taking turns ---- */

/*
 * While there is enough buffered, reading never waits. So that the loop has
 * its turns all the same, and that callbacks which each ask for the next line
 * don't pile up on the stack, a read is left to the loop after so many, or
 * when the stack has become so much deeper since the first of them.
 */
enum {
	READS_IN_A_ROW = 256,
	DEEPER = 8192, /* bytes; of 64 KiB that a coroutine has */
};

static bool has_had_its_share(struct evert_stream *stream)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

	if (!stream->served++)
		stream->first_frame = frame;
	return stream->served > READS_IN_A_ROW ||
	       (intptr_t)(stream->first_frame - frame) >= DEEPER;
}

void evert_stream_run_look(struct evert_task *task)
{
	struct evert_stream *stream =
		evert_container_of(task, struct evert_stream, look);

	stream->served = 0;
	evert_stream_look_again(stream);
}

/* False: there is no loop to leave it to. */
static EVERT_APART bool leave_to_loop(struct evert_stream *stream)
{
	struct evert_reactor *reactor = evert_reactor_current();

	stream->served = 0;
	if (!reactor)
		return false;
	evert_task_plan(reactor, &stream->look);
	return true;
}

/* ---- Reading ---- */

static struct evert_deferred *begin(struct evert_stream *stream,
				    struct evert_stream_request request,
				    const char *place)
{
	struct evert_deferred *deferred;

	if (stream->request.slot)
		evert_bug("a stream is read at %s while another read waits",
			  place);
	deferred = evert_deferred_create_at(&request.slot, place, cancel_read,
					    stream);
	if (!deferred)
		return NULL;
	stream->request = request;
	if (!has_had_its_share(stream) || !leave_to_loop(stream))
		evert_stream_look_again(stream);
	return deferred;
}

struct evert_deferred *evert_stream_read_at(struct evert_stream *stream,
					    size_t most, const char *place)
{
	struct evert_stream_request request = { .least = 1, .most = most };

	if (!most)
		evert_bug("evert_stream_read at %s asks for 0 bytes", place);
	return begin(stream, request, place);
}

struct evert_deferred *evert_stream_read_exactly_at(struct evert_stream *stream,
						    size_t length,
						    const char *place)
{
	struct evert_stream_request request = { .least = length,
						.most = length };

	if (!length)
		return evert_deferred_create_fired_at(place,
						      evert_result_text("", 0));
	return begin(stream, request, place);
}

struct evert_deferred *evert_stream_read_until_at(struct evert_stream *stream,
						  const char *delimiter,
						  size_t length,
						  const char *place)
{
	struct evert_stream_request request = {
		.delimiter = delimiter,
		.delimiter_length = length,
	};

	if (!length)
		evert_bug("evert_stream_read_until at %s has no delimiter",
			  place);
	return begin(stream, request, place);
}

struct evert_deferred *evert_stream_read_line_at(struct evert_stream *stream,
						 const char *place)
{
	struct evert_stream_request request = {
		.delimiter = "\n",
		.delimiter_length = 1,
		.is_line = true,
	};

	return begin(stream, request, place);
}

void evert_stream_set_limit(struct evert_stream *stream, size_t limit)
{
	stream->limit = limit;
	stream->request.scanned = 0;
	evert_stream_look_again(stream);
}
