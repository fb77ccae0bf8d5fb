/* SPDX-License-Identifier: MIT */
/* Ports: who has which, who listens, and who waits to be accepted. */
#include <errno.h>
#include <string.h>

#include "tcp_internal.h"

enum {
	FIRST_PICKED = 32768, /* ip_local_port_range */
	LAST_PICKED = 60999,
	PICKS = 1000,
};

/* ---- Ports ---- */

static struct evert_sim_tcp *next_bound(const struct evert_sim *sim,
					const struct evert_list_node *node)
{
	return node->next == &sim->bound
		       ? NULL
		       : evert_container_of(node->next, struct evert_sim_tcp,
					    bound);
}

/* Could a connection be meant for either? */
static bool overlaps(const struct evert_address *a,
		     const struct evert_address *b)
{
	struct evert_address same = *b;

	if (a->as.any.sa_family != b->as.any.sa_family ||
	    evert_address_port(a) != evert_address_port(b))
		return false;
	if (evert_sim_is_any(a) || evert_sim_is_any(b))
		return true;
	if (same.as.any.sa_family == AF_INET6)
		same.as.ip6.sin6_scope_id = a->as.ip6.sin6_scope_id;
	return evert_address_is_equal(a, &same);
}

static bool agree(const struct evert_sim_tcp *a, const struct evert_sim_tcp *b)
{
	if (a->options.reuse_port && b->options.reuse_port)
		return true;
	return a->options.reuse_address && b->options.reuse_address &&
	       !a->listens && !b->listens;
}

static bool is_taken(const struct evert_sim_tcp *tcp,
		     const struct evert_address *address)
{
	const struct evert_sim *sim = tcp->base.host->sim;
	const struct evert_sim_tcp *other = next_bound(sim, &sim->bound);

	for (; other; other = next_bound(sim, &other->bound))
		if (other != tcp && other->base.host == tcp->base.host &&
		    overlaps(&other->address, address) && !agree(tcp, other))
			return true;
	return false;
}

static void take_port(struct evert_sim_tcp *tcp,
		      const struct evert_address *address)
{
	tcp->address = *address;
	evert_list_append(&tcp->base.host->sim->bound, &tcp->bound);
}

int evert_sim_tcp_bind_any(struct evert_sim_tcp *tcp,
			   struct evert_address address)
{
	struct evert_sim *sim = tcp->base.host->sim;
	int picks;

	for (picks = 0; picks < PICKS; picks++) {
		evert_address_set_port(
			&address,
			(uint16_t)(FIRST_PICKED +
				   evert_sim_random(sim, LAST_PICKED -
								 FIRST_PICKED +
								 1)));
		if (is_taken(tcp, &address))
			continue;
		take_port(tcp, &address);
		tcp->picked = true;
		return 0;
	}
	return -EADDRINUSE;
}

void evert_sim_tcp_give_back(struct evert_sim_tcp *tcp)
{
	if (!tcp->picked)
		return;
	tcp->picked = false;
	tcp->address.length = 0;
	evert_list_remove(&tcp->bound);
}

int evert_sim_tcp_bind(struct evert_sim_file *file,
		       const struct evert_address *address)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);

	if (tcp->address.length)
		return -EINVAL;
	if (address->as.any.sa_family != tcp->family)
		return -EAFNOSUPPORT;
	if (!evert_sim_is_any(address) &&
	    !evert_sim_host_has(file->host, address))
		return -EADDRNOTAVAIL;
	if (!evert_address_port(address))
		return evert_sim_tcp_bind_any(tcp, *address);
	if (is_taken(tcp, address))
		return -EADDRINUSE;
	take_port(tcp, address);
	return 0;
}

/* ---- Listening ---- */

int evert_sim_tcp_listen(struct evert_sim_file *file, int backlog)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	struct evert_address any;
	int error = 0;

	if (tcp->end)
		return -EINVAL;
	if (!tcp->address.length) {
		evert_address_parse(
			&any, tcp->family == AF_INET ? "0.0.0.0" : "::", 0);
		error = evert_sim_tcp_bind_any(tcp, any);
	}
	if (error)
		return error;
	tcp->backlog = backlog < 0 ? SOMAXCONN : (size_t)backlog;
	tcp->listens = true;
	if (!is_taken(tcp, &tcp->address))
		return 0;
	tcp->listens = false;
	return -EADDRINUSE;
}

/* One of those that listen there: the one with that very address before one
   for all; of several that share it, one that is drawn. */
static struct evert_sim_tcp *find(const struct evert_sim_end *end)
{
	struct evert_sim *sim = end->connection->sim;
	struct evert_sim_tcp *found = NULL;
	struct evert_sim_tcp *tcp = next_bound(sim, &sim->bound);
	size_t same = 0;

	for (; tcp; tcp = next_bound(sim, &tcp->bound)) {
		if (!tcp->listens || tcp->base.host != end->host ||
		    !overlaps(&tcp->address, &end->address))
			continue;
		if (found && evert_sim_is_any(&tcp->address) &&
		    !evert_sim_is_any(&found->address))
			continue;
		if (!found || evert_sim_is_any(&tcp->address) !=
				      evert_sim_is_any(&found->address))
			same = 0;
		same++;
		if (same == 1 || !evert_sim_random(sim, same))
			found = tcp;
	}
	return found;
}

static void join(struct evert_sim_end *end, struct evert_sim_tcp *listener)
{
	end->listener = listener;
	end->receive_buffer = evert_sim_tcp_receive_buffer(listener);
	end->send_buffer = evert_sim_tcp_send_buffer(listener);
	evert_list_append(&listener->handshakes, &end->waits);
	listener->pending++;
}

void evert_sim_end_leave(struct evert_sim_end *end)
{
	end->listener->pending--;
	end->listener = NULL;
	evert_list_remove(&end->waits);
}

void evert_sim_end_asked(struct evert_sim_end *end)
{
	struct evert_sim_tcp *listener;

	if (end->listener || end->established || end->dead)
		return; /* asked again, before the answer came */
	listener = find(end);
	if (!listener) {
		evert_sim_end_reset(end);
		return;
	}
	/* Full, Linux says nothing: one more than it was told is let in. */
	if (listener->pending > listener->backlog)
		return;
	join(end, listener);
	evert_sim_way_send(end, EVERT_SIM_SYN_ACK, NULL, 0);
}

void evert_sim_end_complete(struct evert_sim_end *end)
{
	if (!end->listener || end->dead)
		return;
	end->established = true;
	end->inherited = end->listener->options;
	evert_list_remove(&end->waits);
	evert_list_append(&end->listener->ready, &end->waits);
	evert_sim_file_changed(&end->listener->base);
}

static struct evert_sim_end *waiting(const struct evert_list_node *list)
{
	return evert_list_is_empty(list)
		       ? NULL
		       : evert_container_of(list->next, struct evert_sim_end,
					    waits);
}

static void turn_away(struct evert_list_node *list)
{
	struct evert_sim_end *end;

	while ((end = waiting(list))) {
		evert_sim_end_leave(end);
		evert_sim_end_reset(end);
		evert_sim_end_settle(end);
	}
}

void evert_sim_tcp_stop_listening(struct evert_sim_tcp *tcp)
{
	turn_away(&tcp->handshakes);
	turn_away(&tcp->ready);
}

/* ---- Accepting ---- */

struct evert_sim_file *evert_sim_tcp_accept(struct evert_sim_file *file,
					    struct evert_address *peer,
					    int *error)
{
	struct evert_sim_tcp *listener = evert_sim_tcp_from(file), *tcp;
	struct evert_sim_end *end = waiting(&listener->ready);

	*error = !listener->listens ? -EINVAL : !end ? -EAGAIN : 0;
	if (*error)
		return NULL;
	evert_sim_end_leave(end);
	tcp = evert_sim_tcp_make(file->host, listener->family);
	tcp->options = end->inherited;
	tcp->address = end->address;
	tcp->picked = true;
	tcp->end = end;
	tcp->told = true;
	end->socket = tcp;
	*peer = evert_sim_other(end)->address;
	return &tcp->base;
}
