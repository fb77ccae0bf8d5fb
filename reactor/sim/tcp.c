/* SPDX-License-Identifier: MIT */
/* A TCP socket as its descriptor shows it (tcp(7); what Linux does where that
   says nothing). */
#include <errno.h>

#include "tcp_internal.h"

enum {
	WORTH = 16384
}; /* bytes of room */

/* ---- Readiness ---- */

static size_t queued(const struct evert_sim_end *end)
{
	return end->to_send.length + end->in_flight;
}

/* There is room, and it is worth waking who writes. */
static bool is_writable(const struct evert_sim_end *end)
{
	return queued(end) * 3 <= end->send_buffer * 2;
}

static unsigned connected_ready(const struct evert_sim_tcp *tcp)
{
	const struct evert_sim_end *end = tcp->end;
	bool no_reading = tcp->reading_shut || end->end_received || end->dead;
	bool no_writing = tcp->writing_shut || end->dead;
	unsigned ready = 0;

	if (no_reading)
		ready |= POLLIN | POLLRDHUP;
	if (end->received.length)
		ready |= POLLIN;
	if (no_writing || is_writable(end))
		ready |= POLLOUT;
	if (no_reading && no_writing)
		ready |= POLLHUP;
	if (end->error)
		ready |= POLLERR;
	return ready;
}

static unsigned tcp_ready(struct evert_sim_file *file)
{
	const struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	if (tcp->port.listens)
		return evert_list_is_empty(&tcp->ready) ? 0 : POLLIN;
	if (!tcp->end)
		return POLLOUT | POLLHUP | (tcp->error ? POLLERR : 0) |
		       (tcp->reading_shut ? POLLIN | POLLRDHUP : 0);
	if (!tcp->end->established && !tcp->end->dead)
		return 0; /* on its way */
	return connected_ready(tcp);
}

/* ---- Reading and writing ---- */

/* Room is told of when it is worth a piece (RFC 1122, 4.2.3.3). */
static void announce(struct evert_sim_end *end, size_t length)
{
	size_t room = end->unannounced += length;

	if (end->dead || (room * 2 < end->receive_buffer && room < WORTH))
		return;
	end->unannounced = 0;
	evert_sim_way_send(end, EVERT_SIM_WINDOW, NULL, room);
}

static ssize_t take(struct evert_sim_end *end, void *data, size_t size,
		    bool peek)
{
	size_t length = end->received.length;

	if (length > size)
		length = size;
	if (peek) {
		evert_sim_bytes_peek(&end->received, data, length);
		return (ssize_t)length;
	}
	length = evert_sim_cut(end->connection->sim, length);
	evert_sim_bytes_take(&end->received, data, length);
	evert_sim_trace_mix(end->connection->sim->trace, data, length);
	announce(end, length);
	return (ssize_t)length;
}

static ssize_t tcp_read(struct evert_sim_file *file, void *data, size_t size,
			bool peek)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	struct evert_sim_end *end = tcp->end;

	if (tcp->port.listens)
		return -ENOTCONN;
	if (tcp->error)
		return -evert_sim_tcp_take_error(tcp);
	if (!end)
		return tcp->reading_shut ? 0 : -ENOTCONN;
	if (end->received.length)
		return take(end, data, size, peek);
	if (end->end_received)
		return 0; /* even where there is an error, too */
	if (end->error)
		return -evert_sim_end_take_error(end);
	return tcp->reading_shut || end->dead ? 0 : -EAGAIN;
}

static ssize_t tcp_write(struct evert_sim_file *file, const struct iovec *parts,
			 int count)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	struct evert_sim_end *end = tcp->end;
	size_t length = evert_sim_parts_length(parts, count), room;

	if (tcp->error)
		return -evert_sim_tcp_take_error(tcp);
	if (!end)
		return -EPIPE;
	if (end->error)
		return -evert_sim_end_take_error(end);
	if (end->dead || tcp->writing_shut)
		return -EPIPE;
	if (!end->established)
		return -EAGAIN;
	room = end->send_buffer > queued(end) ? end->send_buffer - queued(end)
					      : 0;
	if (!room && length)
		return -EAGAIN;
	length = evert_sim_cut(end->connection->sim,
			       length < room ? length : room);
	evert_sim_parts_put(&end->to_send, parts, length);
	evert_sim_end_pump(end);
	return (ssize_t)length;
}

/* ---- Ending ---- */

static int tcp_shutdown(struct evert_sim_file *file, int how)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	struct evert_sim_end *end = tcp->end;

	/* Where it can't be, it counts all the same. */
	if (how != SHUT_WR)
		tcp->reading_shut = true;
	if (how != SHUT_RD)
		tcp->writing_shut = true;
	if (!end || !end->established || end->dead)
		return -ENOTCONN;
	if (how != SHUT_RD)
		end->ends = true;
	evert_sim_end_pump(end);
	evert_sim_file_changed(file);
	return 0;
}

static bool resets(const struct evert_sim_tcp *tcp)
{
	return tcp->options.linger.l_onoff && !tcp->options.linger.l_linger;
}

static void tcp_close(struct evert_sim_file *file)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	evert_sim_port_leave(&tcp->port);
	if (tcp->port.listens)
		evert_sim_tcp_stop_listening(tcp);
	if (tcp->end)
		evert_sim_end_close(tcp->end, resets(tcp));
	evert_sim_free(tcp);
}

/* ---- Names ---- */

static int tcp_name(struct evert_sim_file *file, bool peer,
		    struct evert_address *address)
{
	const struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	if (peer && (!tcp->end || !tcp->end->established || tcp->end->dead))
		return -ENOTCONN;
	/* One that was bound again has another than its last connection. */
	*address = peer ? evert_sim_other(tcp->end)->address
		   : tcp->end && !tcp->port.address.length
			   ? tcp->end->address
			   : tcp->port.address;
	if (!address->length)
		*address = evert_sim_no_address(tcp->port.family);
	return 0;
}

static int tcp_unacknowledged(struct evert_sim_file *file)
{
	const struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	if (tcp->port.listens)
		return -EINVAL;
	return tcp->end ? (int)queued(tcp->end) : 0;
}

/* ---- Making ---- */

static const struct evert_sim_socket_ops tcp_socket = {
	.bind = evert_sim_tcp_bind,
	.listen = evert_sim_tcp_listen,
	.accept = evert_sim_tcp_accept,
	.connect = evert_sim_tcp_connect,
	.shutdown = tcp_shutdown,
	.name = tcp_name,
	.get = evert_sim_tcp_get,
	.set = evert_sim_tcp_set,
	.unacknowledged = tcp_unacknowledged,
};

static const struct evert_sim_file_ops tcp_ops = {
	.ready = tcp_ready,
	.read = tcp_read,
	.write = tcp_write,
	.close = tcp_close,
	.socket = &tcp_socket,
};

struct evert_sim_tcp *evert_sim_tcp_make(struct evert_sim_host *host,
					 int family)
{
	struct evert_sim_tcp *tcp = evert_sim_allocate(sizeof(*tcp));

	evert_sim_file_init(&tcp->base, host, &tcp_ops);
	evert_sim_port_init(&tcp->port, host, family, &host->sim->tcp_ports);
	evert_sim_tcp_options_init(&tcp->options);
	evert_list_init(&tcp->handshakes);
	evert_list_init(&tcp->ready);
	return tcp;
}

int evert_sim_tcp_create(struct evert_sim_host *host, int family)
{
	return evert_sim_descriptor_make(
		&evert_sim_tcp_make(host, family)->base);
}
