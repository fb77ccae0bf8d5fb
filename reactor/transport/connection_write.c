/* SPDX-License-Identifier: MIT */
/*
 * Writing. What a protocol writes while it is given data is sent when it has
 * returned; everything else by the task, at the end of the turn: one system
 * call each, however much was written. Only a large write is sent at once, to
 * save the copy.
 */
#include "connection_internal.h"

#include <errno.h>
#include <string.h>

enum { MOST_IN_PLACE = 16 }; /* pieces: _XOPEN_IOV_MAX */

/* ---- Sending ---- */

void evert_connection_end_writing(struct evert_connection *c)
{
	c->write_ended = true;
	c->gathers = 0;
	evert_output_end(&c->output, c->watch.reactor);
}

/* The peer takes nothing more. What it sent before is read first, by the
   task, if anybody wants it. */
static void write_failed(struct evert_connection *c, int error)
{
	c->write_error = (int16_t)error;
	evert_connection_end_writing(c);
	c->resets = true; /* what was sent is not all */
	c->full = false;
	if (c->base.closing || c->read_ended) {
		evert_connection_end_broken(c, error);
		return;
	}
	evert_connection_update(c);
	evert_connection_plan(c);
	evert_output_drop(&c->output, c->watch.reactor);
}

/* Sending has said something new: 0, or -errno. */
static void outcome_changed(struct evert_connection *c, int error)
{
	if (error && error != -EAGAIN && error != -ENOBUFS) {
		write_failed(c, -error);
		return;
	}
	c->full = error != 0;
	c->sent_much = true;
	evert_connection_update(c);
}

static void send_queued(struct evert_connection *c)
{
	int error = evert_output_send(&c->output, c->watch.reactor,
				      c->watch.fd);

	if (error || c->full)
		outcome_changed(c, error);
}

void evert_connection_send_last(struct evert_connection *c)
{
	if (c->output.queued && !c->full)
		send_queued(c);
}

/* ---- After sending ---- */

/* Everything is sent: what was to happen then? */
static void drained(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);

	if (c->write_ended && !c->shut && !c->base.closing) {
		c->shut = true;
		system->ops->shutdown(system, c->watch.fd, SHUT_WR);
	}
	if (c->base.closing || (c->shut && c->read_ended))
		evert_connection_end_in_order(c);
}

void evert_connection_resume_protocol(struct evert_connection *c)
{
	if (!c->protocol_paused || c->output.queued > c->low ||
	    c->base.closing)
		return;
	c->protocol_paused = false;
	evert_connection_call(c, c->base.protocol->ops->resume_writing,
			      "resume_writing");
}

void evert_connection_after_sending(struct evert_connection *c)
{
	if (c->write_error || c->reason)
		return;
	if (!c->output.queued)
		drained(c);
	else if (c->base.closing)
		evert_closing_observe(c);
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
	int error = evert_output_send_rest(&c->output, c->watch.reactor,
					   c->watch.fd, sent);

	if (error)
		outcome_changed(c, error);
	if (evert_connection_waits_for_sending(c))
		evert_connection_after_sending(c);
}

/* ---- Writing ---- */

static bool takes_writes(const struct evert_connection *c)
{
	return !c->write_ended;
}

/* Over the high-water mark the kernel is asked at once: perhaps it takes so
   much that the protocol need not be paused. */
static void over_high_mark(struct evert_connection *c)
{
	if (c->protocol_paused)
		return;
	if (!c->full)
		send_queued(c);
	if (c->output.queued <= c->high || c->protocol_paused)
		return;
	c->protocol_paused = true;
	evert_connection_call(c, c->base.protocol->ops->pause_writing,
			      "pause_writing");
}

static void queue_grew(struct evert_connection *c)
{
	evert_connection_plan(c);
	if (c->output.queued > c->high)
		over_high_mark(c);
}

/* There was no memory for what was written: the stream has a hole. */
static void end_with_hole(struct evert_connection *c)
{
	c->resets = true;
	c->base.closing = true;
	evert_connection_end_broken(c, ENOMEM);
}

/* Queues all but the first `skip` bytes. */
static int queue(struct evert_connection *c, const struct iovec *pieces,
		 size_t count, size_t skip)
{
	const char *data;
	size_t i, length, skipped;

	for (i = 0; i < count; i++) {
		data = pieces[i].iov_base;
		length = pieces[i].iov_len;
		skipped = skip < length ? skip : length;
		skip -= skipped;
		if (length == skipped)
			continue;
		if (evert_output_copy(&c->output, c->watch.reactor,
				      data + skipped, length - skipped)) {
			end_with_hole(c);
			return -ENOMEM;
		}
	}
	queue_grew(c);
	return 0;
}

/* Has the kernel copy them from where they are. Returns how much it took. */
static size_t send_in_place(struct evert_connection *c,
			    const struct iovec *pieces, size_t count,
			    size_t length)
{
	struct evert_system *system = evert_connection_system(c);
	ssize_t sent = system->ops->sendv(system, c->watch.fd, pieces,
					  (int)count);

	c->sent_much = true;
	if (sent != (ssize_t)length)
		outcome_changed(c, sent < 0 && sent != -EINTR ? (int)sent :
								-EAGAIN);
	return sent < 0 ? 0 : (size_t)sent;
}

/* Makes room for what does not fit to what was gathered before it. True: all
   of that is sent, and the connection gathers anew. */
static bool send_what_was_gathered(struct evert_connection *c)
{
	if (!evert_output_gathers(&c->output, c->watch.reactor) ||
	    !c->output.queued)
		return false;
	send_queued(c);
	if (c->output.queued || c->write_error)
		return false;
	evert_output_begin(&c->output, c->watch.reactor, c->gathers);
	return true;
}

/* What does not fit to what is gathered, or where nothing gathers. */
static EVERT_APART int write_apart(struct evert_connection *c,
				   const struct iovec *pieces, size_t count,
				   size_t length)
{
	size_t sent = 0;

	if (!length)
		return 0;
	if (!takes_writes(c))
		return -EPIPE;
	if (send_what_was_gathered(c))
		return evert_connection_write_sequence(&c->base, pieces,
						       count);
	if (length >= EVERT_WRITE_SIZE && count <= MOST_IN_PLACE &&
	    !c->output.queued && !c->write_error)
		sent = send_in_place(c, pieces, count, length);
	if (c->write_error) /* by one of the two; connection_lost tells it */
		return c->write_error == ENOMEM ? -ENOMEM : 0;
	if (sent == length)
		return 0;
	return queue(c, pieces, count, sent);
}

static EVERT_APART int write_one_apart(struct evert_connection *c,
				       const void *data, size_t length)
{
	struct iovec piece = { (void *)data, length };

	return write_apart(c, &piece, 1, length);
}

/* Who began to gather sends it. */
int evert_connection_write(struct evert_transport *base, const void *data,
			   size_t length)
{
	struct evert_connection *c = evert_connection_from(base);
	char *to = evert_output_gather(&c->output, c->watch.reactor, length);

	if (!to)
		return write_one_apart(c, data, length);
	memcpy(to, data, length);
	return 0;
}

int evert_connection_write_sequence(struct evert_transport *base,
				    const struct iovec *pieces, size_t count)
{
	struct evert_connection *c = evert_connection_from(base);
	size_t i, length = 0;
	char *to;

	for (i = 0; i < count; i++)
		length += pieces[i].iov_len;
	to = evert_output_gather(&c->output, c->watch.reactor, length);
	if (!to)
		return write_apart(c, pieces, count, length);
	for (i = 0; i < count; i++) {
		if (pieces[i].iov_len)
			memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
		to += pieces[i].iov_len;
	}
	return 0;
}

int evert_connection_write_owned(struct evert_transport *base,
				 const void *data, size_t length,
				 void (*release)(void *arg), void *arg)
{
	struct evert_connection *c = evert_connection_from(base);
	int error = takes_writes(c) ? 0 : -EPIPE;

	if (!error && length) {
		error = evert_output_own(&c->output, c->watch.reactor, data,
					 length, release, arg);
		if (!error) {
			queue_grew(c);
			return 0;
		}
		end_with_hole(c);
	}
	release(arg);
	return error;
}

int evert_connection_lose_write(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!takes_writes(c))
		return -EPIPE;
	evert_connection_end_writing(c);
	evert_connection_plan(c);
	return 0;
}

/* ---- Marks ---- */

void evert_connection_set_marks(struct evert_transport *base, size_t high,
				size_t low)
{
	struct evert_connection *c = evert_connection_from(base);

	c->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	c->low = low < c->high ? (uint32_t)low : c->high;
	if (!takes_writes(c))
		return;
	c->gathers = high < EVERT_CONNECTION_GATHERS ?
			     (uint32_t)high :
			     EVERT_CONNECTION_GATHERS;
	evert_output_end(&c->output, c->watch.reactor);
	queue_grew(c);
}

size_t evert_connection_queued(const struct evert_transport *base)
{
	return evert_connection_from(base)->output.queued;
}
