/* SPDX-License-Identifier: MIT */
/* Messages over TCP: each behind its length (RFC 1035, 4.2.2). */
#include "channel_internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum {
	PREFIX = 2,
	MOST_READS = 16, /* in a turn */
	AFTER_A_LOSS = 8, /* are in flight together */
};

/* How long a connection without questions stays open. */
static const double IDLE_SECONDS = 2;

/* Bytes in a row: those from `start` on count. */
struct bytes {
	uint8_t *room;
	size_t start, end, size;
};

struct tcp {
	struct evert_channel base;
	struct evert_delayed_call idle;
	struct bytes in, out;
	size_t most_in_flight; /* as those that are bear it */
	bool connected;
};

static struct tcp *from(struct evert_channel *channel)
{
	return evert_container_of(channel, struct tcp, base);
}

/* Makes room for so many more: 0, or -ENOMEM. */
static int make_room(struct bytes *bytes, size_t more)
{
	size_t held = bytes->end - bytes->start;
	size_t size = bytes->size ? bytes->size : 512;
	uint8_t *room;

	if (bytes->start) {
		memmove(bytes->room, bytes->room + bytes->start, held);
		bytes->start = 0;
		bytes->end = held;
	}
	while (size < held + more)
		size *= 2;
	if (size == bytes->size)
		return 0;
	room = evert_reallocate(bytes->room, size);
	if (!room)
		return -ENOMEM;
	bytes->room = room;
	bytes->size = size;
	return 0;
}

/* ---- Losing it ---- */

/*
 * A server that closes may have waited too long for an answer, or not like a
 * question: so all are asked again, on another connection. To find the one that
 * it does not like, which must not cost its neighbours their answers, those
 * that were lost go in small groups then, then alone. Lost alone, and not for
 * the first time, it fails.
 */
static size_t most_beside(const struct evert_exchange *exchange)
{
	static const size_t most[] = { SIZE_MAX, AFTER_A_LOSS, 1 };

	return most[exchange->losses];
}

static bool is_worth_another(const struct evert_exchange *exchange, bool alone)
{
	return !exchange->is_in_flight || !exchange->losses ||
	       (!alone && most_beside(exchange) > 1);
}

/* `error` is 0 where another connection may help. */
static void lose_exchange(struct tcp *tcp, struct evert_exchange *exchange,
			  bool alone, int error)
{
	struct evert_name_server *server = tcp->base.server;

	if (!error && !is_worth_another(exchange, alone))
		error = ECONNRESET;
	if (exchange->is_in_flight && !error)
		exchange->losses++;
	evert_exchange_end(exchange);
	if (!error)
		error = -evert_name_server_ask(server, exchange, true);
	if (error)
		exchange->ops->failed(exchange, error);
}

/* The server has closed it (ECONNRESET), or it can't be had. */
static void lose(struct tcp *tcp, int error)
{
	struct evert_exchange *exchange;
	bool passing = tcp->connected && error == ECONNRESET;
	bool alone = tcp->base.in_flight == 1;

	evert_channel_close(&tcp->base);
	while ((exchange = evert_exchanges_any(&tcp->base.waiting)))
		lose_exchange(tcp, exchange, alone, passing ? 0 : error);
}

/* ---- Sending ---- */

static int put(struct tcp *tcp, const struct evert_exchange *exchange)
{
	uint8_t *to;

	if (make_room(&tcp->out, PREFIX + exchange->length))
		return -ENOMEM;
	to = tcp->out.room + tcp->out.end;
	to[0] = (uint8_t)(exchange->length >> 8);
	to[1] = (uint8_t)exchange->length;
	memcpy(to + PREFIX, exchange->message, exchange->length);
	tcp->out.end += PREFIX + exchange->length;
	return 0;
}

static bool may_go(struct tcp *tcp, const struct evert_exchange *exchange)
{
	size_t most = most_beside(exchange);

	if (tcp->base.in_flight && tcp->most_in_flight < most)
		most = tcp->most_in_flight;
	if (tcp->base.in_flight >= most)
		return false;
	tcp->most_in_flight = most;
	return true;
}

static int put_unsent(struct tcp *tcp)
{
	struct evert_list_node *unsent = &tcp->base.unsent;
	struct evert_exchange *exchange;

	while (!evert_list_is_empty(unsent)) {
		exchange = evert_container_of(unsent->next,
					      struct evert_exchange, node);
		if (!may_go(tcp, exchange))
			break;
		if (put(tcp, exchange))
			return -ENOMEM;
		evert_list_remove(&exchange->node);
		exchange->is_in_flight = true;
		tcp->base.in_flight++;
	}
	return 0;
}

/* 0, or -errno; -EAGAIN: the rest when it is writable. */
static int send_bytes(struct tcp *tcp)
{
	struct evert_system *system = tcp->base.server->reactor->system;
	struct bytes *out = &tcp->out;
	ssize_t sent;

	while (out->start < out->end) {
		sent = system->ops->send(tcp->base.watch.fd,
					 out->room + out->start,
					 out->end - out->start, system);
		if (sent < 0 && sent != -EINTR)
			return (int)sent;
		out->start += sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

static void send_unsent(struct evert_channel *channel)
{
	struct tcp *tcp = from(channel);
	unsigned wanted = EVERT_ATTACHED;
	int error = put_unsent(tcp);

	if (!error && tcp->connected)
		error = send_bytes(tcp);
	if (error && error != -EAGAIN) {
		lose(tcp, error == -EPIPE ? ECONNRESET : -error);
		return;
	}
	if (tcp->connected)
		wanted |= EVERT_READ;
	if (!tcp->connected || error)
		wanted |= EVERT_WRITE;
	evert_watch_set(&channel->watch, wanted);
}

/* ---- Receiving ---- */

static void deliver_whole(struct tcp *tcp)
{
	struct bytes *in = &tcp->in;
	uint8_t *message;
	size_t length;

	while (in->end - in->start >= PREFIX) {
		message = in->room + in->start;
		length = (size_t)message[0] << 8 | message[1];
		if (in->end - in->start < PREFIX + length)
			return;
		in->start += PREFIX + length;
		evert_channel_deliver(&tcp->base, message + PREFIX, length);
		if (evert_channel_is_closed(&tcp->base))
			return;
	}
}

/* How many bytes came; 0 at the end; or -errno. */
static ssize_t read_some(struct tcp *tcp)
{
	struct evert_system *system = tcp->base.server->reactor->system;
	struct bytes *in = &tcp->in;
	ssize_t got;

	if (make_room(in, 512))
		return -ENOMEM;
	got = system->ops->read(tcp->base.watch.fd, in->room + in->end,
				in->size - in->end, system);
	in->end += got > 0 ? (size_t)got : 0;
	return got;
}

static void read_all(struct tcp *tcp)
{
	ssize_t got = 1;
	int reads;

	for (reads = 0; got > 0 && reads < MOST_READS; reads++) {
		got = read_some(tcp);
		if (got > 0)
			deliver_whole(tcp);
		if (evert_channel_is_closed(&tcp->base))
			return;
	}
	if (!got)
		lose(tcp, ECONNRESET);
	else if (got < 0 && got != -EAGAIN && got != -EINTR)
		lose(tcp, (int)-got);
}

/* ---- Readiness ---- */

static int outcome(const struct tcp *tcp)
{
	struct evert_system *system = tcp->base.server->reactor->system;
	int error = 0;
	socklen_t length = sizeof(error);
	int failed = system->ops->getsockopt(system, tcp->base.watch.fd,
					     SOL_SOCKET, SO_ERROR, &error,
					     &length);

	return failed ? -failed : error;
}

static void ready(struct evert_channel *channel, unsigned what)
{
	struct tcp *tcp = from(channel);
	int error;

	if (!tcp->connected) {
		error = outcome(tcp);
		if (error) {
			lose(tcp, error);
			return;
		}
		tcp->connected = true;
		what = EVERT_WRITE;
	}
	if (what & EVERT_WRITE)
		send_unsent(channel);
	if (what & ~(unsigned)EVERT_WRITE && !evert_channel_is_closed(channel))
		read_all(tcp);
}

/* ---- Opening, closing ---- */

/* A question does not wait until the one before is acknowledged. */
static int prepare_socket(struct evert_system *system, int fd)
{
	const int on = 1;

	return system->ops->setsockopt(system, fd, IPPROTO_TCP, TCP_NODELAY,
				       &on, sizeof(on));
}

static void close_idle(void *arg)
{
	struct tcp *tcp = arg;

	if (!tcp->base.waiting.count)
		evert_channel_close(&tcp->base);
}

static void became_idle(struct evert_channel *channel)
{
	struct tcp *tcp = from(channel);

	evert_delayed_call_cancel(tcp->idle);
	tcp->idle = evert_reactor_call_later(channel->server->reactor,
					     IDLE_SECONDS, close_idle, tcp);
	if (!tcp->idle.timer)
		evert_channel_close(channel);
}

static void release(struct evert_channel *channel)
{
	struct tcp *tcp = from(channel);

	evert_delayed_call_cancel(tcp->idle);
	evert_free(tcp->in.room);
	evert_free(tcp->out.room);
}

const struct evert_channel_ops evert_tcp_ops = {
	.type = SOCK_STREAM,
	.prepare = prepare_socket,
	.ready = ready,
	.send_unsent = send_unsent,
	.became_idle = became_idle,
	.release = release,
};

int evert_tcp_open(struct evert_name_server *server)
{
	int error;

	evert_channel_open(server, &server->tcp, &evert_tcp_ops,
			   sizeof(struct tcp), &error);
	return error;
}
