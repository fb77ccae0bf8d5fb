/* SPDX-License-Identifier: MIT */
/* Reading: drives the reader, hands its outcomes to who waits, and stops the
   peer while nobody reads. */
#include "stream_internal.h"

#include "../../deferred/base/bug.h"
#include "../../deferred/make_internal.h"
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

/* Some bytes are left over, or none will come any more. */
static EVERT_APART void look_after(struct evert_stream *stream, bool came,
				   struct evert_result outcome)
{
	struct evert_firing *slot = NULL;

	if (outcome.type) {
		slot = stream->asked;
		stream->asked = NULL;
	}
	if (came && stream->reader.lost) /* what came could not be kept */
		evert_transport_abort(stream->base.transport);
	apply_back_pressure(stream);
	evert_deferred_fire(&slot, outcome);
}

void evert_stream_look(struct evert_stream *stream, const char *data,
		       size_t length)
{
	struct evert_result outcome =
		evert_stream_reader_look(&stream->reader, data, length);

	if (evert_stream_reader_has_more(&stream->reader) || stream->stopped)
		look_after(stream, length, outcome);
	else if (outcome.type)
		evert_deferred_fire(&stream->asked, outcome);
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

/* It may be there already, or is to be there in time. */
static EVERT_APART struct evert_deferred *
begin_apart(struct evert_stream *stream, struct evert_deferred *deferred,
	    const char *place)
{
	if (evert_stream_reader_has_more(&stream->reader) &&
	    (!has_had_its_share(stream) || !leave_to_loop(stream)))
		evert_stream_look_again(stream);
	if (!stream->is_timed || !stream->asked)
		return deferred;
	return evert_timeout_at(stream->timeout, deferred, place,
				"evert_stream_set_timeout");
}

/* Waits for what the reader is asked for. */
static struct evert_deferred *begin(struct evert_stream *stream,
				    const char *place)
{
	struct evert_deferred *deferred = evert_deferred_make(
		&stream->asked, place, true, cancel_read, stream);

	if (!EVERT_LIKELY(deferred != NULL))
		return NULL;
	stream->reader.waiting = true;
	if (evert_stream_reader_has_more(&stream->reader) || stream->is_timed)
		return begin_apart(stream, deferred, place);
	return deferred;
}

/* Inline: each knows most of what it asks for. */
EVERT_INLINE struct evert_deferred *ask(struct evert_stream *stream,
					struct evert_stream_request request)
{
	if (stream->asked)
		evert_bug("a stream is read at %s while another read waits",
			  request.place);
	evert_stream_reader_ask(&stream->reader, request);
	return begin(stream, request.place);
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
	return ask(stream, request);
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
	return ask(stream, request);
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
	return ask(stream, request);
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

	return ask(stream, request);
}

void evert_stream_set_limit(struct evert_stream *stream, size_t limit)
{
	stream->reader.limit = limit < EVERT_STREAM_READER_MOST ?
				       limit :
				       EVERT_STREAM_READER_MOST;
	stream->reader.scanned = 0;
	evert_stream_look_again(stream);
}

void evert_stream_set_timeout(struct evert_stream *stream, double seconds)
{
	stream->timeout = seconds;
	stream->is_timed = seconds != 0;
}

size_t evert_stream_buffered(const struct evert_stream *stream)
{
	return evert_stream_reader_unread(&stream->reader);
}
