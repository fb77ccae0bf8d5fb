/* SPDX-License-Identifier: MIT */
/*
 * A stream's life: open, then `closing` (it delivers nothing more, but still
 * sends what is queued), then ended (nothing more will happen but the task,
 * which tells the protocol from the loop), then told (the task frees it one
 * turn later). The task also sends: whatever a turn has written goes out at
 * its end.
 *
 * What arrives while it is closing is read and dropped. Unread, it would make
 * close(2) reset the connection, and the peer lose the end of what we sent;
 * and two sides that write much before they read would wait for each other.
 */
#include <reactor/stream_internal.h>

#include <errno.h>

#include <deferred/memory.h>
#include <deferred/trace_internal.h>
#include <reactor/bell_internal.h>
#include <reactor/output_internal.h>
#include <reactor/transport.h>

enum {
	HIGH_MARK = 65536,
	LOW_MARK = 16384,
	/* Of data that nobody wants any more, before closing. */
	READS_BEFORE_CLOSE = 4,
};

/* Small: there is one for every connection, and most are idle. */
struct stream {
	struct evert_transport base;
	struct evert_watch watch;
	struct evert_task task;
	struct evert_output output;
	struct evert_bell closed;
	struct evert_failure *reason; /* why it ended; NULL: it has not */
	uint32_t high, low;
	int write_error; /* an errno: the peer takes nothing more; what it
			    sent before is still read */
	bool reading_paused : 1;
	bool read_ended : 1;  /* the peer has sent its end */
	bool write_ended : 1; /* nothing more is taken to be sent */
	bool shut : 1;	      /* our end was sent */
	bool full : 1;	      /* the kernel takes no more for now */
	bool protocol_paused : 1;
	bool resets : 1; /* closed by a reset, not in order */
	bool told : 1;	 /* connection_lost has run */
};

static struct stream *from(const struct evert_transport *base)
{
	return evert_container_of(base, struct stream, base);
}

static struct evert_reactor *reactor_of(const struct stream *s)
{
	return s->watch.reactor;
}

static struct evert_system *system_of(const struct stream *s)
{
	return s->watch.reactor->system;
}

/* Calls an operation, which may be missing, under its name. */
static void call_protocol(struct evert_protocol *protocol,
			  void (*operation)(struct evert_protocol *protocol),
			  const char *name)
{
	if (!operation)
		return;
	evert_trace_begin("protocol", name);
	operation(protocol);
	evert_trace_end("protocol", name);
}

/* ---- What to wait for ---- */

/* Does the protocol get what is read? */
static bool delivers(const struct stream *s)
{
	return !s->base.closing && !s->reading_paused && !s->read_ended;
}

static void update_interest(struct stream *s)
{
	unsigned wanted = EVERT_ATTACHED;

	if (delivers(s) || (s->base.closing && !s->read_ended))
		wanted |= EVERT_READ;
	if (s->full)
		wanted |= EVERT_WRITE;
	evert_watch_set(&s->watch, wanted);
}

static bool reads(const struct stream *s)
{
	return s->watch.wanted & EVERT_READ;
}

static void plan(struct stream *s)
{
	evert_task_plan(reactor_of(s), &s->task);
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
	s->full = false;
	evert_watch_remove(&s->watch);
	evert_output_drop(&s->output, reactor_of(s));
	plan(s);
}

static void end_in_order(struct stream *s)
{
	end(s, evert_failure_bare(EVERT_CONNECTION_DONE));
}

/* Where writing has failed before, that is why it ended. */
static void end_broken(struct stream *s, int error)
{
	if (s->write_error)
		error = s->write_error;
	end(s, evert_failure_create(EVERT_CONNECTION_LOST, error,
				    "connection lost"));
}

/* So that close(2) resets the connection (socket(7), SO_LINGER). */
static void reset_on_close(struct stream *s)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (!evert_reactor_is_forked(reactor_of(s)))
		system_of(s)->ops->setsockopt(system_of(s), s->watch.fd,
					      SOL_SOCKET, SO_LINGER, &none,
					      sizeof(none));
}

/* So that close(2) does not reset it. */
static void drop_unread(struct stream *s)
{
	char *buffer = reactor_of(s)->read_buffer;
	int i;

	if (s->read_ended || evert_reactor_is_forked(reactor_of(s)))
		return;
	for (i = 0; i < READS_BEFORE_CLOSE; i++)
		if (system_of(s)->ops->read(system_of(s), s->watch.fd, buffer,
					    EVERT_READ_SIZE) != EVERT_READ_SIZE)
			return;
}

static void tell(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	if (protocol->ops->connection_lost) {
		evert_trace_begin("protocol", "connection_lost");
		protocol->ops->connection_lost(protocol, s->reason);
		evert_trace_end("protocol", "connection_lost");
	}
	if (s->resets)
		reset_on_close(s);
	else
		drop_unread(s);
	system_of(s)->ops->close(system_of(s), s->watch.fd);
	s->told = true;
	evert_bell_ring(&s->closed);
	plan(s);
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
	if (s->write_ended && !s->shut && !s->base.closing) {
		s->shut = true;
		system_of(s)->ops->shutdown(system_of(s), s->watch.fd,
					    SHUT_WR);
	}
	if (s->base.closing || (s->shut && s->read_ended))
		end_in_order(s);
}

/* The peer takes nothing more. What it sent before is read first, by the
   task, if anybody wants it. */
static void write_failed(struct stream *s, int error)
{
	s->write_error = error;
	s->write_ended = true;
	s->resets = true; /* what we sent is not whole */
	s->full = false;
	if (!delivers(s)) {
		end_broken(s, error);
		return;
	}
	update_interest(s);
	plan(s);
	evert_output_drop(&s->output, reactor_of(s));
}

/* Sending has said something new: 0, or -errno. */
static void outcome_changed(struct stream *s, int error)
{
	if (error && error != -EAGAIN && error != -ENOBUFS) {
		write_failed(s, -error);
		return;
	}
	s->full = error != 0;
	update_interest(s);
}

static inline void send_queued(struct stream *s)
{
	int error = evert_output_send(&s->output, reactor_of(s), s->watch.fd);

	if (error || s->full)
		outcome_changed(s, error);
}

static void resume_protocol(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	if (!s->protocol_paused || s->output.queued > s->low ||
	    s->base.closing)
		return;
	s->protocol_paused = false;
	call_protocol(protocol, protocol->ops->resume_writing, "resume_writing");
}

/* Does what waited for the sending. */
static void after_sending(struct stream *s)
{
	if (s->write_error || s->reason)
		return;
	if (!s->output.queued)
		drained(s);
	resume_protocol(s);
}

/* From the loop. */
static void flush(struct stream *s)
{
	send_queued(s);
	if (s->base.closing || s->write_ended || s->protocol_paused)
		after_sending(s);
}

/* Over the high-water mark the kernel is asked at once: perhaps it takes so
   much that the protocol need not be paused. */
static void over_high_mark(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;

	if (s->protocol_paused)
		return;
	if (!s->full)
		send_queued(s);
	if (s->output.queued <= s->high || s->protocol_paused)
		return;
	s->protocol_paused = true;
	call_protocol(protocol, protocol->ops->pause_writing, "pause_writing");
}

static bool takes_writes(const struct stream *s)
{
	return !s->base.closing && !s->write_ended;
}

/* What is gathered is sent by who began to gather. */
static void written(struct stream *s)
{
	if (!evert_output_gathers(&s->output, reactor_of(s)))
		plan(s);
	if (s->output.queued > s->high)
		over_high_mark(s);
}

/* There was no memory for what was written: the stream has a hole. */
static void end_with_hole(struct stream *s)
{
	s->resets = true;
	end_broken(s, ENOMEM);
}

static int stream_write(struct evert_transport *base, const void *data,
			size_t length)
{
	struct stream *s = from(base);

	if (!takes_writes(s))
		return -EPIPE;
	if (!length)
		return 0;
	if (evert_output_copy(&s->output, reactor_of(s), data, length)) {
		end_with_hole(s);
		return -ENOMEM;
	}
	written(s);
	return 0;
}

static int stream_write_owned(struct evert_transport *base, const void *data,
			      size_t length, void (*release_data)(void *arg),
			      void *arg)
{
	struct stream *s = from(base);
	int error = takes_writes(s) ? 0 : -EPIPE;

	if (!error && length) {
		error = evert_output_own(&s->output, reactor_of(s), data,
					 length, release_data, arg);
		if (!error) {
			written(s);
			return 0;
		}
		end_with_hole(s);
	}
	release_data(arg);
	return error;
}

/* ---- Closing ---- */

static void stream_lose_connection(struct evert_transport *base)
{
	struct stream *s = from(base);

	if (base->closing)
		return;
	base->closing = true;
	update_interest(s);
	plan(s);
}

static void stream_abort(struct evert_transport *base)
{
	struct stream *s = from(base);

	if (s->reason)
		return;
	s->resets = true;
	end(s, evert_failure_bare(EVERT_CONNECTION_ABORTED));
}

static int stream_lose_write(struct evert_transport *base)
{
	struct stream *s = from(base);

	if (!takes_writes(s))
		return -EPIPE;
	s->write_ended = true;
	plan(s);
	return 0;
}

/* ---- Reading ---- */

static void read_ended(struct stream *s)
{
	struct evert_protocol *protocol = s->base.protocol;
	bool tells = delivers(s);

	s->read_ended = true;
	update_interest(s);
	if (s->write_error) {
		end_broken(s, s->write_error);
		return;
	}
	/* When both ends are sent, the task finds out. */
	plan(s);
	if (!tells)
		return;
	if (protocol->ops->end_received)
		call_protocol(protocol, protocol->ops->end_received,
			      "end_received");
	else
		stream_lose_connection(&s->base);
}

/* Nothing was read: 0 or -errno says why. */
static void read_nothing(struct stream *s, ssize_t why)
{
	if (why == 0)
		read_ended(s);
	else if (why == -EAGAIN && s->write_error)
		end_broken(s, s->write_error);
	else if (why != -EAGAIN && why != -EINTR)
		end_broken(s, (int)-why);
}

/* What the protocol writes meanwhile is sent when it returns. */
static void deliver(struct stream *s, const char *data, size_t size)
{
	struct evert_protocol *protocol = s->base.protocol;

	evert_output_gather(&s->output, reactor_of(s));
	evert_trace_begin("protocol", "data_received");
	protocol->ops->data_received(protocol, data, size);
	evert_trace_end("protocol", "data_received");
	if (evert_output_gathers(&s->output, reactor_of(s)))
		flush(s);
}

static void receive(struct stream *s)
{
	struct evert_reactor *reactor = reactor_of(s);
	struct evert_system *system = reactor->system;
	ssize_t size = system->ops->read(system, s->watch.fd,
					 reactor->read_buffer,
					 EVERT_READ_SIZE);

	if (size <= 0)
		read_nothing(s, size);
	else if (!s->base.closing)
		deliver(s, reactor->read_buffer, (size_t)size);
}

static int pending_error(const struct stream *s)
{
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system_of(s)->ops->getsockopt(system_of(s), s->watch.fd,
						   SOL_SOCKET, SO_ERROR,
						   &error, &length);

	return failed ? -failed : error;
}

/* Something has happened that reading would tell, but nobody reads. */
static void notice_unread(struct stream *s, unsigned ready)
{
	int error = ready & EVERT_BROKEN ? pending_error(s) : 0;

	if (!error && s->read_ended && !s->output.queued)
		end_in_order(s); /* the peer has closed altogether */
	else if (error || s->read_ended)
		end_broken(s, error ? error : EPIPE);
	else /* an orderly end, which waits behind the unread data */
		evert_watch_set(&s->watch, 0);
}

/* Reads first, then writes; not if reading has ended the stream. */
static void read_and_write(struct stream *s, unsigned ready)
{
	if (ready & ~(unsigned)EVERT_WRITE) {
		if (reads(s))
			receive(s);
		else
			notice_unread(s, ready);
	}
	if (ready & EVERT_WRITE && s->full)
		flush(s);
}

static void stream_ready(struct evert_watch *watch, unsigned ready)
{
	struct stream *s = evert_container_of(watch, struct stream, watch);

	if (ready == EVERT_READ) /* the common case */
		receive(s);
	else
		read_and_write(s, ready);
}

static void stream_unwatchable(struct evert_watch *watch, int error)
{
	end_broken(evert_container_of(watch, struct stream, watch), error);
}

/* ---- The loop ---- */

static void stream_shut_down(struct evert_watch *watch)
{
	struct stream *s = evert_container_of(watch, struct stream, watch);

	if (s->output.queued && !s->full &&
	    !evert_reactor_is_forked(reactor_of(s)))
		send_queued(s);
	if (s->output.queued)
		s->resets = true;
	end(s, evert_failure_bare(EVERT_REACTOR_STOPPED));
}

/* Writing has failed: reads on while there is something to read. */
static void read_rest(struct stream *s)
{
	if (delivers(s))
		receive(s);
	else
		end_broken(s, s->write_error);
	plan(s);
}

static void run_task(struct evert_task *task)
{
	struct stream *s = evert_container_of(task, struct stream, task);

	if (s->told)
		release(s);
	else if (s->reason)
		tell(s);
	else if (s->write_error)
		read_rest(s);
	else if (s->full)
		resume_protocol(s); /* the marks may have changed */
	else
		flush(s);
}

static const struct evert_watch_ops watch_ops = {
	.ready = stream_ready,
	.unwatchable = stream_unwatchable,
	.shut_down = stream_shut_down,
};

/* ---- The rest ---- */

static void stream_pause_reading(struct evert_transport *base)
{
	struct stream *s = from(base);

	s->reading_paused = true;
	update_interest(s);
}

static void stream_resume_reading(struct evert_transport *base)
{
	struct stream *s = from(base);

	s->reading_paused = false;
	update_interest(s);
}

static void stream_set_marks(struct evert_transport *base, size_t high,
			     size_t low)
{
	struct stream *s = from(base);

	s->high = high < UINT32_MAX ? (uint32_t)high : UINT32_MAX;
	s->low = low < s->high ? (uint32_t)low : s->high;
	if (!takes_writes(s))
		return;
	plan(s);
	if (s->output.queued > s->high)
		over_high_mark(s);
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
	struct evert_system *system = system_of(s);

	address->length = sizeof(address->as);
	if (s->told)
		return -ENOTCONN;
	return (peer ? system->ops->getpeername : system->ops->getsockname)(
		system, s->watch.fd, &address->as.any, &address->length);
}

static int stream_set_option(struct evert_transport *base, int level,
			     int option, int value)
{
	struct stream *s = from(base);

	if (s->told)
		return -ENOTCONN;
	return system_of(s)->ops->setsockopt(system_of(s), s->watch.fd, level,
					     option, &value, sizeof(value));
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

/* NULL: -errno is in `*error`. */
static struct stream *make(struct evert_reactor *reactor, int fd, int *error)
{
	struct stream *s = evert_allocate(sizeof(*s));

	*error = -ENOMEM;
	if (!s)
		return NULL;
	*s = (struct stream){
		.base = { .ops = &stream_ops },
		.high = HIGH_MARK,
		.low = LOW_MARK,
	};
	evert_task_init(&s->task, run_task);
	*error = evert_watch_add(&s->watch, reactor, fd, &watch_ops);
	if (!*error)
		return s;
	evert_free(s);
	return NULL;
}

struct evert_protocol *evert_stream_open(struct evert_reactor *reactor, int fd,
					 struct evert_factory *factory,
					 const struct evert_address *peer)
{
	int error;
	struct stream *s = make(reactor, fd, &error);
	struct evert_protocol *protocol;

	if (!s) {
		reactor->system->ops->close(reactor->system, fd);
		errno = -error;
		return NULL;
	}
	protocol = factory->build_protocol(factory, peer);
	if (!protocol) {
		evert_watch_remove(&s->watch);
		reactor->system->ops->close(reactor->system, fd);
		evert_free(s);
		errno = ECONNABORTED;
		return NULL;
	}
	s->base.protocol = protocol;
	protocol->transport = &s->base;
	update_interest(s);
	call_protocol(protocol, protocol->ops->connection_made, "connection_made");
	return protocol;
}
