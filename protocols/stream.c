/* SPDX-License-Identifier: MIT */
/*
 * A read is a request: what would make it complete. It is looked at when it
 * is made and whenever data comes; where that is in the chunk just received,
 * nothing is buffered but what follows it.
 */
#include <protocols/stream_internal.h>

#include <errno.h>
#include <string.h>

#include <deferred/bug_internal.h>
#include <deferred/memory.h>
#include <protocols/framing_internal.h>
#include <reactor/bell_internal.h>
#include <reactor/endpoint.h>

/* What a read waits for. */
struct request {
	struct evert_deferred *deferred; /* NULL: nobody reads */
	size_t least, most;	/* bytes; with a delimiter they are not used */
	const char *delimiter;	/* NULL: none */
	size_t delimiter_length;
	bool strips; /* the line's end is not part of the result */
};

struct evert_stream {
	struct evert_protocol base; /* its transport NULL: it is gone */
	struct evert_framing_block *buffer; /* NULL while nothing is unread */
	struct request request;
	struct evert_bell drained;
	size_t limit;
	struct evert_failure *lost; /* why the connection is gone */
	void (*begun)(struct evert_stream *stream, void *arg);
	void *begun_arg;
	bool owned; /* somebody has the handle */
	bool held;  /* by its transport */
	bool ended; /* the peer has sent all it will send */
	bool paused_writing;
};

const struct evert_error evert_error_stream_end =
	EVERT_ERROR_INIT(evert_error_stream_end, EVERT_ERROR, "STREAM_END",
			 "the stream has ended");
const struct evert_error evert_error_stream_incomplete =
	EVERT_ERROR_INIT(evert_error_stream_incomplete, EVERT_STREAM_END,
			 "STREAM_INCOMPLETE", "the stream ended too early");
const struct evert_error evert_error_stream_too_long =
	EVERT_ERROR_INIT(evert_error_stream_too_long, EVERT_ERROR,
			 "STREAM_TOO_LONG", "no delimiter within the limit");

struct evert_stream *evert_stream_from(struct evert_protocol *protocol)
{
	return evert_container_of(protocol, struct evert_stream, base);
}

/* ---- The buffer ---- */

size_t evert_stream_buffered(const struct evert_stream *stream)
{
	return stream->buffer ? stream->buffer->length : 0;
}

static bool append(struct evert_stream *stream, const char *data,
		   size_t length)
{
	return !length ||
	       evert_framing_block_append(&stream->buffer, data, length,
					  SIZE_MAX);
}

static void drop(struct evert_stream *stream, size_t length)
{
	stream->buffer->start += length;
	stream->buffer->length -= length;
	stream->buffer->scanned = 0;
	if (stream->buffer->length)
		return;
	evert_framing_block_release(stream->buffer);
	stream->buffer = NULL;
}

/* The peer is stopped while there is enough that nobody reads. */
static void apply_back_pressure(struct evert_stream *stream)
{
	if (!stream->base.transport)
		return;
	if (!stream->request.deferred &&
	    evert_stream_buffered(stream) > stream->limit)
		evert_transport_pause_reading(stream->base.transport);
	else
		evert_transport_resume_reading(stream->base.transport);
}

/* ---- Requests ---- */

/* How many bytes of `data` complete the request; 0: there are not enough. */
static size_t completes(const struct request *request, const char *data,
			size_t length, size_t scanned)
{
	const char *at;
	size_t overlap = request->delimiter_length - 1;

	if (!request->delimiter) {
		if (length < request->least)
			return 0;
		return length < request->most ? length : request->most;
	}
	scanned = scanned > overlap ? scanned - overlap : 0;
	at = memmem(data + scanned, length - scanned, request->delimiter,
		    request->delimiter_length);
	return at ? (size_t)(at - data) + request->delimiter_length : 0;
}

static struct evert_result text_of(const struct request *request,
				   const char *data, size_t length)
{
	if (request->strips)
		length--;
	if (request->strips && length && data[length - 1] == '\r')
		length--;
	return evert_result_text(data, length);
}

/* Ends the request. The last thing its callers do: whoever reads goes on. */
static void finish(struct evert_stream *stream, struct evert_result result)
{
	struct evert_deferred *deferred = stream->request.deferred;

	stream->request.deferred = NULL;
	apply_back_pressure(stream);
	evert_deferred_fire(&deferred, result);
}

/* Why nothing more will come. */
static struct evert_result end_of(const struct evert_stream *stream)
{
	size_t length = evert_stream_buffered(stream);

	if (stream->lost &&
	    !evert_failure_is(stream->lost, EVERT_CONNECTION_DONE))
		return evert_result_failure(evert_failure_copy(stream->lost));
	if (!stream->ended)
		return evert_result_fail(EVERT_CONNECTION_ABORTED, 0,
					 "the stream was closed here");
	if (!length)
		return evert_result_failure(
			evert_failure_bare(EVERT_STREAM_END));
	if (stream->request.delimiter)
		return evert_result_fail(EVERT_STREAM_INCOMPLETE, 0,
					 "the stream ended after %zu bytes, "
					 "without the delimiter",
					 length);
	return evert_result_fail(EVERT_STREAM_INCOMPLETE, 0,
				 "the stream ended after %zu of %zu bytes",
				 length, stream->request.least);
}

static bool is_over(const struct evert_stream *stream)
{
	return stream->ended || !stream->base.transport ||
	       stream->base.transport->closing;
}

static bool is_too_long(const struct evert_stream *stream)
{
	return stream->request.delimiter &&
	       evert_stream_buffered(stream) > stream->limit;
}

/* Completes the request from the buffer, or fails it, if either can be
   said. */
static void look(struct evert_stream *stream)
{
	struct evert_framing_block *buffer = stream->buffer;
	struct evert_result text;
	size_t size = 0;

	if (buffer) {
		size = completes(&stream->request,
				 evert_framing_block_data(buffer),
				 buffer->length, buffer->scanned);
		buffer->scanned = buffer->length;
	}
	if (size) {
		text = text_of(&stream->request,
			       evert_framing_block_data(buffer), size);
		if (!evert_result_is_failure(&text))
			drop(stream, size);
		finish(stream, text);
	} else if (is_too_long(stream)) {
		finish(stream, evert_result_fail(
				       EVERT_STREAM_TOO_LONG, EMSGSIZE,
				       "no delimiter within %zu bytes",
				       stream->limit));
	} else if (is_over(stream)) {
		finish(stream, end_of(stream));
	}
}

static bool cancel_read(struct evert_deferred *deferred, void *arg)
{
	struct evert_stream *stream = arg;

	(void)deferred;
	finish(stream,
	       evert_result_failure(evert_failure_bare(EVERT_CANCELLED)));
	return false;
}

static struct evert_deferred *begin(struct evert_stream *stream,
				    struct request request, const char *place)
{
	struct evert_deferred *deferred;

	if (stream->request.deferred)
		evert_bug("a stream is read at %s while another read waits",
			  place);
	deferred = evert_deferred_create_at(place, cancel_read, stream);
	if (!deferred)
		return NULL;
	request.deferred = deferred;
	stream->request = request;
	if (stream->buffer)
		stream->buffer->scanned = 0;
	apply_back_pressure(stream);
	look(stream);
	return deferred;
}

struct evert_deferred *evert_stream_read_at(struct evert_stream *stream,
					    size_t most, const char *place)
{
	struct request request = { .least = 1, .most = most };

	if (!most)
		evert_bug("evert_stream_read at %s asks for 0 bytes", place);
	return begin(stream, request, place);
}

struct evert_deferred *
evert_stream_read_exactly_at(struct evert_stream *stream, size_t length,
			     const char *place)
{
	struct request request = { .least = length, .most = length };

	if (!length)
		return evert_deferred_create_fired_at(
			place, evert_result_text("", 0));
	return begin(stream, request, place);
}

struct evert_deferred *
evert_stream_read_until_at(struct evert_stream *stream, const char *delimiter,
			   size_t length, const char *place)
{
	struct request request = {
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
	struct request request = {
		.delimiter = "\n",
		.delimiter_length = 1,
		.strips = true,
	};

	return begin(stream, request, place);
}

void evert_stream_set_limit(struct evert_stream *stream, size_t limit)
{
	stream->limit = limit;
	apply_back_pressure(stream);
}

/* ---- The protocol ---- */

static void no_memory(struct evert_stream *stream)
{
	evert_transport_abort(stream->base.transport);
}

/* Completes the request from a chunk that has just come, with nothing before
   it. False: it must be buffered. */
static bool take_from_chunk(struct evert_stream *stream, const char *data,
			    size_t length)
{
	struct evert_result text;
	size_t size;

	if (stream->buffer || !stream->request.deferred)
		return false;
	size = completes(&stream->request, data, length, 0);
	if (!size)
		return false;
	text = text_of(&stream->request, data, size);
	if (evert_result_is_failure(&text))
		size = 0;
	if (!append(stream, data + size, length - size))
		no_memory(stream);
	finish(stream, text);
	return true;
}

static void stream_data_received(struct evert_protocol *protocol,
				 const char *data, size_t length)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	if (take_from_chunk(stream, data, length))
		return;
	if (!append(stream, data, length))
		no_memory(stream);
	else if (stream->request.deferred)
		look(stream);
	else
		apply_back_pressure(stream);
}

static void stream_end_received(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->ended = true;
	if (stream->request.deferred)
		look(stream);
}

static void stream_connection_made(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->held = true;
	if (stream->begun)
		stream->begun(stream, stream->begun_arg);
}

static void stream_connection_lost(struct evert_protocol *protocol,
				   const struct evert_failure *reason)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->lost = evert_failure_copy(reason);
	stream->base.transport = NULL;
	stream->paused_writing = false;
	evert_bell_fail(&stream->drained, reason);
	if (stream->request.deferred)
		look(stream);
}

static void stream_pause_writing(struct evert_protocol *protocol)
{
	evert_stream_from(protocol)->paused_writing = true;
}

static void stream_resume_writing(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->paused_writing = false;
	evert_bell_ring(&stream->drained);
}

static void release_unless_held(struct evert_stream *stream)
{
	if (stream->owned || stream->held)
		return;
	evert_framing_block_release(stream->buffer);
	evert_failure_release(stream->lost);
	evert_free(stream);
}

static void stream_destroy(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->held = false;
	release_unless_held(stream);
}

static const struct evert_protocol_ops stream_ops = {
	.data_received = stream_data_received,
	.connection_made = stream_connection_made,
	.connection_lost = stream_connection_lost,
	.end_received = stream_end_received,
	.pause_writing = stream_pause_writing,
	.resume_writing = stream_resume_writing,
	.destroy = stream_destroy,
};

struct evert_protocol *
evert_stream_build(void (*begun)(struct evert_stream *stream, void *arg),
		   void *arg)
{
	struct evert_stream *stream = evert_allocate(sizeof(*stream));

	if (!stream)
		return NULL;
	*stream = (struct evert_stream){
		.base = { .ops = &stream_ops },
		.limit = EVERT_STREAM_LIMIT,
		.begun = begun,
		.begun_arg = arg,
	};
	return &stream->base;
}

void evert_stream_own(struct evert_stream *stream)
{
	stream->owned = true;
}

/* ---- Opening and closing ---- */

static void destroy_result(void *pointer)
{
	evert_stream_destroy(pointer);
}

const struct evert_type evert_type_stream = { "stream", destroy_result };

struct evert_stream *evert_stream_take(struct evert_result *result)
{
	struct evert_stream *stream = evert_result_as(result,
						      &evert_type_stream);

	evert_result_take(result);
	return stream;
}

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	(void)factory;
	(void)peer;
	return evert_stream_build(NULL, NULL);
}

static struct evert_factory connecting = { build };

static struct evert_result give_handle(struct evert_result *protocol,
				       void *arg)
{
	struct evert_stream *stream =
		evert_stream_from(evert_result_as_protocol(protocol));

	(void)arg;
	evert_stream_own(stream);
	return evert_result_of(&evert_type_stream, stream);
}

struct evert_deferred *evert_stream_connect_at(const char *endpoint,
					       const char *place)
{
	struct evert_reactor *reactor = evert_reactor_current();
	struct evert_deferred *deferred;

	if (!reactor)
		evert_bug("evert_stream_connect at %s: no reactor runs on this "
			  "thread; call it from a coroutine under evert_run, "
			  "or from a callback",
			  place);
	deferred = evert_connect_at(reactor, endpoint, &connecting, place);
	evert_deferred_add_callback(deferred, give_handle, NULL);
	return deferred;
}

void evert_stream_close(struct evert_stream *stream)
{
	if (stream->base.transport)
		evert_transport_lose_connection(stream->base.transport);
	if (stream->request.deferred)
		look(stream);
}

struct evert_deferred *evert_stream_wait_closed_at(struct evert_stream *stream,
						   const char *place)
{
	evert_stream_close(stream);
	if (!stream->base.transport)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	return evert_transport_closed_at(stream->base.transport, place);
}

void evert_stream_destroy(struct evert_stream *stream)
{
	struct evert_deferred *reader;

	if (!stream)
		return;
	if (stream->base.transport)
		evert_transport_lose_connection(stream->base.transport);
	reader = stream->request.deferred;
	stream->request.deferred = NULL;
	evert_deferred_abandon(&reader);
	stream->owned = false;
	release_unless_held(stream);
}

struct evert_transport *evert_stream_transport(struct evert_stream *stream)
{
	return stream->base.transport;
}

/* ---- Writing ---- */

int evert_stream_write(struct evert_stream *stream, const void *data,
		       size_t length)
{
	if (!stream->base.transport)
		return -EPIPE;
	return evert_transport_write(stream->base.transport, data, length);
}

int evert_stream_write_line(struct evert_stream *stream, const char *line,
			    size_t length)
{
	int error;

	if (length && memchr(line, '\n', length))
		return -EINVAL;
	error = evert_stream_write(stream, line, length);
	return error ? error : evert_stream_write(stream, "\r\n", 2);
}

struct evert_deferred *evert_stream_drain_at(struct evert_stream *stream,
					     const char *place)
{
	if (stream->paused_writing)
		return evert_bell_wait(&stream->drained, place);
	if (!stream->base.transport)
		return evert_deferred_create_fired_at(
			place, evert_result_failure(
				       evert_failure_copy(stream->lost)));
	return evert_deferred_create_fired_at(place, evert_result_none());
}
