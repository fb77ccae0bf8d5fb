/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SIM_UDP_INTERNAL_H
#define EVERT_REACTOR_SIM_UDP_INTERNAL_H

#include "file_internal.h"
#include "port_internal.h"

struct evert_sim_udp {
	struct evert_sim_file base;
	struct evert_sim_port port;
	struct evert_list_node received;
	size_t queued; /* bytes, and what each datagram takes besides */
	int error;     /* not told yet */
	int send_buffer, receive_buffer; /* bytes; 0: the network's */
	int broadcast, keep_alive, v6_only;
	struct linger linger;
};

static inline struct evert_sim_udp *
evert_sim_udp_from(struct evert_sim_file *file)
{
	return evert_container_of(file, struct evert_sim_udp, base);
}

static inline int evert_sim_udp_take_error(struct evert_sim_udp *udp)
{
	int error = udp->error;

	udp->error = 0;
	return error;
}

int evert_sim_udp_get(struct evert_sim_file *file, int level, int option,
		      void *value, socklen_t *length);
int evert_sim_udp_set(struct evert_sim_file *file, int level, int option,
		      const void *value, socklen_t length);

size_t evert_sim_udp_receive_buffer(const struct evert_sim_udp *udp);

/* ---- datagram.c ---- */

struct evert_sim_datagram {
	struct evert_list_node node; /* on its way, or received */
	struct evert_sim_event arrival;
	struct evert_sim_host *host; /* where it goes */
	struct evert_sim_host *sender;
	struct evert_address from, to;
	bool is_refusal; /* of one that was sent from `to` to `from` */
	size_t length;
	char data[];
};

static inline struct evert_sim_datagram *
evert_sim_datagram_first(const struct evert_list_node *list)
{
	return evert_list_is_empty(list)
		       ? NULL
		       : evert_container_of(list->next,
					    struct evert_sim_datagram, node);
}

/* One from that socket, its bytes to be filled in; sends it: takes it over. */
struct evert_sim_datagram *
evert_sim_datagram_create(const struct evert_sim_udp *udp,
			  const struct evert_address *to, size_t length);
void evert_sim_datagram_send(struct evert_sim *sim,
			     struct evert_sim_datagram *d);

/* The first that was received is taken out, and freed. */
void evert_sim_datagram_drop_first(struct evert_sim_udp *udp);

/* Those that are on their way, when the world ends. */
void evert_sim_datagrams_release(struct evert_sim *sim);

#endif
