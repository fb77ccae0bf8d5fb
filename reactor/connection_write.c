/* SPDX-License-Identifier: MIT */
/*
 * Writing. What a protocol writes while it is given data is sent when it has
 * returned; everything else by the task, at the end of the turn: one system
 * call each, however much was written.
 */
#include <reactor/connection_internal.h>

#include <errno.h>

/* ---- Sending ---- */

/* The peer takes nothing more. What it sent before is read first, by the
   task, if anybody wants it. */
static void write_failed(struct evert_connection *c, int error)
{
	c->write_error = error;
	c->write_ended = true;
	c->resets = true; /* what was sent is not all */
	c->full = false;
	if (!evert_connection_delivers(c)) {
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
	evert_connection_update(c);
}

static inline void send_queued(struct evert_connection *c)
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
	if (c->output.queued)
		c->resets = true; /* what was sent is not all */
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

static void after_sending(struct evert_connection *c)
{
	if (c->write_error || c->reason)
		return;
	if (!c->output.queued)
		drained(c);
	evert_connection_resume_protocol(c);
}

void evert_connection_flush(struct evert_connection *c)
{
	send_queued(c);
	if (c->base.closing || c->write_ended || c->protocol_paused)
		after_sending(c);
}

/* ---- Writing ---- */

static bool takes_writes(const struct evert_connection *c)
{
	return !c->base.closing && !c->write_ended;
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
	evert_connection_end_broken(c, ENOMEM);
}

static int queue(struct evert_connection *c, const void *data, size_t length)
{
	if (evert_output_copy(&c->output, c->watch.reactor, data, length)) {
		end_with_hole(c);
		return -ENOMEM;
	}
	queue_grew(c);
	return 0;
}

int evert_connection_write(struct evert_transport *base, const void *data,
			   size_t length)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!takes_writes(c))
		return -EPIPE;
	if (!length)
		return 0;
	if (!evert_output_gather(&c->output, c->watch.reactor, data, length))
		return queue(c, data, length);
	/* Who began to gather sends it. */
	if (c->output.queued > c->high)
		over_high_mark(c);
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
	c->write_ended = true;
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
	if (takes_writes(c))
		queue_grew(c);
}

size_t evert_connection_queued(const struct evert_transport *base)
{
	return evert_connection_from(base)->output.queued;
}
