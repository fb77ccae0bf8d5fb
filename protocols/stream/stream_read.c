/* SPDX-License-Identifier: MIT */
/* Reading: drives the reader, hands its outcomes to who waits, and stops the
   peer while nobody reads. */
#include "stream_internal.h"

#include "../../deferred/base/bug.h"
#include "../../deferred/deferred_internal.h"
#include "../../reactor/reactor_internal.h"
#include "../../reactor/run.h"

/* The peer is stopped while there is enough that nobody reads. */
static void apply_back_pressure(struct evert_stream *stream)
{
	bool stops = !stream->asked &&
		     evert_stream_reader_unread(&stream->reader) >
			     stream->reader.limit;

	if (stops == stream->stopped || !stream->base.transport)
		return;
	stream->stopped = stops;
	if (stops)
		evert_transport_pause_reading(stream->base.transport);
	else
		evert_transport_resume_reading(stream->base.transport);
}

void evert_stream_look(struct evert_stream *stream, const char *data,
		       size_t length)
{
	struct evert_firing *slot = stream->asked;
	struct evert_result result;
	bool decided = evert_stream_reader_look(&stream->reader, data, length,
						&result);

	if (decided)
		stream->asked = NULL;
	if (length && stream->reader.lost) /* what came could not be kept */
		evert_transport_abort(stream->base.transport);
	apply_back_pressure(stream);
	if (decided)
		evert_deferred_fire(&slot, result);
}

static bool cancel_read(struct evert_deferred *deferred, void *arg)
{
	struct evert_stream *stream = arg;
	struct evert_firing *slot = stream->asked;

	(void)deferred;
	stream->asked = NULL;
	stream->reader.waiting = false;
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
				    const struct evert_stream_request *request)
{
	struct evert_deferred *deferred;

	if (stream->asked)
		evert_bug("a stream is read at %s while another read waits",
			  request->place);
	deferred = evert_deferred_create_short_at(
		&stream->asked, request->place, cancel_read, stream);
	if (!deferred)
		return NULL;
	evert_stream_reader_ask(&stream->reader, request);
	if (!has_had_its_share(stream) || !leave_to_loop(stream))
		evert_stream_look_again(stream);
	if (stream->timeout != 0 && stream->asked)
		return evert_timeout_at(stream->timeout, deferred,
					request->place,
					"evert_stream_set_timeout");
	return deferred;
}

struct evert_deferred *evert_stream_read_at(struct evert_stream *stream,
					    size_t most, const char *place)
{
	struct evert_stream_request request = {
		.least = 1,
		.most = most,
		.place = place,
	};

	if (!most)
		evert_bug("evert_stream_read at %s asks for 0 bytes", place);
	return begin(stream, &request);
}

struct evert_deferred *evert_stream_read_exactly_at(struct evert_stream *stream,
						    size_t length,
						    const char *place)
{
	struct evert_stream_request request = {
		.least = length,
		.most = length,
		.place = place,
	};

	if (!length)
		return evert_deferred_create_fired_at(place,
						      evert_result_text("", 0));
	return begin(stream, &request);
}

struct evert_deferred *evert_stream_read_until_at(struct evert_stream *stream,
						  const char *delimiter,
						  size_t length,
						  const char *place)
{
	struct evert_stream_request request = {
		.delimiter = delimiter,
		.delimiter_length = length,
		.place = place,
	};

	if (!length)
		evert_bug("evert_stream_read_until at %s has no delimiter",
			  place);
	return begin(stream, &request);
}

struct evert_deferred *evert_stream_read_line_at(struct evert_stream *stream,
						 const char *place)
{
	struct evert_stream_request request = {
		.delimiter = "\n",
		.delimiter_length = 1,
		.is_line = true,
		.place = place,
	};

	return begin(stream, &request);
}

void evert_stream_set_limit(struct evert_stream *stream, size_t limit)
{
	stream->reader.limit = limit;
	stream->reader.scanned = 0;
	evert_stream_look_again(stream);
}

void evert_stream_set_timeout(struct evert_stream *stream, double seconds)
{
	stream->timeout = seconds;
}

size_t evert_stream_buffered(const struct evert_stream *stream)
{
	return evert_stream_reader_unread(&stream->reader);
}
