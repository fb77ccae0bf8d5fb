/* SPDX-License-Identifier: MIT */
/* Who listens, and who waits to be accepted. */
#include <errno.h>
#include <string.h>

#include "tcp_internal.h"

int evert_sim_tcp_bind(struct evert_sim_file *file,
		       const struct evert_address *address)
{
	return evert_sim_port_bind(&evert_sim_tcp_from(file)->port, address);
}

/* ---- Listening ---- */

int evert_sim_tcp_listen(struct evert_sim_file *file, int backlog)
{
	struct evert_sim_tcp *tcp = evert_sim_tcp_from(file);
	int error;

	if (tcp->end)
		return -EINVAL;
	error = evert_sim_port_pick_any(&tcp->port);
	if (error)
		return error;
	tcp->backlog = backlog < 0 ? SOMAXCONN : (size_t)backlog;
	if (tcp->port.listens)
		return 0;
	tcp->port.listens = true;
	if (!evert_sim_port_is_taken(&tcp->port, &tcp->port.address))
		return 0;
	tcp->port.listens = false;
	return -EADDRINUSE;
}

static struct evert_sim_tcp *find(const struct evert_sim_end *end)
{
	struct evert_sim_port *port = evert_sim_port_find(
		&end->host->sim->tcp_ports, end->host, &end->address, NULL);

	return port ? evert_container_of(port, struct evert_sim_tcp, port)
		    : NULL;
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

	*error = !listener->port.listens ? -EINVAL : !end ? -EAGAIN : 0;
	if (*error)
		return NULL;
	evert_sim_end_leave(end);
	tcp = evert_sim_tcp_make(file->host, listener->port.family);
	tcp->options = end->inherited;
	if (!end->dead) /* else it has given back its port already */
		evert_sim_port_inherit(&tcp->port, &listener->port,
				       &end->address);
	tcp->end = end;
	tcp->told = true;
	end->socket = tcp;
	*peer = evert_sim_other(end)->address;
	return &tcp->base;
}
