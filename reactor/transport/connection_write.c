/* SPDX-License-Identifier: MIT */
/*
 * Writing. What a protocol writes while it is given data is sent when it has
 * returned; everything else by the task, at the end of the turn: one system
 * call each, however much was written. Only a large write is sent at once, to
 * save the copy.
 */
#include "connection_write_internal.h"

#include <errno.h>
#include <string.h>

#include "file_piece_internal.h"
#include "tell_connection_internal.h"

/* ---- What sending has come to ---- */

/* Is there anything to do before the end? */
static bool is_to_be_told(const struct evert_connection *c)
{
	return !c->reading.ended || c->base.protocol->ops->write_lost;
}

/* The peer takes nothing more. What it sent before is read first, by the
   task, if anybody wants it. */
static void write_failed(struct evert_connection *c)
{
	c->resets = true; /* what was sent is not all */
	if (c->base.closing || !is_to_be_told(c)) {
		evert_connection_end_broken(c, c->writing.error);
		return;
	}
	evert_connection_update(c);
	evert_connection_plan(c);
	evert_output_drop(&c->output, c->watch.reactor);
}

static void heed(struct evert_connection *c, enum evert_sent come_to)
{
	if (come_to == EVERT_SENT_CHANGED)
		evert_connection_update(c);
	else if (come_to == EVERT_SENT_FAILED)
		write_failed(c);
}

static void pause_protocol(struct evert_connection *c)
{
	c->writing.paused = true;
	c->base.full = true;
	if (evert_trace_is_recording())
		evert_tell_state(c, "paused", "writing");
}

static void send_queued(struct evert_connection *c)
{
	heed(c, evert_writing_send(&c->writing, &c->output,
				   evert_connection_output(c)));
	if (evert_trace_is_recording())
		evert_tell_queued(c);
}

void evert_connection_send_last(struct evert_connection *c)
{
	if (evert_connection_has_output(c) && !c->writing.full)
		send_queued(c);
}

/* ---- The bound for one that is closing ---- */

static void give_up_for(struct evert_connection *c, int error)
{
	size_t queued = evert_connection_unsent(c);

	c->resets = true;
	evert_connection_end_here(
		c, evert_failure_create(
			   EVERT_CONNECTION_LOST, error,
			   "%zu bytes were given up when the connection was "
			   "closing", queued));
}

static void give_up(void *arg)
{
	give_up_for(arg, ETIMEDOUT);
}

static struct evert_closing *closing_of(struct evert_connection *c)
{
	struct evert_connection_rare *rare = evert_connection_rare(c);

	if (rare && !rare->closing)
		rare->closing = evert_closing_create(c->watch.reactor, give_up,
						     c);
	return rare ? rare->closing : NULL;
}

int evert_connection_set_closing_time(struct evert_transport *base,
				      double seconds)
{
	struct evert_closing *closing =
		closing_of(evert_connection_from(base));

	return closing ? evert_closing_set(closing, seconds) : -ENOMEM;
}

/* Without memory for it there would be no bound. */
static void observe_closing(struct evert_connection *c)
{
	struct evert_closing *closing = closing_of(c);

	if (!closing ||
	    !evert_closing_observe(closing, evert_connection_unsent(c),
				   c->base.closing))
		give_up_for(c, ENOMEM);
}

/* ---- After sending ---- */

/* Everything is sent: what was to happen then? */
static void drained(struct evert_connection *c)
{
	if (c->rare)
		evert_closing_end(c->rare->closing);
	if (c->writing.ended && !c->writing.shut && !c->base.closing) {
		c->writing.shut = true;
		evert_connection_kind(c)->send_end(c);
	}
	if (c->base.closing || (c->writing.shut && c->reading.ended))
		evert_connection_end_in_order(c);
}

void evert_connection_resume_protocol(struct evert_connection *c)
{
	if (c->base.closing || !evert_writing_is_under(&c->writing, &c->output,
						       c->watch.reactor))
		return;
	c->writing.paused = false;
	c->base.full = false;
	if (evert_trace_is_recording())
		evert_tell_state(c, "resumed", "writing");
	if (!evert_connection_has_output(c))
		c->writing.descriptors = 0;
	evert_connection_call(c, c->base.protocol->ops->resume_writing,
			      "resume_writing");
}

void evert_connection_after_sending(struct evert_connection *c)
{
	if (c->writing.error || c->ended)
		return;
	if (!evert_connection_has_output(c))
		drained(c);
	else if (c->writing.ended)
		observe_closing(c);
	if (!c->ended)
		evert_connection_resume_protocol(c);
}

void evert_connection_flush(struct evert_connection *c)
{
	send_queued(c);
	if (evert_connection_waits_for_sending(c))
		evert_connection_after_sending(c);
}

void evert_connection_send_rest(struct evert_connection *c, ssize_t sent)
{
	c->unusual = true;
	heed(c, evert_writing_send_rest(&c->writing, &c->output,
					evert_connection_output(c), sent));
	if (evert_trace_is_recording())
		evert_tell_queued(c);
}

/* What makes what is received go the common way: it may be delivered, and what
   is written meanwhile gathered, in all the room there is. */
static bool is_unusual(const struct evert_connection *c)
{
	return c->base.closing || c->output.last ||
	       evert_connection_waits_for_sending(c) ||
	       evert_writing_gathers(&c->writing) != EVERT_OUTPUT_GATHERS;
}

void evert_connection_end_delivery(struct evert_connection *c)
{
	evert_output_open_window(c->watch.reactor);
	if (evert_connection_waits_for_sending(c))
		evert_connection_after_sending(c);
	c->unusual = is_unusual(c);
}

void evert_connection_spliced(struct evert_connection *c, ssize_t sent,
			      size_t length)
{
	heed(c, evert_writing_sent(&c->writing, &c->output, &c->watch, sent,
				   length));
	if (c->writing.full)
		pause_protocol(c);
}

/* ---- Writing ---- */

/* Over the high-water mark the kernel is asked at once: perhaps it takes so
   much that the protocol need not be paused. */
static void over_high_mark(struct evert_connection *c)
{
	if (!c->writing.full)
		send_queued(c);
	if (!evert_connection_has_output(c))
		c->writing.descriptors = 0;
	/* Whose data was sent is told so, and may have closed it. */
	if (c->base.closing ||
	    !evert_writing_is_over(&c->writing, &c->output, c->watch.reactor))
		return;
	pause_protocol(c);
	evert_connection_call(c, c->base.protocol->ops->pause_writing,
			      "pause_writing");
}

static void queue_grew(struct evert_connection *c)
{
	if (evert_trace_is_recording())
		evert_tell_queued(c);
	evert_connection_plan(c);
	if (evert_writing_is_over(&c->writing, &c->output, c->watch.reactor))
		over_high_mark(c);
}

/* There was no memory for what was written: the stream has a hole. */
void evert_connection_end_with_hole(struct evert_connection *c)
{
	c->resets = true;
	c->base.closing = true;
	evert_connection_end_broken(c, ENOMEM);
}

/* What does not fit to what is gathered, or where nothing gathers: the rest
   evert_transport_write puts into our window. */
static int write_apart(struct evert_connection *c, const struct iovec *pieces,
		       size_t count, size_t length)
{
	enum evert_sent come_to;
	int error;

	if (!length)
		return 0;
	if (c->writing.ended)
		return -EPIPE;
	error = evert_writing_put(&c->writing, &c->output,
				  evert_connection_output(c), pieces, count,
				  length, &come_to);
	heed(c, come_to);
	if (error) {
		evert_connection_end_with_hole(c);
		return error;
	}
	if (c->writing.error) /* connection_lost tells it */
		return c->writing.error == ENOMEM ? -ENOMEM : 0;
	if (c->output.last)
		queue_grew(c);
	return 0;
}

int evert_connection_write(struct evert_transport *base, const void *data,
			   size_t length)
{
	struct iovec piece = { (void *)data, length };

	return write_apart(evert_connection_from(base), &piece, 1, length);
}

int evert_connection_write_sequence(struct evert_transport *base,
				    const struct iovec *pieces, size_t count)
{
	return write_apart(evert_connection_from(base), pieces, count,
			   evert_pieces_length(pieces, count));
}

int evert_connection_write_owned(struct evert_transport *base,
				 const void *data, size_t length,
				 void (*release)(void *arg), void *arg)
{
	struct evert_connection *c = evert_connection_from(base);
	int error = c->writing.ended ? -EPIPE : 0;

	if (!error && length) {
		error = evert_output_own(&c->output, c->watch.reactor,
					 data, length, release, arg);
		if (!error) {
			queue_grew(c);
			return 0;
		}
		evert_connection_end_with_hole(c);
	}
	release(arg);
	return error;
}

int evert_connection_write_file(struct evert_transport *base,
				struct evert_file_piece *piece)
{
	struct evert_connection *c = evert_connection_from(base);
	int error;

	if (c->writing.ended)
		return -EPIPE;
	error = evert_file_piece_keep(piece, c->watch.reactor,
				      evert_connection_unsent(c));
	if (error)
		return error;
	error = evert_output_file(&c->output, c->watch.reactor, piece);
	if (error)
		evert_connection_end_with_hole(c);
	else
		queue_grew(c);
	return error;
}

int evert_connection_lose_write(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (c->writing.ended)
		return -EPIPE;
	base->write_ended = true;
	evert_connection_end_writing(c);
	evert_connection_plan(c);
	return 0;
}

/* ---- Marks ---- */

void evert_connection_queue_changed(struct evert_connection *c)
{
	if (!c->writing.ended)
		queue_grew(c);
	else if (c->writing.paused && !c->ended)
		evert_connection_plan(c);
}

void evert_connection_set_marks(struct evert_transport *base, size_t high,
				size_t low)
{
	struct evert_connection *c = evert_connection_from(base);

	evert_writing_set_marks(&c->writing, &c->output, c->watch.reactor, high,
				low);
	evert_connection_queue_changed(c);
}

void evert_connection_marks(const struct evert_transport *base, size_t *high,
			    size_t *low)
{
	*high = evert_connection_from(base)->writing.high;
	*low = evert_connection_from(base)->writing.low;
}

size_t evert_connection_queued(const struct evert_transport *base)
{
	return evert_connection_unsent(evert_connection_from(base));
}
