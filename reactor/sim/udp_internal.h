/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_SIM_UDP_INTERNAL_H
#define EVERT_REACTOR_SIM_UDP_INTERNAL_H

#include "file_internal.h"
#include "port_internal.h"

struct evert_sim_udp {
	struct evert_sim_file base;
	struct evert_sim_port port;
	struct evert_address peer; /* length 0: not connected */
	struct evert_list_node received;
	size_t queued; /* bytes */
	int error;     /* not told yet */
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

/* Those that are on their way, when the world ends. */
void evert_sim_datagrams_release(struct evert_sim *sim);

#endif
