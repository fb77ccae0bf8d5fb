/* SPDX-License-Identifier: MIT */
#include "connection_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../deferred/base/running_internal.h"
#include "../../deferred/base/spares_internal.h"
#include "../fork_internal.h"
#include "../stats.h"
#include "connection_peer_internal.h"
#include "connection_read_internal.h"
#include "connection_splicing_internal.h"
#include "connection_write_internal.h"
#include "detach_internal.h"
#include "layout_internal.h"
#include "linger_internal.h"
#include "socket_options_internal.h"
#include "tell_connection_internal.h"

/* Nobody in the process asks for it. */
extern const struct evert_transport_layout evert_transport_layout;
__attribute__((__used__)) const struct evert_transport_layout
	evert_transport_layout = EVERT_TRANSPORT_LAYOUT;

/* ---- The end ---- */

/* The peer of a UNIX socket reads what was sent, whatever it sends; but what
   we have not read would have it read a reset after that, not our end. With
   both directions shut nothing comes any more. */
static void drop_last_of_local(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);

	system->ops->shutdown(system, c->watch.fd, SHUT_RDWR);
	evert_reading_drop_rest(&c->reading, &c->watch);
}

/* Would close(2) cut off what the peer has not read? It resets the connection
   if anything comes before it that was not read, as it may at any time from
   who was sending when nobody wanted it; and if anything comes after it, which
   does no harm to who has acknowledged all. Only who sent much is asked. */
static bool lingers(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);
	struct evert_reactor *reactor = c->watch.reactor;

	if (evert_reading_is_over(
		    evert_reading_drop_rest(&c->reading, &c->watch)))
		return false;
	if (evert_connection_is_local(c)) {
		if (c->reading.dropped)
			drop_last_of_local(c);
		return false;
	}
	if (!c->reading.dropped &&
	    (!c->writing.sent_much ||
	     system->ops->unacknowledged(system, c->watch.fd) <= 0))
		return false;
	evert_watch_remove(&c->watch);
	return evert_linger(reactor, c->watch.fd);
}

static void close_socket(struct evert_connection *c)
{
	/* The parent's connection stays as it is. */
	if (c->watch.fd < 0) /* detached */
		return;
	if (!evert_reactor_is_forked(c->watch.reactor)) {
		if (c->resets)
			evert_socket_reset_on_close(
				evert_connection_system(c), c->watch.fd);
		else if (!c->reading.ended && lingers(c))
			return;
	}
	evert_watch_close(&c->watch);
}

static EVERT_APART void lose_told(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;
	struct evert_running_mark mark;

	if (protocol->ops->connection_lost) {
		evert_running_begin_for(&mark, "connection_lost", c->watch.fd);
		evert_tell_protocol(c, "connection_lost");
		protocol->ops->connection_lost(protocol, c->base.why);
		evert_trace_end();
		evert_running_end(&mark);
	}
	evert_tell_closed(c);
}

static void tell(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;

	c->base.closing = true;
	evert_watch_mute(&c->watch);
	if (evert_is_observed())
		lose_told(c);
	else if (protocol->ops->connection_lost)
		protocol->ops->connection_lost(protocol, c->base.why);
	evert_connection_kind(c)->close(c);
	c->told = true;
	if (c->rare)
		evert_bell_ring(&c->rare->closed);
	evert_task_cancel(&c->task);
	evert_task_plan_last(c->watch.reactor, &c->task);
}

static void release_rare(struct evert_connection *c)
{
	evert_closing_destroy(c->rare->closing);
	evert_free(c->rare->unread);
	evert_free(c->rare);
}

static void release(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;

	if (c->rare)
		release_rare(c);
	evert_failure_release(c->base.why);
	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	if (c->frees_protocol)
		evert_free(protocol);
	evert_block_give(c, evert_connection_size(c));
}

/* Does what had to wait for the end of the turn. */
static void go_on(struct evert_connection *c)
{
	if (evert_connection_has_unread(c))
		evert_connection_deliver_unread(c);
	if (c->reading.end_waits)
		evert_connection_tell_end(c);
	if (c->writing.error)
		evert_connection_kind(c)->write_failed(c);
	else if (evert_connection_has_output(c) && !c->writing.full)
		evert_connection_flush(c);
	else /* by new marks, or closing */
		evert_connection_after_sending(c);
	if (!c->ended && (c->base.closing || c->reading.ended))
		evert_connection_update(c);
}

static void run_task(struct evert_task *task)
{
	struct evert_connection *c =
		evert_container_of(task, struct evert_connection, task);

	if (c->told) {
		release(c);
		return;
	}
	if (!c->ended)
		go_on(c);
	if (c->ended && !evert_connection_is_held(c))
		tell(c);
}

static void abort_connection(struct evert_transport *base)
{
	struct evert_connection *c = evert_connection_from(base);

	if (!c->ended)
		c->resets = true;
	evert_connection_end_here(
		c, evert_failure_bare(EVERT_CONNECTION_ABORTED));
}

/* ---- The watch ---- */

void evert_connection_unwatchable(struct evert_connection *c, int error)
{
	c->base.closing = true;
	evert_connection_end_broken(c, error);
}

static void unwatchable(struct evert_watch *watch, int error)
{
	evert_connection_unwatchable(
		evert_container_of(watch, struct evert_connection, watch),
		error);
}

static void stopped(struct evert_connection *c)
{
	evert_connection_end(c, evert_failure_bare(EVERT_REACTOR_STOPPED));
}

static void give_up(struct evert_connection *c)
{
	struct evert_reactor *reactor = c->watch.reactor;
	size_t left = evert_connection_unsent(c);

	if (!left || c->ended) {
		stopped(c);
		return;
	}
	reactor->lost_bytes += left;
	reactor->lost_connections++;
	c->resets = true; /* what was sent is not all */
	evert_connection_end(c, evert_failure_create(
					EVERT_REACTOR_STOPPED, ETIMEDOUT,
					"%zu bytes were given up when the "
					"reactor stopped", left));
}

/* The reactor waits, but not for ever. */
static void send_before_the_end(struct evert_connection *c)
{
	evert_connection_send_last(c);
	if (!evert_connection_has_output(c) || c->ended) {
		stopped(c);
		return;
	}
	if (!c->unsent)
		c->watch.reactor->unsent++;
	c->unsent = true;
	evert_connection_update(c);
}

static void tell_stopping(struct evert_connection *c)
{
	struct evert_protocol *protocol = c->base.protocol;

	if (protocol->ops->stopping && !c->base.closing && !c->ended &&
	    !evert_reactor_is_forked(c->watch.reactor))
		protocol->ops->stopping(protocol);
}

void evert_connection_shut_down(struct evert_connection *c)
{
	struct evert_reactor *reactor = c->watch.reactor;

	tell_stopping(c);
	c->base.closing = true;
	evert_connection_end_writing(c);
	if (evert_reactor_is_forked(reactor))
		stopped(c);
	else if (reactor->closing_is_over)
		give_up(c);
	else
		send_before_the_end(c);
}

static void shut_down(struct evert_watch *watch)
{
	evert_connection_shut_down(
		evert_container_of(watch, struct evert_connection, watch));
}

void evert_connection_count(const struct evert_watch *watch,
			    struct evert_stats *stats)
{
	stats->connections++;
	stats->queued_bytes += evert_connection_unsent(
		evert_container_of(watch, struct evert_connection, watch));
}

/* ---- Sockets ---- */

static void update_socket(struct evert_connection *c)
{
	evert_watch_set(&c->watch, evert_connection_wanted(c));
}

static void shut_socket(struct evert_connection *c)
{
	struct evert_system *system = evert_connection_system(c);

	system->ops->shutdown(system, c->watch.fd, SHUT_WR);
}

#define SOCKET(is_ready)                                      \
	{                                                     \
		.watch = {                                    \
			.kind = "connection",                 \
			.describe = evert_connection_describe, \
			.ready = is_ready,                    \
			.unwatchable = unwatchable,           \
			.shut_down = shut_down,               \
			.count = evert_connection_count,      \
		},                                            \
		.update = update_socket,                      \
		.send_end = shut_socket,                      \
		.write_failed = evert_connection_read_rest,   \
		.close = close_socket,                        \
	}

const struct evert_connection_kind evert_connection_socket =
	SOCKET(evert_connection_ready);
const struct evert_connection_kind evert_connection_taking_socket =
	SOCKET(evert_connection_ready_to_take);
const struct evert_connection_kind evert_connection_splicing_socket =
	SOCKET(evert_connection_ready_to_splice);

/* ---- The transport ---- */

static struct evert_deferred *wait_closed(struct evert_transport *base,
					  const char *place)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_connection_rare *rare;

	/* Asked from inside what the end has set going. */
	if (c->told)
		return evert_deferred_create_fired_at(place,
						      evert_result_none());
	rare = evert_connection_rare(c);
	return rare ? evert_bell_wait(&rare->closed, place) : NULL;
}

static struct evert_reactor *get_reactor(const struct evert_transport *base)
{
	return evert_connection_from(base)->watch.reactor;
}

/* To ask about: the descriptor that is read, or where there is none, that which
   is written to; or -errno. */
static int descriptor_of(const struct evert_connection *c)
{
	int fd = c->watch.fd;

	if (fd < 0 && evert_connection_is_split(c))
		fd = c->rare->output->fd;
	return c->told || fd < 0 ? -ENOTCONN : fd;
}

static int get_address(const struct evert_transport *base, bool peer,
		       struct evert_address *address)
{
	const struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);
	int fd = descriptor_of(c);

	if (peer && evert_connection_kept_peer(c, address))
		return 0;
	address->length = sizeof(address->as);
	if (fd < 0)
		return fd;
	return (peer ? system->ops->getpeername : system->ops->getsockname)(
		system, fd, &address->as.any, &address->length);
}

static int set_option(struct evert_transport *base, int level, int option,
		      int value)
{
	struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);
	int fd = descriptor_of(c), error;

	if (fd < 0)
		return fd;
	error = system->ops->setsockopt(system, fd, level, option, &value,
					sizeof(value));
	return error == -ENOTSOCK ? -EOPNOTSUPP : error;
}

static int get_option(const struct evert_transport *base, int level,
		      int option, void *value, socklen_t *length)
{
	const struct evert_connection *c = evert_connection_from(base);
	struct evert_system *system = evert_connection_system(c);
	int fd = descriptor_of(c);

	if (fd < 0)
		return fd;
	return system->ops->getsockopt(system, fd, level, option, value,
				       length);
}

/* Of every stream; the rest is of sockets. */
#define STREAM                                                          \
	.write = evert_connection_write,                                \
	.write_sequence = evert_connection_write_sequence,              \
	.write_owned = evert_connection_write_owned,                    \
	.lose_connection = evert_connection_lose,                       \
	.abort = abort_connection,                                      \
	.lose_write = evert_connection_lose_write,                      \
	.pause_reading = evert_connection_pause_reading,                \
	.resume_reading = evert_connection_resume_reading,              \
	.set_marks = evert_connection_set_marks,                        \
	.queued = evert_connection_queued,                              \
	.is_reading = evert_connection_is_reading,                      \
	.marks = evert_connection_marks,                                \
	.reactor = get_reactor,                                         \
	.set_protocol = evert_connection_set_protocol,                  \
	.closed = wait_closed,                                          \
	.set_closing_time = evert_connection_set_closing_time,          \
	.address = get_address,                                         \
	.set_option = set_option,                                       \
	.get_option = get_option,                                       \
	.write_file = evert_connection_write_file

static const struct evert_transport_ops transport_ops = {
	STREAM,
	.write_descriptors = evert_connection_write_descriptors,
	.encrypt = evert_connection_encrypt,
	.write_record = evert_connection_write_record,
	.detach = evert_connection_detach,
	.splicing = &evert_connection_splicing_ops,
};

const struct evert_transport_ops evert_connection_plain_ops = { STREAM };

/* ---- Its begin ---- */

void evert_connection_init(struct evert_connection *c)
{
	c->base = (struct evert_transport){ .ops = &transport_ops };
	evert_task_init(&c->task, run_task);
	memset(&c->output, 0,
	       sizeof(*c) - offsetof(struct evert_connection, output));
	evert_writing_init(&c->writing);
}
