/* SPDX-License-Identifier: MIT */
#include "stream_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/format_internal.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/endpoint/connect.h"
#include "../../reactor/reactor_internal.h"
#include "../../reactor/run_internal.h"

const struct evert_error evert_error_stream_end =
	EVERT_ERROR_INIT(evert_error_stream_end, EVERT_ERROR, "STREAM_END",
			 "the stream has ended");
const struct evert_error evert_error_stream_incomplete =
	EVERT_ERROR_INIT(evert_error_stream_incomplete, EVERT_STREAM_END,
			 "STREAM_INCOMPLETE", "the stream ended too early");
const struct evert_error evert_error_stream_too_long =
	EVERT_ERROR_INIT(evert_error_stream_too_long, EVERT_ERROR,
			 "STREAM_TOO_LONG", "no delimiter within the limit");
const struct evert_error evert_error_stream_closed =
	EVERT_ERROR_INIT(evert_error_stream_closed, EVERT_CONNECTION_ABORTED,
			 "STREAM_CLOSED", "the stream was closed here");

/* ---- Writing ---- */

int evert_stream_write(struct evert_stream *stream, const void *data,
		       size_t length)
{
	int error = -EPIPE;

	if (stream->base.transport)
		error = evert_transport_write(stream->base.transport, data,
					      length);
	if (error)
		stream->refused = true;
	return error;
}

int evert_stream_write_line(struct evert_stream *stream, const char *line,
			    size_t length)
{
	struct iovec pieces[] = {
		{ (void *)line, length },
		{ (void *)"\r\n", 2 },
	};
	int error = -EPIPE;

	if (length && memchr(line, '\n', length))
		return -EINVAL;
	if (stream->base.transport)
		error = evert_transport_write_sequence(stream->base.transport,
						       pieces, 2);
	if (error)
		stream->refused = true;
	return error;
}

static int write_formatted(struct evert_stream *stream,
			   int (*write)(struct evert_stream *stream,
					const char *data, size_t length),
			   const char *format, va_list args)
{
	struct evert_formatted formatted;
	int error = evert_format(&formatted, format, args);

	if (error)
		return error;
	error = write(stream, formatted.text, formatted.length);
	evert_formatted_release(&formatted);
	return error;
}

static int write_text(struct evert_stream *stream, const char *data,
		      size_t length)
{
	return evert_stream_write(stream, data, length);
}

int evert_stream_writef(struct evert_stream *stream, const char *format, ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = write_formatted(stream, write_text, format, args);
	va_end(args);
	return error;
}

int evert_stream_write_linef(struct evert_stream *stream, const char *format,
			     ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = write_formatted(stream, evert_stream_write_line, format, args);
	va_end(args);
	return error;
}

int evert_stream_lose_write(struct evert_stream *stream)
{
	if (!stream->base.transport)
		return -EPIPE;
	return evert_transport_lose_write(stream->base.transport);
}

struct evert_deferred *evert_stream_drain_at(struct evert_stream *stream,
					     const char *place)
{
	if (stream->lost)
		return evert_deferred_create_fired_at(
			place,
			evert_result_failure(evert_failure_copy(stream->lost)));
	/* Refused, because the connection is ending: so who only writes and
	   drains hears of it, and does not go on for ever. */
	if (stream->paused_writing || stream->refused)
		return evert_bell_wait(&stream->drained, place);
	return evert_deferred_create_fired_at(place, evert_result_none());
}

/* ---- The end ---- */

/* It is over, for `reason` if it was not over before: who waits hears of it,
   and may destroy the stream. */
static void end(struct evert_stream *stream, const struct evert_failure *reason)
{
	struct evert_bell drained = stream->drained;
	struct evert_failure *lost;

	if (!stream->lost)
		stream->lost = evert_failure_copy(reason);
	lost = evert_failure_copy(stream->lost);
	stream->drained = (struct evert_bell){ .waiting = NULL };
	evert_stream_look_again(stream);
	evert_bell_fail(&drained, lost);
	evert_failure_release(lost);
}

void evert_stream_close(struct evert_stream *stream)
{
	if (stream->closed)
		return;
	stream->closed = true;
	evert_stream_drop_unread(stream);
	if (stream->base.transport)
		evert_transport_lose_connection(stream->base.transport);
	end(stream, evert_failure_bare(EVERT_STREAM_CLOSED));
}

void evert_stream_abort(struct evert_stream *stream)
{
	if (stream->base.transport)
		evert_transport_abort(stream->base.transport);
}

struct evert_deferred *evert_stream_wait_closed_at(struct evert_stream *stream,
						   const char *place)
{
	struct evert_deferred *gone;

	if (stream->base.transport)
		gone = evert_transport_closed_at(stream->base.transport, place);
	else
		gone = evert_deferred_create_fired_at(place,
						      evert_result_none());
	evert_stream_close(stream);
	return gone;
}

static void release_unless_held(struct evert_stream *stream)
{
	if (stream->owned || stream->held)
		return;
	evert_task_cancel(&stream->look);
	evert_stream_drop_unread(stream);
	evert_failure_release(stream->lost);
	evert_free(stream);
}

void evert_stream_destroy(struct evert_stream *stream)
{
	if (!stream)
		return;
	evert_stream_close(stream);
	stream->owned = false;
	release_unless_held(stream);
}

struct evert_transport *evert_stream_transport(struct evert_stream *stream)
{
	return stream->base.transport;
}

/* ---- The protocol ---- */

static void stream_connection_made(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->held = true;
	if (stream->begun)
		stream->begun(stream, stream->begun_arg);
}

static void stream_data_received(struct evert_protocol *protocol,
				 const char *data, size_t length)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->served = 0;
	evert_stream_look(stream, data, length);
}

static void stream_end_received(struct evert_protocol *protocol)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->ended = true;
	evert_stream_look_again(stream);
}

static void stream_connection_lost(struct evert_protocol *protocol,
				   const struct evert_failure *reason)
{
	struct evert_stream *stream = evert_stream_from(protocol);

	stream->base.transport = NULL;
	end(stream, reason);
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
	evert_task_init(&stream->look, evert_stream_run_look);
	return &stream->base;
}

/* ---- Connecting ---- */

static void destroy_result(void *pointer)
{
	evert_stream_destroy(pointer);
}

const struct evert_type evert_type_stream = { "stream", destroy_result };

struct evert_stream *evert_stream_take(struct evert_result *result)
{
	struct evert_stream *stream =
		evert_result_as(result, &evert_type_stream);

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

static struct evert_factory connecting = { .build_protocol = build };

static struct evert_result give_handle(struct evert_result *protocol, void *arg)
{
	struct evert_stream *stream =
		evert_stream_from(evert_result_as_protocol(protocol));

	(void)arg;
	stream->owned = true;
	return evert_result_of(&evert_type_stream, stream);
}

struct evert_deferred *
evert_stream_connect_with_at(const char *endpoint,
			     const struct evert_socket_options *options,
			     const char *place)
{
	struct evert_deferred *deferred = evert_connect_with_at(
		evert_reactor_require("evert_stream_connect", place), endpoint,
		&connecting, options, place);

	evert_deferred_add_callback(deferred, give_handle, NULL);
	return deferred;
}

struct evert_deferred *evert_stream_connect_at(const char *endpoint,
					       const char *place)
{
	return evert_stream_connect_with_at(endpoint, NULL, place);
}
