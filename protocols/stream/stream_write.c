/* SPDX-License-Identifier: MIT */
/* Writing, and waiting for what was written. */
#include "stream_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/format_internal.h"

int evert_stream_write(struct evert_stream *stream, const void *data,
		       size_t length)
{
	int error = -EPIPE;

	if (stream->base.transport)
		error = evert_transport_write(stream->base.transport, data,
					      length);
	if (error)
		stream->refused = (int16_t)error;
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
		stream->refused = (int16_t)error;
	return error;
}

static int write_formatted(struct evert_stream *stream, bool as_line,
			   const char *format, va_list args)
{
	struct evert_formatted text;
	int error = evert_format(&text, format, args);

	if (error)
		return error;
	if (as_line)
		error = evert_stream_write_line(stream, text.text, text.length);
	else
		error = evert_stream_write(stream, text.text, text.length);
	evert_formatted_release(&text);
	return error;
}

int evert_stream_writef(struct evert_stream *stream, const char *format, ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = write_formatted(stream, false, format, args);
	va_end(args);
	return error;
}

int evert_stream_write_linef(struct evert_stream *stream, const char *format,
			     ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = write_formatted(stream, true, format, args);
	va_end(args);
	return error;
}

int evert_stream_lose_write(struct evert_stream *stream)
{
	if (!stream->base.transport)
		return -EPIPE;
	return evert_transport_lose_write(stream->base.transport);
}

/* Something was refused, and not because the end is under way: it may wait
   behind bytes that nobody reads while we wait. */
static bool takes_no_more(const struct evert_stream *stream)
{
	return stream->refused == -EPIPE && !stream->paused_writing &&
	       !stream->base.transport->closing;
}

/* There is something to wait for, or it failed. */
static EVERT_APART struct evert_deferred *drain(struct evert_stream *stream,
						const char *place)
{
	if (stream->reader.lost)
		return evert_deferred_create_fired_at(
			place,
			evert_result_failure(evert_failure_copy(stream->reader.lost)));
	if (takes_no_more(stream))
		return evert_deferred_create_fired_at(
			place, evert_result_fail(EVERT_CONNECTION_LOST,
						 EPIPE, "nothing more is "
						 "taken by the peer"));
	/* Refused, because the connection is ending: so who only writes and
	   drains hears of it, and does not go on for ever. */
	return evert_bell_wait(&stream->drained, place);
}

struct evert_deferred *evert_stream_drain_at(struct evert_stream *stream,
					     const char *place)
{
	if (stream->reader.lost || stream->paused_writing || stream->refused)
		return drain(stream, place);
	return evert_deferred_create_fired_at(place, evert_result_none());
}
