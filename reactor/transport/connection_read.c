/* SPDX-License-Identifier: MIT */
/*
 * Reading. What arrives while the connection is closing is read and dropped:
 * unread, it would make close(2) reset the connection, and the peer lose the
 * end of what we sent; and two sides that write much before they read would
 * wait for each other.
 */
#include "connection_read_internal.h"

#include <errno.h>

#include "../../deferred/base/running_internal.h"
#include "connection_write_internal.h"
#include "parcel_internal.h"
#include "tell_connection_internal.h"

enum {
	/* Of one connection in a turn, of which all but the last fill the
	   read buffer: then come the others. */
	READS_PER_TURN = 8,
};

void evert_connection_pause_reading(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	c->reading.paused = true;
	if (evert_trace_is_recording())
		evert_tell_state(c, "paused", "reading");
	evert_connection_update(c);
}

void evert_connection_resume_reading(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!c->reading.paused && !c->writing.error && !c->ended)
		return; /* as mostly when a stream is read */
	c->reading.paused = false;
	if (evert_trace_is_recording())
		evert_tell_state(c, "resumed", "reading");
	evert_connection_update(c);
	/* What had waited for this: the rest, or the end. */
	if (c->writing.error || c->ended || c->reading.end_waits ||
	    evert_connection_has_unread(c))
		evert_connection_plan(c);
}

bool evert_connection_is_reading(const struct evert_transport *base)
{
	return !evert_connection_from(base)->reading.paused;
}

static void read_ended(struct evert_connection *c)
{
	const struct evert_protocol_ops *ops = c->base.protocol->ops;
	bool delivers = evert_connection_delivers(c);

	/* It is there to be read again, when reading is resumed; but that of
	   a terminal is only read once. */
	if (evert_connection_is_held(c)) {
		c->reading.end_waits = c->reading.is_terminal;
		evert_connection_pause_reading(&c->base);
		return;
	}
	c->reading.ended = true;
	c->base.ended = true;
	if (evert_trace_is_recording())
		evert_tell_state(c, "ended", NULL);
	if (c->writing.error) {
		evert_connection_end_broken(c, c->writing.error);
		return;
	}
	if (delivers && !ops->end_received &&
	    !evert_connection_has_output(c)) {
		evert_connection_end_in_order(c); /* as mostly */
		return;
	}
	/* The task finds out whether both sides have ended. */
	evert_connection_plan(c);
	if (delivers && ops->end_received)
		evert_connection_call(c, ops->end_received, "end_received");
	else if (delivers)
		evert_connection_lose(&c->base);
}

void evert_connection_tell_end(struct evert_connection *c)
{
	if (!evert_connection_delivers(c))
		return;
	c->reading.end_waits = false;
	read_ended(c);
}

/* Nothing was read: 0 or -errno says why. */
static EVERT_APART void read_nothing(struct evert_connection *c, ssize_t why)
{
	if (why == 0 || (why == -EIO && c->reading.is_terminal))
		read_ended(c);
	else if (why == -EAGAIN && c->writing.error &&
		 !evert_connection_is_split(c))
		evert_connection_end_broken(c, c->writing.error);
	else if (why != -EAGAIN && why != -EINTR)
		evert_connection_end_broken(c, (int)-why);
}

EVERT_INLINE void hand_on(struct evert_connection *c, const char *data,
			  size_t size, bool is_told)
{
	struct evert_protocol *protocol = c->base.protocol;
	struct evert_running_mark mark;

	if (is_told) {
		evert_running_begin_for(&mark, "data_received", c->watch.fd);
		evert_tell_protocol(c, "data_received");
	}
	protocol->ops->data_received(protocol, data, size);
	if (is_told) {
		evert_trace_end();
		evert_running_end(&mark);
	}
	c->base.window = NULL;
	evert_connection_send_gathered(c, is_told);
}

static void tell_read(struct evert_connection *c, size_t size)
{
	struct iovec read = { c->watch.reactor->read_buffer, size };

	evert_tell_read(evert_connection_system(c), c->watch.fd, &read,
			(ssize_t)size);
}

/* What was read before was told when it was. */
static EVERT_APART void hand_on_told(struct evert_connection *c,
				     const char *data, size_t size)
{
	if (data == c->watch.reactor->read_buffer)
		tell_read(c, size);
	hand_on(c, data, size, true);
}

static inline void hand_on_any(struct evert_connection *c, const char *data,
			       size_t size)
{
	if (evert_is_observed())
		hand_on_told(c, data, size);
	else
		hand_on(c, data, size, false);
}

/* What the protocol writes meanwhile is sent when it returns. */
static void deliver(struct evert_connection *c, const char *data, size_t size)
{
	c->unusual = true;
	if (evert_output_begin(&c->output, c->watch.reactor,
			       evert_writing_gathers(&c->writing)))
		c->base.window = &c->watch.reactor->window;
	hand_on_any(c, data, size);
}

/* The same, of what was read, where nothing is unusual. */
static inline void deliver_read(struct evert_connection *c, size_t size)
{
	struct evert_reactor *reactor = c->watch.reactor;

	evert_output_begin_open(&c->output, reactor);
	c->base.window = &reactor->window;
	hand_on_any(c, reactor->read_buffer, size);
}

void evert_connection_deliver_unread(struct evert_connection *c)
{
	char *unread = c->rare->unread;

	if (!evert_connection_delivers(c))
		return;
	c->rare->unread = NULL;
	deliver(c, unread, c->rare->unread_length);
	evert_free(unread);
	evert_connection_update(c);
}

static void drop(struct evert_connection *c, size_t size)
{
	c->reading.dropped = true;
	if (evert_trace_is_recording())
		tell_read(c, size);
}

/* Whatever a read has given, and while it fills the buffer, what more there
   is. */
static EVERT_APART void receive_any(struct evert_connection *c, ssize_t size)
{
	int reads = 1;

	for (;;) {
		if (size <= 0) {
			read_nothing(c, size);
			return;
		}
		if (!c->base.closing)
			deliver(c, c->watch.reactor->read_buffer,
				(size_t)size);
		else
			drop(c, (size_t)size);
		if (size < EVERT_READ_SIZE || reads++ == READS_PER_TURN ||
		    !evert_connection_delivers(c))
			return;
		size = evert_reading_fill(&c->watch);
	}
}

static inline void receive(struct evert_connection *c)
{
	ssize_t size = evert_reading_fill(&c->watch);

	if (size > 0 && size < EVERT_READ_SIZE && !c->unusual)
		deliver_read(c, (size_t)size); /* the common case */
	else if (size <= 0)
		read_nothing(c, size);
	else
		receive_any(c, size);
}

/* ---- Reading descriptors, too ---- */

static void hand_over(struct evert_connection *c,
		      struct evert_received *received)
{
	struct evert_protocol *protocol = c->base.protocol;
	struct evert_running_mark mark;

	c->reading.in_parts = true;
	evert_running_begin_for(&mark, "descriptors_received", c->watch.fd);
	evert_tell_protocol(c, "descriptors_received");
	protocol->ops->descriptors_received(protocol, received->fds,
					    received->count, received->lost);
	evert_trace_end();
	evert_running_end(&mark);
	c->reading.in_parts = false;
	evert_received_close(received, evert_connection_system(c));
}

/* One read; less than the buffer holds, so that no other follows it by itself.
   Is there perhaps more? */
static bool receive_descriptors(struct evert_connection *c)
{
	const size_t most = EVERT_READ_SIZE - 1;
	struct evert_reactor *reactor = c->watch.reactor;
	struct evert_received received;
	ssize_t size = evert_parcel_receive(&received, reactor->system,
					    c->watch.fd, reactor->read_buffer,
					    most);
	bool some = received.count || received.lost;

	if (some)
		hand_over(c, &received);
	receive_any(c, size);
	return (some || size == (ssize_t)most) && evert_connection_delivers(c);
}

/* Of what nobody wants any more the kernel closes the descriptors. */
static void receive_either(struct evert_connection *c)
{
	int reads = 0;

	if (!evert_connection_takes_descriptors(c) || c->base.closing) {
		receive(c);
		return;
	}
	while (evert_connection_takes_descriptors(c) &&
	       reads++ < READS_PER_TURN && receive_descriptors(c)) {
	}
}

/* ---- What the poller tells ---- */

/* Nobody reads, and there may be an end or an error: ends it, unless data comes
   first, which waits for reading to be resumed. Once writing has failed nothing
   is queued any more, so who reads on when there is room does so. */
static void look_ahead(struct evert_connection *c)
{
	int found = evert_connection_has_unread(c) ?
			    1 :
			    evert_reading_look_ahead(&c->watch);

	if (found < 0) {
		evert_connection_end_broken(c, -found);
	} else if (!found && c->writing.error) {
		evert_connection_end_broken(c, c->writing.error);
	} else { /* data, or an orderly end: wait */
		evert_watch_set(&c->watch, 0);
		if (c->writing.error)
			evert_connection_resume_protocol(c);
	}
}

void evert_connection_read_rest(struct evert_connection *c)
{
	if (evert_connection_delivers(c)) {
		receive_either(c);
		evert_connection_plan(c);
	} else if (c->base.closing || c->reading.ended) {
		evert_connection_end_broken(c, c->writing.error);
	} else {
		look_ahead(c);
	}
}

/* Something has happened that reading would tell, but nobody reads. */
static void notice_unread(struct evert_connection *c, unsigned ready)
{
	int error;

	if (!c->reading.ended) {
		look_ahead(c);
		return;
	}
	error = ready & EVERT_BROKEN ? evert_reading_take_error(&c->watch) : 0;
	if (!error && !evert_connection_has_output(c))
		evert_connection_end_in_order(c); /* the peer has closed */
	else
		evert_connection_end_broken(c, error ? error : EPIPE);
}

/* Reads first, then writes; not if reading has ended it. */
static EVERT_APART void read_and_write(struct evert_connection *c,
				       unsigned ready)
{
	if (ready & ~(unsigned)EVERT_WRITE) {
		if (c->watch.wanted & EVERT_READ)
			receive_either(c);
		else
			notice_unread(c, ready);
	}
	if (ready & EVERT_WRITE && c->writing.full)
		evert_connection_flush(c);
}

void evert_connection_ready(struct evert_watch *watch, unsigned ready)
{
	struct evert_connection *c =
		evert_container_of(watch, struct evert_connection, watch);

	if (ready == EVERT_READ) /* the common case */
		receive(c);
	else
		read_and_write(c, ready);
}

void evert_connection_ready_to_take(struct evert_watch *watch, unsigned ready)
{
	read_and_write(evert_container_of(watch, struct evert_connection,
					  watch), ready);
}
