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
	tcp->error = 0;
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

/* Bound since its connection was over, or without one, it stays bound. */
static bool stays_bound(const struct evert_sim_tcp *tcp)
{
	return tcp->end ? tcp->end->dead && tcp->port.picked
			: !tcp->port.listens;
}

/* It is as before it was connected, but for its options. */
static void disconnect(struct evert_sim_tcp *tcp)
{
	struct evert_sim_end *end = tcp->end;

	if (!stays_bound(tcp))
		evert_sim_port_hush(&tcp->port);
	if (tcp->port.listens)
		evert_sim_tcp_stop_listening(tcp);
	tcp->port.listens = false;
	if (end) {
		tcp->error = end->dead ? end->error : ECONNRESET;
		evert_sim_end_close(end, true);
	}
	tcp->end = NULL;
	tcp->told = tcp->reading_shut = tcp->writing_shut = false;
	evert_sim_file_changed(&tcp->base);
}

static int connect_again(struct evert_sim_tcp *tcp)
{
	int error;

	if (tcp->told)
		return -EISCONN;
	if (tcp->end->dead) {
		error = evert_sim_end_take_error(tcp->end);
		disconnect(tcp);
		return error ? -error : -ECONNABORTED;
	}
	if (!tcp->end->established)
		return -EALREADY;
	tcp->told = true;
	return 0;
}

static bool is_of_one(const struct evert_address *address)
{
	uint32_t ip4 = ntohl(address->as.ip4.sin_addr.s_addr);

	return address->as.any.sa_family == AF_INET
		       ? ip4 >> 28 != 14 && ip4 != INADDR_BROADCAST
		       : !IN6_IS_ADDR_MULTICAST(&address->as.ip6.sin6_addr);
}

static bool is_between(struct evert_sim_end *end,
		       const struct evert_sim_tcp *tcp,
		       const struct evert_address *to)
{
	return !end->dead && end->host == tcp->base.host &&
	       evert_address_is_equal(&end->address, &tcp->port.address) &&
	       evert_address_is_equal(&evert_sim_other(end)->address, to);
}

/* Of the same addresses there is one connection. Who shares its port may ask
   for another; one that was picked is shared by nobody. */
static bool is_in_use(const struct evert_sim_tcp *tcp,
		      const struct evert_address *to)
{
	const struct evert_list_node *list = &tcp->base.host->sim->connections;
	const struct evert_list_node *node;
	struct evert_sim_connection *c;

	if (tcp->port.picked)
		return false;
	for (node = list->next; node != list; node = node->next) {
		c = evert_container_of(node, struct evert_sim_connection, node);
		if (is_between(&c->ends[0], tcp, to) ||
		    is_between(&c->ends[1], tcp, to))
			return true;
	}
	return false;
}

static int connect_to(struct evert_sim_tcp *tcp, const struct evert_address *to)
{
	struct evert_address where;
	int error;

	if (to->as.any.sa_family != tcp->port.family)
		return -EAFNOSUPPORT;
	if (!is_of_one(to))
		return -ENETUNREACH;
	error = evert_sim_port_speak_to(&tcp->port, to);
	if (error)
		return error;
	where = evert_sim_target(tcp->base.host, to);
	if (is_in_use(tcp, &where)) {
		evert_sim_port_hush(&tcp->port);
		return -EADDRNOTAVAIL;
	}
	begin(tcp, &where);
	return -EINPROGRESS;
}

int evert_sim_tcp_connect(struct evert_sim_file *file,
			  const struct evert_address *to)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	if (to->as.any.sa_family == AF_UNSPEC) {
		disconnect(tcp);
		return 0;
	}
	if (tcp->port.listens)
		return -EISCONN;
	return tcp->end ? connect_again(tcp) : connect_to(tcp, to);
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
