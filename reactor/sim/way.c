/* SPDX-License-Identifier: MIT */
/* The way of pieces from an end to the other: in order, as TCP has them; one
   that is lost holds up those behind it until it was sent again. */
#include <errno.h>
#include <string.h>

#include "tcp_internal.h"

struct piece {
	struct evert_list_node node;
	int64_t at;
	int64_t sent; /* for the last time, where it gets lost before; else 0 */
	bool vain;    /* it gets lost then, too */
	enum evert_sim_piece kind;
	bool has_data;
	size_t length;
	char data[];
};

/* tcp(7): the least time-out of a retransmission, which doubles. */
static const int64_t RETRANSMISSION = 200000000;
static const int64_t MOST_RETRANSMISSION = INT64_C(120000000000);
/* tcp_retries2: for how long. */
static const int64_t PATIENCE = INT64_C(924600000000);

static const char *const names[] = {
	[EVERT_SIM_SYN] = "got SYN",
	[EVERT_SIM_SYN_ACK] = "got SYN ACK",
	[EVERT_SIM_ESTABLISHED] = "got first ACK",
	[EVERT_SIM_DATA] = "got data",
	[EVERT_SIM_FIN] = "got FIN",
	[EVERT_SIM_ACK] = "got ACK",
	[EVERT_SIM_WINDOW] = "got window",
	[EVERT_SIM_RST] = "got RST",
	[EVERT_SIM_PROBE] = "got probe",
};

static struct piece *first(const struct evert_sim_end *end)
{
	return evert_container_of(end->way.next, struct piece, node);
}

static struct piece *last(const struct evert_sim_end *end)
{
	return evert_container_of(end->way.previous, struct piece, node);
}

static void plan(struct evert_sim_end *end)
{
	if (!evert_list_is_empty(&end->way))
		evert_sim_plan(end->connection->sim, &end->arrival,
			       first(end)->at);
}

static void tell(struct evert_sim_end *to, const struct piece *piece)
{
	struct evert_sim *sim = to->connection->sim;

	evert_sim_trace_add(
		sim->trace, to->host ? to->host->name : "", names[piece->kind],
		evert_address_port(&to->address), (long)piece->length);
	if (piece->has_data)
		evert_sim_trace_mix(sim->trace, piece->data, piece->length);
}

static void drop(struct piece *piece)
{
	evert_list_remove(&piece->node);
	evert_sim_free(piece);
}

static void drop_all(struct evert_sim_end *end)
{
	while (!evert_list_is_empty(&end->way))
		drop(first(end));
}

/* What got lost is not sent again, and what is behind it fits nowhere. */
void evert_sim_way_give_up(struct evert_sim_end *end)
{
	int64_t now = end->connection->sim->now;
	struct evert_list_node *node = end->way.next, *next;
	bool is_lost = end->lost_for > 0;
	struct piece *piece;

	for (; node != &end->way; node = next) {
		next = node->next;
		piece = evert_container_of(node, struct piece, node);
		is_lost |= piece->sent > now;
		if (is_lost)
			drop(piece);
	}
	end->last_arrival = 0;
	if (!evert_list_is_empty(&end->way)) {
		end->last_arrival = last(end)->at;
		return;
	}
	end->lost_for = 0;
	evert_sim_cancel(end->connection->sim, &end->arrival);
}

/* Its sender has no socket any more that would send it again: only the reset
   behind it, if there is one, is still on its way. */
static bool is_given_up(const struct evert_sim_end *end)
{
	return last(end)->kind == EVERT_SIM_RST ||
	       (end->dead && first(end)->kind == EVERT_SIM_SYN);
}

static void give_up_first(struct evert_sim_end *end)
{
	drop(first(end));
	while (!evert_list_is_empty(&end->way) &&
	       first(end)->kind != EVERT_SIM_RST)
		drop(first(end));
	plan(end);
	evert_sim_end_settle(end);
}

static int64_t doubled(int64_t next)
{
	return next * 2 < MOST_RETRANSMISSION ? next * 2 : MOST_RETRANSMISSION;
}

/* It got lost: it is sent again, unless that was done long enough. */
static void send_again(struct evert_sim_end *end)
{
	struct evert_sim *sim = end->connection->sim;

	if (is_given_up(end)) {
		give_up_first(end);
		return;
	}
	if (first(end)->vain || end->lost_for >= PATIENCE) {
		drop_all(end);
		if (!end->dead)
			evert_sim_end_die(end, ETIMEDOUT);
		evert_sim_end_settle(end);
		return;
	}
	if (!end->lost_for)
		end->next_try = RETRANSMISSION;
	end->lost_for += end->next_try;
	evert_sim_plan(sim, &end->arrival, sim->now + end->next_try);
	end->next_try = doubled(end->next_try);
}

static void arrived(struct evert_sim_event *event)
{
	struct evert_sim_end *end =
		evert_container_of(event, struct evert_sim_end, arrival);
	struct evert_sim_end *to = evert_sim_other(end);
	struct piece *piece = first(end);

	if (piece->vain || evert_sim_is_apart(end->host, to->host)) {
		send_again(end);
		return;
	}
	end->lost_for = 0;
	evert_list_remove(&piece->node);
	plan(end);
	tell(to, piece);
	evert_sim_end_arrived(to, piece->kind, piece->data, piece->length);
	evert_sim_free(piece);
	evert_sim_end_settle(end);
}

void evert_sim_way_init(struct evert_sim_end *end)
{
	evert_list_init(&end->way);
	end->arrival.happen = arrived;
}

void evert_sim_way_finish(struct evert_sim_end *end)
{
	evert_sim_cancel(end->connection->sim, &end->arrival);
	drop_all(end);
}

/* When it has left, as fast as the wire takes it. */
static int64_t departure(struct evert_sim_end *end, size_t bytes)
{
	const struct evert_sim *sim = end->connection->sim;
	double bandwidth = sim->network.bandwidth;

	if (end->wire_free < sim->now)
		end->wire_free = sim->now;
	if (bandwidth > 0 && end->host != evert_sim_other(end)->host)
		end->wire_free += (int64_t)((double)bytes / bandwidth * 1e9);
	return end->wire_free;
}

/* At most its sender's patience: then it is not sent again. */
static int64_t lost_time(struct evert_sim *sim)
{
	int64_t lost = 0, next = RETRANSMISSION;

	while (lost < PATIENCE && evert_sim_fault(sim, sim->network.loss)) {
		lost += next;
		next = doubled(next);
	}
	return lost;
}

static int64_t arrival_time(struct evert_sim_end *end, struct piece *piece,
			    size_t bytes)
{
	struct evert_sim *sim = end->connection->sim;
	int64_t at = departure(end, bytes), lost = lost_time(sim);

	at += lost;
	if (lost)
		piece->sent = at;
	piece->vain = lost >= PATIENCE;
	at += evert_sim_travel(sim, end->host, evert_sim_other(end)->host);
	if (at <= end->last_arrival)
		at = end->last_arrival + 1;
	return end->last_arrival = at;
}

void evert_sim_way_send(struct evert_sim_end *end, enum evert_sim_piece kind,
			const void *data, size_t length)
{
	size_t bytes = data ? length : 0;
	struct piece *piece = evert_sim_allocate(sizeof(*piece) + bytes);
	bool was_empty = evert_list_is_empty(&end->way);

	if (end->host->down) {
		evert_sim_free(piece);
		return;
	}
	piece->kind = kind;
	piece->has_data = data;
	piece->length = length;
	if (bytes)
		memcpy(piece->data, data, bytes);
	piece->at = arrival_time(end, piece, bytes);
	evert_list_append(&end->way, &piece->node);
	if (was_empty)
		plan(end);
}
