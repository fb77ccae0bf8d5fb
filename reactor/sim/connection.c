/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "tcp_internal.h"

enum {
	MOST_AT_ONCE = 65536
}; /* bytes in a piece */

/* ---- Making ---- */

static void init_end(struct evert_sim_connection *c, struct evert_sim_end *end)
{
	end->connection = c;
	evert_list_init(&end->waits);
	evert_sim_way_init(end);
	evert_sim_keep_alive_init(end);
}

struct evert_sim_connection *evert_sim_connection_create(struct evert_sim *sim)
{
	struct evert_sim_connection *c = evert_sim_allocate(sizeof(*c));

	c->sim = sim;
	init_end(c, &c->ends[0]);
	init_end(c, &c->ends[1]);
	evert_list_append(&sim->connections, &c->node);
	return c;
}

static void finish_end(struct evert_sim_end *end)
{
	evert_sim_way_finish(end);
	evert_sim_cancel(end->connection->sim, &end->retry);
	evert_sim_cancel(end->connection->sim, &end->probe);
	evert_list_remove(&end->waits);
	evert_sim_bytes_clear(&end->received);
	evert_sim_bytes_clear(&end->to_send);
}

static void release(struct evert_sim_connection *c)
{
	finish_end(&c->ends[0]);
	finish_end(&c->ends[1]);
	evert_list_remove(&c->node);
	evert_sim_free(c);
}

void evert_sim_connections_release(struct evert_sim *sim)
{
	while (!evert_list_is_empty(&sim->connections))
		release(evert_container_of(sim->connections.next,
					   struct evert_sim_connection, node));
}

static bool is_settled(const struct evert_sim_end *end)
{
	return !end->socket && !end->listener &&
	       evert_list_is_empty(&end->way) && !end->retry.place;
}

void evert_sim_end_settle(struct evert_sim_end *end)
{
	struct evert_sim_connection *c = end->connection;

	if (is_settled(&c->ends[0]) && is_settled(&c->ends[1]))
		release(c);
}

/* ---- Sending ---- */

void evert_sim_end_changed(struct evert_sim_end *end)
{
	if (end->socket)
		evert_sim_file_changed(&end->socket->base);
}

static void send_piece(struct evert_sim_end *end, size_t most)
{
	struct evert_sim_bytes *bytes = &end->to_send;
	size_t length = bytes->length < most ? bytes->length : most;

	if (length > MOST_AT_ONCE)
		length = MOST_AT_ONCE;
	length = evert_sim_cut(end->connection->sim, length);
	end->in_flight += length;
	end->in_window += length;
	evert_sim_way_send(end, EVERT_SIM_DATA, bytes->data + bytes->start,
			   length);
	evert_sim_bytes_take(bytes, NULL, length);
}

/* A box on the way sends a reset to both. */
static bool is_broken_on_the_way(struct evert_sim_end *end)
{
	struct evert_sim *sim = end->connection->sim;

	if (!evert_sim_fault(sim, sim->network.reset))
		return false;
	evert_sim_end_reset(end);
	end->error = ECONNRESET;
	return true;
}

void evert_sim_end_pump(struct evert_sim_end *end)
{
	size_t window = evert_sim_other(end)->receive_buffer;

	if (!end->established)
		return;
	while (!end->dead && end->to_send.length && end->in_window < window) {
		if (is_broken_on_the_way(end))
			return;
		send_piece(end, window - end->in_window);
	}
	if (end->dead || end->to_send.length || !end->ends || end->end_sent)
		return;
	end->end_sent = true;
	end->in_flight++;
	evert_sim_way_send(end, EVERT_SIM_FIN, NULL, 1);
}

/* ---- Ending ---- */

void evert_sim_end_die(struct evert_sim_end *end, int error)
{
	end->dead = true;
	end->error = error;
	end->in_flight = 0;
	evert_sim_bytes_clear(&end->to_send);
	evert_sim_cancel(end->connection->sim, &end->retry);
	evert_sim_cancel(end->connection->sim, &end->probe);
	if (!end->established)
		evert_sim_way_give_up(end);
	if (end->socket)
		evert_sim_port_give_back(&end->socket->port);
	evert_sim_end_changed(end);
	evert_sim_keep_alive_look(evert_sim_other(end));
}

void evert_sim_end_reset(struct evert_sim_end *end)
{
	if (end->dead)
		return;
	evert_sim_end_die(end, 0);
	evert_sim_way_give_up(end);
	evert_sim_way_send(end, EVERT_SIM_RST, NULL, 0);
}

/* What was not read would be lost: the peer is told (RFC 2525, 2.17). */
void evert_sim_end_close(struct evert_sim_end *end, bool reset)
{
	end->socket = NULL;
	evert_sim_cancel(end->connection->sim, &end->probe);
	if (!end->established)
		evert_sim_end_die(end, 0);
	else if (reset || end->received.length)
		evert_sim_end_reset(end);
	end->ends = true;
	evert_sim_end_pump(end);
	evert_sim_end_settle(end);
}

/* ---- What arrives ---- */

/* Nobody will ever read it. */
static bool is_orphan(const struct evert_sim_end *end)
{
	return !end->socket && !end->listener;
}

/* Nobody knows this connection here: perhaps not any more. */
static void receive_stray(struct evert_sim_end *end)
{
	evert_sim_way_send(end, EVERT_SIM_RST, NULL, 0);
}

static void receive(struct evert_sim_end *end, const char *data, size_t length)
{
	if (end->dead) {
		receive_stray(end);
		return;
	}
	if (is_orphan(end)) {
		evert_sim_end_reset(end);
		return;
	}
	/* It has ended both ways (in FIN_WAIT Linux takes no more). */
	if (end->end_sent && end->socket && end->socket->reading_shut) {
		evert_sim_end_reset(end);
		end->error = ECONNRESET;
		return;
	}
	evert_sim_bytes_put(&end->received, data, length);
	evert_sim_way_send(end, EVERT_SIM_ACK, NULL, length);
	evert_sim_end_changed(end);
}

/* Both have ended, and know it. */
static void finish_if_over(struct evert_sim_end *end)
{
	if (end->end_received && end->end_sent && !end->in_flight)
		evert_sim_end_die(end, 0);
}

static void receive_end(struct evert_sim_end *end)
{
	if (end->dead) {
		receive_stray(end);
		return;
	}
	end->end_received = true;
	evert_sim_way_send(end, EVERT_SIM_ACK, NULL, 1);
	evert_sim_end_changed(end);
	finish_if_over(end);
}

static void acknowledge(struct evert_sim_end *end, size_t length)
{
	if (end->dead)
		return;
	end->in_flight -= length;
	evert_sim_end_changed(end);
	finish_if_over(end);
}

/* As Linux names it: who was told of the end before can't write any more. */
static void receive_reset(struct evert_sim_end *end)
{
	if (end->dead)
		return;
	evert_sim_end_die(end, !end->established && !end->listener
				       ? ECONNREFUSED
			       : end->end_received ? EPIPE
						   : ECONNRESET);
	if (end->listener && !end->established)
		evert_sim_end_leave(end);
}

void evert_sim_end_arrived(struct evert_sim_end *end,
			   enum evert_sim_piece piece, const char *data,
			   size_t length)
{
	evert_sim_keep_alive_heard(end);
	switch (piece) {
	case EVERT_SIM_SYN:
		evert_sim_end_asked(end);
		break;
	case EVERT_SIM_SYN_ACK:
		evert_sim_end_connected(end);
		break;
	case EVERT_SIM_ESTABLISHED:
		evert_sim_end_complete(end);
		break;
	case EVERT_SIM_DATA:
		receive(end, data, length);
		break;
	case EVERT_SIM_FIN:
		receive_end(end);
		break;
	case EVERT_SIM_ACK:
		acknowledge(end, length);
		break;
	case EVERT_SIM_WINDOW:
		end->in_window -= length;
		evert_sim_end_pump(end);
		break;
	case EVERT_SIM_RST:
		receive_reset(end);
		break;
	case EVERT_SIM_PROBE:
		if (end->dead)
			receive_stray(end);
		break;
	}
}
