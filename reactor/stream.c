/* SPDX-License-Identifier: MIT */
/*
 * A stream's life: open, then `closing` (it delivers nothing more, but still
 * sends what is queued), then ended (nothing more will happen but the task,
 * which tells the protocol from the loop), then told (the task frees it one
 * turn later). The task also sends: whatever a turn has written goes out at
 * its end.
 */
#include <reactor/stream_internal.h>

#include <errno.h>

#include <deferred/memory.h>
#include <reactor/bell_internal.h>
#include <reactor/output_internal.h>
#include <reactor/transport.h>

enum {
	HIGH_MARK = 65536,
	LOW_MARK = 16384,
};

struct stream {
	struct evert_transport base;
	struct evert_reactor *reactor;
	struct evert_watch watch;
	struct evert_member member;
	struct evert_task task;
	struct evert_output output;
	struct evert_bell closed;
	struct evert_failure *reason; /* why it ended; NULL: it has not */
	size_t high, low;
	int write_error; /* writing failed so; what the peer sent before is
			    still read */
	bool reading_paused;
	bool read_ended;  /* the peer has sent its end */
	bool write_ended; /* our end is sent, or will be after the queue */
	bool shut;	  /* our end was sent */
	bool full;	  /* the kernel takes no more for now */
	bool protocol_paused;
	bool resets; /* closed by a reset, not in order */
	bool told;   /* connection_lost has run */
};

static struct stream *from(const struct evert_transport *base)
{
	return evert_container_of(base, struct stream, base);
}

/* ---- What to wait for ---- */

static bool reads(const struct stream *s)
{
	return !s->base.closing && !s->reading_paused && !s->read_ended;
}

static void update_interest(struct stream *s)
{
	unsigned wanted = EVERT_ATTACHED;

	if (reads(s))
		wanted |= EVERT_READ;
	if (s->full)
		wanted |= EVERT_WRITE;
	evert_watch_set(&s->watch, wanted);
}

/* ---- Ending ---- */

/* Ends the stream: the protocol hears of it from the loop. Takes over
   `reason`; the first one counts. */
static void end(struct stream *s, struct evert_failure *reason)
{
	if (s->reason) {
		evert_failure_release(reason);
		return;
	}
	s->reason = reason;
	s->base.closing = true;
	evert_watch_remove(&s->watch);
	evert_output_drop(&s->output, s->reactor);
	evert_task_plan(s->reactor, &s->task);
}

static void end_in_order(struct stream *s)
{
	end(s, evert_failure_bare(EVERT_CONNECTION_DONE));
}

static void end_broken(struct stream *s, int error)
{
	end(s, evert_failure_create(EVERT_CONNECTION_LOST, error,
				    "connection lost"));
}

/* So that close(2) resets the connection (socket(7), SO_LINGER). */
static void reset_on_close(struct stream *s)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };
	struct evert_system *system = s->reactor->system;

	if (!evert_reactor_is_forked(s->reactor))
		system->ops->setsockopt(system, s->watch.fd, SOL_SOCKET,
					SO_LINGER, &none, sizeof(none));
}

static void tell(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;
	struct evert_system *system = s->reactor->system;

	s->told = true;
	if (protocol->ops->connection_lost)
		protocol->ops->connection_lost(protocol, s->reason);
	if (s->resets)
		reset_on_close(s);
	system->ops->close(system, s->watch.fd);
	evert_member_leave(&s->member);
	evert_bell_ring(&s->closed);
	evert_task_plan(s->reactor, &s->task);
}

static void release(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	/* Whoever asked while the bell rang. */
	evert_bell_ring(&s->closed);
	evert_failure_release(s->reason);
	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	evert_free(s);
}

/* ---- Writing ---- */

/* Everything is sent: what was to happen then? */
static void drained(struct stream *s)
{
	struct evert_system *system = s->reactor->system;

	if (s->write_ended && !s->shut && !s->base.closing) {
		s->shut = true;
		system->ops->shutdown(system, s->watch.fd, SHUT_WR);
	}
	if (s->base.closing && s->write_error)
		end_broken(s, s->write_error);
	else if (s->base.closing || (s->shut && s->read_ended))
		end_in_order(s);
}

/* The peer takes nothing more. What it sent before is read first, if anybody
   reads: the end of that ends the stream. */
static void write_failed(struct stream *s, int error)
{
	evert_output_drop(&s->output, s->reactor);
	s->write_error = error;
	s->full = false;
	if (reads(s))
		update_interest(s);
	else
		end_broken(s, error);
}

static void send_queued(struct stream *s)
{
	int error = evert_output_send(&s->output, s->reactor, s->watch.fd);

	if (error && error != -EAGAIN && error != -ENOBUFS) {
		write_failed(s, -error);
		return;
	}
	s->full = error != 0;
	update_interest(s);
}

static void resume_protocol(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	if (!s->protocol_paused || s->output.queued > s->low ||
	    s->base.closing)
		return;
	s->protocol_paused = false;
	if (protocol->ops->resume_writing)
		protocol->ops->resume_writing(protocol);
}

/* From the loop: sends, then does what waited for the sending. */
static void flush(struct stream *s)
{
	send_queued(s);
	if (s->reason)
		return;
	if (!s->output.queued)
		drained(s);
	resume_protocol(s);
}

static void run_task(struct evert_task *task)
{
	struct stream *s = evert_container_of(task, struct stream, task);

	if (s->told)
		release(s);
	else if (s->reason)
		tell(s);
	else if (!s->full)
		flush(s);
}

/* Over the high-water mark the kernel is asked at once: perhaps it takes so
   much that the protocol need not be paused. */
static void check_high_mark(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	if (s->output.queued <= s->high || s->protocol_paused)
		return;
	if (!s->full)
		send_queued(s);
	if (s->reason || s->output.queued <= s->high)
		return;
	s->protocol_paused = true;
	if (protocol->ops->pause_writing)
		protocol->ops->pause_writing(protocol);
}

static bool takes_writes(const struct stream *s)
{
	return !s->base.closing && !s->write_ended && !s->write_error;
}

/* What was written is in the queue, unless `error`. */
static int written(struct stream *s, int error)
{
	if (error) {
		s->resets = true;
		end_broken(s, -error);
		return error;
	}
	evert_task_plan(s->reactor, &s->task);
	check_high_mark(s);
	return 0;
}

static int stream_write(struct evert_transport *base, const void *data,
			size_t length)
{
	struct stream *s = from(base);

	if (!takes_writes(s))
		return -EPIPE;
	if (!length)
		return 0;
	return written(s, evert_output_copy(&s->output, s->reactor, data,
					    length));
}

static int stream_write_owned(struct evert_transport *base, const void *data,
			      size_t length, void (*release_data)(void *arg),
			      void *arg)
{
	struct stream *s = from(base);
	int error;

	if (!takes_writes(s) || !length) {
		release_data(arg);
		return takes_writes(s) ? 0 : -EPIPE;
	}
	error = evert_output_own(&s->output, data, length, release_data, arg);
	if (error)
		release_data(arg);
	return written(s, error);
}

/* ---- Closing ---- */

static void stream_lose_connection(struct evert_transport *base)
{
	struct stream *s = from(base);

	if (base->closing)
		return;
	base->closing = true;
	update_interest(s);
	evert_task_plan(s->reactor, &s->task);
}

static void stream_abort(struct evert_transport *base)
{
	struct stream *s = from(base);

	s->resets = true;
	end(s, evert_failure_bare(EVERT_CONNECTION_ABORTED));
}

static int stream_lose_write(struct evert_transport *base)
{
	struct stream *s = from(base);

	if (!takes_writes(s))
		return -EPIPE;
	s->write_ended = true;
	evert_task_plan(s->reactor, &s->task);
	return 0;
}

static void shut_down(struct evert_member *member)
{
	struct stream *s = evert_container_of(member, struct stream, member);

	if (!s->reason && s->output.queued && !s->full &&
	    !evert_reactor_is_forked(s->reactor))
		send_queued(s);
	end(s, evert_failure_bare(EVERT_REACTOR_STOPPED));
}

/* ---- Reading ---- */

static void read_ended(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	s->read_ended = true;
	update_interest(s);
	if (s->write_error)
		end_broken(s, s->write_error);
	else if (s->shut)
		end_in_order(s);
	else if (protocol->ops->end_received)
		protocol->ops->end_received(protocol);
	else
		stream_lose_connection(&s->base);
}

static void receive(struct stream *s)
{
	struct evert_reactor *reactor = s->reactor;
	struct evert_protocol *protocol = s->base.protocol;
	ssize_t size;

	size = reactor->system->ops->read(reactor->system, s->watch.fd,
					  reactor->read_buffer,
					  EVERT_READ_SIZE);
	if (size > 0)
		protocol->ops->data_received(protocol, reactor->read_buffer,
					     (size_t)size);
	else if (size == 0)
		read_ended(s);
	else if (size != -EAGAIN && size != -EINTR)
		end_broken(s, (int)-size);
}

static int pending_error(const struct stream *s)
{
	struct evert_system *system = s->reactor->system;
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system->ops->getsockopt(system, s->watch.fd, SOL_SOCKET,
					     SO_ERROR, &error, &length);

	return failed ? -failed : error;
}

/* Something has happened that reading would tell, but nobody reads. */
static void notice_unread(struct stream *s, unsigned ready)
{
	int error = ready & EVERT_BROKEN ? pending_error(s) : 0;

	if (error)
		end_broken(s, error);
	else if (s->read_ended || s->base.closing)
		end_broken(s, ECONNRESET);
	else /* an orderly end, which waits behind the unread data */
		evert_watch_set(&s->watch, 0);
}

static void stream_ready(struct evert_watch *watch, unsigned ready)
{
	struct stream *s = evert_container_of(watch, struct stream, watch);

	if (reads(s)) {
		if (ready & (EVERT_READ | EVERT_HANGUP | EVERT_BROKEN))
			receive(s);
	} else if (ready & (EVERT_HANGUP | EVERT_BROKEN)) {
		notice_unread(s, ready);
	}
	if (ready & EVERT_WRITE && !s->reason && s->full)
		flush(s);
}

static void stream_unwatchable(struct evert_watch *watch, int error)
{
	end_broken(evert_container_of(watch, struct stream, watch), error);
}

static const struct evert_watch_ops watch_ops = {
	.ready = stream_ready,
	.unwatchable = stream_unwatchable,
};

static void stream_pause_reading(struct evert_transport *base)
{
	struct stream *s = from(base);

	s->reading_paused = true;
	if (!base->closing)
		update_interest(s);
}

static void stream_resume_reading(struct evert_transport *base)
{
	struct stream *s = from(base);

	s->reading_paused = false;
	if (!base->closing)
		update_interest(s);
}

/* ---- The rest ---- */

static void stream_set_marks(struct evert_transport *base, size_t high,
			     size_t low)
{
	struct stream *s = from(base);

	s->high = high;
	s->low = low < high ? low : high;
	if (base->closing)
		return;
	check_high_mark(s);
	evert_task_plan(s->reactor, &s->task);
}

static size_t stream_queued(const struct evert_transport *base)
{
	return from(base)->output.queued;
}

static struct evert_deferred *stream_closed(struct evert_transport *base,
					    const char *place)
{
	return evert_bell_wait(&from(base)->closed, place);
}

static int stream_address(const struct evert_transport *base, bool peer,
			  struct evert_address *address)
{
	const struct stream *s = from(base);
	struct evert_system *system = s->reactor->system;

	address->length = sizeof(address->as);
	if (s->told)
		return -ENOTCONN;
	if (peer)
		return system->ops->getpeername(system, s->watch.fd,
						&address->as.any,
						&address->length);
	return system->ops->getsockname(system, s->watch.fd, &address->as.any,
					&address->length);
}

static int stream_set_option(struct evert_transport *base, int level,
			     int option, int value)
{
	struct stream *s = from(base);
	struct evert_system *system = s->reactor->system;

	if (s->told)
		return -ENOTCONN;
	return system->ops->setsockopt(system, s->watch.fd, level, option,
				       &value, sizeof(value));
}

static const struct evert_transport_ops stream_ops = {
	.write = stream_write,
	.write_owned = stream_write_owned,
	.lose_connection = stream_lose_connection,
	.abort = stream_abort,
	.lose_write = stream_lose_write,
	.pause_reading = stream_pause_reading,
	.resume_reading = stream_resume_reading,
	.set_marks = stream_set_marks,
	.queued = stream_queued,
	.closed = stream_closed,
	.address = stream_address,
	.set_option = stream_set_option,
};

/* ---- Opening ---- */

static struct stream *make(struct evert_reactor *reactor, int fd)
{
	struct stream *s = evert_allocate(sizeof(*s));
	int error;

	if (!s)
		return NULL;
	*s = (struct stream){
		.base = { .ops = &stream_ops },
		.reactor = reactor,
		.high = HIGH_MARK,
		.low = LOW_MARK,
	};
	error = evert_watch_add(&s->watch, reactor, fd, &watch_ops);
	if (error) {
		evert_free(s);
		errno = -error;
		return NULL;
	}
	evert_task_init(&s->task, run_task);
	return s;
}

static void refuse(struct stream *s)
{
	evert_watch_remove(&s->watch);
	evert_free(s);
	errno = ECONNABORTED;
}

struct evert_protocol *evert_stream_open(struct evert_reactor *reactor, int fd,
					 struct evert_factory *factory,
					 const struct evert_address *peer)
{
	struct evert_protocol *protocol = NULL;
	struct stream *s = make(reactor, fd);

	if (s) {
		protocol = factory->build_protocol(factory, peer);
		if (!protocol)
			refuse(s);
	}
	if (!protocol) {
		reactor->system->ops->close(reactor->system, fd);
		return NULL;
	}
	s->base.protocol = protocol;
	protocol->transport = &s->base;
	evert_member_join(reactor, &s->member, shut_down);
	update_interest(s);
	if (protocol->ops->connection_made)
		protocol->ops->connection_made(protocol);
	return protocol;
}
