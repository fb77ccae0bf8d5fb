/* SPDX-License-Identifier: MIT */
/* Ports of hosts: who has which. Of TCP and UDP apart. */
#ifndef EVERT_REACTOR_SIM_PORT_INTERNAL_H
#define EVERT_REACTOR_SIM_PORT_INTERNAL_H

#include "world_internal.h"

struct evert_sim_port {
	struct evert_list_node node;
	struct evert_list_node *all; /* in the world, of its protocol */
	struct evert_sim_host *host;
	int family;
	struct evert_address address; /* length 0: none yet */
	struct evert_address bound;   /* before it spoke to one; or length 0 */
	struct evert_address peer;    /* length 0: it hears all */
	bool picked;		      /* it was not said which */
	bool listens;
	int reuse_address, reuse_port;
};

void evert_sim_port_init(struct evert_sim_port *port,
			 struct evert_sim_host *host, int family,
			 struct evert_list_node *all);

/* As bind(2): 0, or -errno. */
int evert_sim_port_bind(struct evert_sim_port *port,
			const struct evert_address *address);

/* One that is free, drawn, at that address: 0, or -EADDRINUSE. */
int evert_sim_port_pick(struct evert_sim_port *port,
			struct evert_address address);

/* The same at every address, where it has none yet. */
int evert_sim_port_pick_any(struct evert_sim_port *port);

/* The address by which to speak to `to`, from now on: 0, or -ENETUNREACH,
   -EADDRINUSE. */
int evert_sim_port_speak_to(struct evert_sim_port *port,
			    const struct evert_address *to);

/* That of who was accepted: the same port as who listens, shared as there. */
void evert_sim_port_inherit(struct evert_sim_port *port,
			    const struct evert_sim_port *from,
			    const struct evert_address *address);

/* Is its address another's, too, who does not share it? */
bool evert_sim_port_is_taken(const struct evert_sim_port *port,
			     const struct evert_address *address);

/* And to nobody any more: it has the address from before, unless that was
   picked. */
void evert_sim_port_hush(struct evert_sim_port *port);

/* Gives back what was picked; all there is. */
void evert_sim_port_give_back(struct evert_sim_port *port);
void evert_sim_port_leave(struct evert_sim_port *port);

/* Who has what comes to `address` on `host` from `from`, or where that is NULL,
   of those that listen: who is connected to it before the one with that very
   address, before one for all; of several the last, or one that is drawn where
   they share it by SO_REUSEPORT. NULL: nobody. */
struct evert_sim_port *evert_sim_port_find(struct evert_list_node *all,
					   struct evert_sim_host *host,
					   const struct evert_address *address,
					   const struct evert_address *from);

/* `to`, or where that is no address, the host itself: as connect(2). */
struct evert_address evert_sim_target(const struct evert_sim_host *host,
				      const struct evert_address *to);

/* What getsockname(2) says where there is no address. */
struct evert_address evert_sim_no_address(int family);

#endif
