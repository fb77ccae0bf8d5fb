/* SPDX-License-Identifier: MIT */
/*
 * Keep-alive (tcp(7)): who hears nothing asks whether the other side is still
 * there. While it is, it answers, and that changes nothing: so nothing is
 * planned for it, and a world where nothing else happens comes to rest. It is
 * asked from when it can't hear, or has forgotten the connection.
 */
#include <errno.h>

#include "tcp_internal.h"

static const int64_t SECOND = 1000000000;

static const struct evert_sim_tcp_options *
options_of(const struct evert_sim_end *end)
{
	return end->socket ? &end->socket->options : &end->inherited;
}

static int64_t idle_time(const struct evert_sim_end *end)
{
	return options_of(end)->keep_alive_idle * SECOND;
}

static bool asks(const struct evert_sim_end *end)
{
	return end->established && !end->dead &&
	       (end->socket || end->listener) && options_of(end)->keep_alive;
}

static bool is_answered(struct evert_sim_end *end)
{
	const struct evert_sim_end *other = evert_sim_other(end);

	return !other->dead && !evert_sim_is_apart(end->host, other->host);
}

static void plan(struct evert_sim_end *end, int64_t at)
{
	struct evert_sim *sim = end->connection->sim;

	evert_sim_plan(sim, &end->probe, at > sim->now ? at : sim->now);
}

static void plan_first(struct evert_sim_end *end)
{
	plan(end, end->heard + idle_time(end));
}

void evert_sim_keep_alive_look(struct evert_sim_end *end)
{
	int64_t span = end->connection->sim->now - end->heard;

	if (end->probe.place || !asks(end) || is_answered(end))
		return;
	/* It was asked each time that it had said nothing for so long. */
	end->heard += span / idle_time(end) * idle_time(end);
	plan_first(end);
}

void evert_sim_keep_alive_change(struct evert_sim_end *end, bool anew)
{
	struct evert_sim *sim = end->connection->sim;

	evert_sim_cancel(sim, &end->probe);
	if (anew)
		evert_sim_keep_alive_heard(end);
	if (asks(end) && !is_answered(end))
		plan_first(end);
}

static void give_up(struct evert_sim_end *end)
{
	evert_sim_end_reset(end);
	end->error = ETIMEDOUT;
}

static void ask(struct evert_sim_end *end)
{
	const struct evert_sim_tcp_options *options = options_of(end);
	int64_t now = end->connection->sim->now;

	if (end->probes >= options->keep_alive_count) {
		give_up(end);
		return;
	}
	end->probes++;
	plan(end, now + options->keep_alive_interval * SECOND);
	if (!evert_sim_is_apart(end->host, evert_sim_other(end)->host))
		evert_sim_way_send(end, EVERT_SIM_PROBE, NULL, 0);
}

/* What is sent again until it is acknowledged asks as well. */
static void time_has_come(struct evert_sim_event *event)
{
	struct evert_sim_end *end =
		evert_container_of(event, struct evert_sim_end, probe);
	int64_t now = end->connection->sim->now;

	if (is_answered(end))
		evert_sim_keep_alive_heard(end);
	else if (end->in_flight)
		plan(end, now + idle_time(end));
	else if (now - end->heard < idle_time(end))
		plan_first(end);
	else
		ask(end);
}

void evert_sim_keep_alive_init(struct evert_sim_end *end)
{
	end->probe.happen = time_has_come;
}
