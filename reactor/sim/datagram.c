/* SPDX-License-Identifier: MIT */
/* Datagrams on their way: each goes its own, and may come late, twice or
   never. */
#include <errno.h>
#include <string.h>

#include "udp_internal.h"

enum {
	BESIDES = 256
}; /* bytes of a buffer that each takes, however short it is */

/* ---- On the way ---- */

static void arrived(struct evert_sim_event *event);

struct evert_sim_datagram *
evert_sim_datagram_create(const struct evert_sim_udp *udp,
			  const struct evert_address *to, size_t length)
{
	struct evert_sim_datagram *d = evert_sim_allocate(sizeof(*d) + length);

	evert_list_init(&d->node);
	d->arrival.happen = arrived;
	d->sender = udp->base.host;
	d->host = evert_sim_find_host(udp->base.host, to);
	d->from = udp->port.address;
	d->to = *to;
	d->length = length;
	return d;
}

static int64_t delay(struct evert_sim *sim, const struct evert_sim_datagram *d)
{
	int64_t span = evert_sim_travel(sim, d->sender, d->host);

	if (evert_sim_fault(sim, sim->network.reorder))
		span += 2 * evert_sim_travel(sim, d->sender, d->host);
	return span;
}

static void send_off(struct evert_sim_datagram *d)
{
	struct evert_sim *sim = d->host->sim;

	evert_list_append(&sim->datagrams, &d->node);
	evert_sim_plan(sim, &d->arrival, sim->now + delay(sim, d));
}

static struct evert_sim_datagram *copy(const struct evert_sim_datagram *d)
{
	struct evert_sim_datagram *copied =
		evert_sim_allocate(sizeof(*d) + d->length);

	memcpy(copied, d, sizeof(*d) + d->length);
	evert_list_init(&copied->node);
	return copied;
}

void evert_sim_datagram_send(struct evert_sim *sim,
			     struct evert_sim_datagram *d)
{
	if (!d->host || evert_sim_fault(sim, sim->network.loss)) {
		evert_sim_free(d);
		return;
	}
	if (evert_sim_fault(sim, sim->network.duplicate))
		send_off(copy(d));
	send_off(d);
}

void evert_sim_datagrams_release(struct evert_sim *sim)
{
	struct evert_sim_datagram *d;

	while ((d = evert_sim_datagram_first(&sim->datagrams))) {
		evert_sim_cancel(sim, &d->arrival);
		evert_list_remove(&d->node);
		evert_sim_free(d);
	}
}

/* ---- Arriving ---- */

static struct evert_sim_udp *find(const struct evert_sim_datagram *d)
{
	struct evert_sim_port *port = evert_sim_port_find(
		&d->host->sim->udp_ports, d->host, &d->to, &d->from);

	return port ? evert_container_of(port, struct evert_sim_udp, port)
		    : NULL;
}

/* Nobody has that port: who sent it is told, and hears of it if connected. */
static void refuse(struct evert_sim_datagram *d)
{
	struct evert_address to = d->to;
	struct evert_sim_host *host = d->host;

	if (d->is_refusal) {
		evert_sim_free(d);
		return;
	}
	d->is_refusal = true;
	d->length = 0;
	d->to = d->from;
	d->from = to;
	d->host = d->sender;
	d->sender = host;
	evert_sim_datagram_send(host->sim, d);
}

static void take_refusal(struct evert_sim_udp *udp,
			 struct evert_sim_datagram *d)
{
	evert_sim_free(d);
	if (!udp->port.peer.length)
		return;
	udp->error = ECONNREFUSED;
	evert_sim_file_changed(&udp->base);
}

static size_t size_of(const struct evert_sim_datagram *d)
{
	return d->length + BESIDES;
}

static void receive(struct evert_sim_udp *udp, struct evert_sim_datagram *d)
{
	/* What there is no room for is dropped; one always has room. */
	if (udp->queued &&
	    udp->queued + size_of(d) > evert_sim_udp_receive_buffer(udp)) {
		evert_sim_tell(udp->base.host, "dropped datagram",
			       evert_address_port(&d->to), (long)d->length);
		evert_sim_free(d);
		return;
	}
	udp->queued += size_of(d);
	evert_list_append(&udp->received, &d->node);
	evert_sim_file_changed(&udp->base);
}

void evert_sim_datagram_drop_first(struct evert_sim_udp *udp)
{
	struct evert_sim_datagram *d = evert_sim_datagram_first(&udp->received);

	udp->queued -= size_of(d);
	evert_list_remove(&d->node);
	evert_sim_free(d);
}

static void arrived(struct evert_sim_event *event)
{
	struct evert_sim_datagram *d =
		evert_container_of(event, struct evert_sim_datagram, arrival);
	struct evert_sim_udp *udp;

	evert_list_remove(&d->node);
	if (evert_sim_is_apart(d->sender, d->host)) {
		evert_sim_free(d);
		return;
	}
	evert_sim_tell(d->host, d->is_refusal ? "got refusal" : "got datagram",
		       evert_address_port(&d->to), (long)d->length);
	evert_sim_trace_mix(d->host->sim->trace, d->data, d->length);
	udp = find(d);
	if (!udp)
		refuse(d);
	else if (d->is_refusal)
		take_refusal(udp, d);
	else
		receive(udp, d);
}
