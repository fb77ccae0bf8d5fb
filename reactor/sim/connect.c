/* SPDX-License-Identifier: MIT */
/* From connect(2) to the handshake's end, or to the end of patience. */
#include <errno.h>

#include "tcp_internal.h"

enum {
	MOST_TRIES = 7
}; /* tcp_syn_retries, and the first */

static const int64_t SECOND = 1000000000;

/* Where there is nobody: for so long Linux asks who has that address. */
static const int64_t NOBODY = INT64_C(3000000000);

static struct evert_sim_end *end_of_retry(struct evert_sim_event *event)
{
	return evert_container_of(event, struct evert_sim_end, retry);
}

static void nobody_is_there(struct evert_sim_event *event)
{
	evert_sim_end_die(end_of_retry(event), EHOSTUNREACH);
}

static void ask(struct evert_sim_end *end)
{
	struct evert_sim *sim = end->connection->sim;

	evert_sim_way_send(end, EVERT_SIM_SYN, NULL, 0);
	evert_sim_plan(sim, &end->retry, sim->now + (SECOND << end->tries++));
}

static void no_answer(struct evert_sim_event *event)
{
	struct evert_sim_end *end = end_of_retry(event);

	if (end->tries < MOST_TRIES)
		ask(end);
	else
		evert_sim_end_die(end, ETIMEDOUT);
}

static void begin(struct evert_sim_tcp *tcp, const struct evert_address *to)
{
	struct evert_sim *sim = tcp->base.host->sim;
	struct evert_sim_connection *c = evert_sim_connection_create(sim);
	struct evert_sim_end *end = &c->ends[0];

	tcp->end = end;
	end->socket = tcp;
	end->host = tcp->base.host;
	end->address = tcp->port.address;
	end->receive_buffer = evert_sim_tcp_receive_buffer(tcp);
	end->send_buffer = evert_sim_tcp_send_buffer(tcp);
	c->ends[1].address = *to;
	c->ends[1].host = evert_sim_find_host(end->host, to);
	end->retry.happen = c->ends[1].host ? no_answer : nobody_is_there;
	if (c->ends[1].host)
		ask(end);
	else
		evert_sim_plan(sim, &end->retry, sim->now + NOBODY);
}

static int connect_again(struct evert_sim_tcp *tcp)
{
	struct evert_sim_end *end = tcp->end;

	if (end->dead)
		return end->error ? -evert_sim_end_take_error(end)
				  : -ECONNABORTED;
	if (!end->established)
		return -EALREADY;
	if (tcp->told)
		return -EISCONN;
	tcp->told = true;
	return 0;
}

int evert_sim_tcp_connect(struct evert_sim_file *file,
			  const struct evert_address *to)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	struct evert_address where;
	int error;

	if (tcp->port.listens)
		return -EISCONN;
	if (tcp->end)
		return connect_again(tcp);
	if (to->as.any.sa_family != tcp->port.family)
		return -EAFNOSUPPORT;
	error = evert_sim_port_speak_to(&tcp->port, to);
	if (error)
		return error;
	where = evert_sim_target(file->host, to);
	begin(tcp, &where);
	return -EINPROGRESS;
}

void evert_sim_end_connected(struct evert_sim_end *end)
{
	if (end->established)
		return;
	if (end->dead) {
		/* Its socket was closed meanwhile. */
		evert_sim_way_send(end, EVERT_SIM_RST, NULL, 0);
		return;
	}
	evert_sim_cancel(end->connection->sim, &end->retry);
	end->established = true;
	evert_sim_way_send(end, EVERT_SIM_ESTABLISHED, NULL, 0);
	evert_sim_end_changed(end);
}
