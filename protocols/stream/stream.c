/* SPDX-License-Identifier: MIT */
/* The protocol that a stream is, and how it ends. */
#include "stream_internal.h"

#include <string.h>

#include "../../deferred/base/bug.h"
#include "../../deferred/base/memory.h"
#include "../../reactor/reactor_internal.h"

const struct evert_error evert_error_stream_closed =
	EVERT_ERROR_INIT(evert_error_stream_closed, EVERT_CONNECTION_ABORTED,
			 "STREAM_CLOSED", "the stream was closed here");

/* ---- The end ---- */

/* It is over, for `reason` if it was not over before: who waits hears of it,
   and may destroy the stream. */
static void end(struct evert_stream *stream, const struct evert_failure *reason)
{
	struct evert_bell drained = stream->drained;
	struct evert_failure *lost;

	if (!stream->reader.lost)
		stream->reader.lost = evert_failure_copy(reason);
	lost = evert_failure_copy(stream->reader.lost);
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
	stream->reader.ended = false; /* now it is closed */
	evert_stream_reader_drop(&stream->reader);
	evert_stream_descriptors_drop(stream);
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
	evert_stream_reader_finish(&stream->reader);
	evert_stream_descriptors_drop(stream);
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

	stream->reader.ended = true;
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

static size_t stream_unread(const struct evert_protocol *protocol)
{
	const struct evert_stream *stream =
		evert_container_of(protocol, struct evert_stream, base);

	return evert_stream_reader_unread(&stream->reader);
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
	.descriptors_received = evert_stream_descriptors_received,
	.unread = stream_unread,
	.destroy = stream_destroy,
};

struct evert_protocol *
evert_stream_build(size_t size,
		   void (*begun)(struct evert_stream *stream, void *arg),
		   void *arg)
{
	struct evert_stream *stream = evert_allocate(size);

	if (!stream)
		return NULL;
	memset(stream + 1, 0, size - sizeof(*stream));
	*stream = (struct evert_stream){
		.base = { .ops = &stream_ops },
		.reader.limit = EVERT_STREAM_LIMIT,
		.begun = begun,
		.begun_arg = arg,
	};
	evert_task_init(&stream->look, evert_stream_run_look);
	return &stream->base;
}

struct evert_stream *evert_stream_of(struct evert_protocol *protocol)
{
	struct evert_stream *stream;

	if (!protocol)
		return NULL;
	if (protocol->ops != &stream_ops)
		evert_bug("evert_stream_of was given a protocol that "
			  "evert_stream_factory did not make");
	stream = evert_stream_from(protocol);
	if (stream->owned)
		evert_bug("evert_stream_of was given a stream that is "
			  "somebody's already");
	stream->owned = true;
	return stream;
}
