/* SPDX-License-Identifier: MIT */
/* A server's ports: TCP first, which may pick a number, then UDP beside it. */
#include "server_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/endpoint/listen.h"
#include "../../reactor/transport/datagram_open.h"

enum {
	PICKS = 16, /* of a number that is to be free for both */
	ENDPOINT_SIZE = 128,
};

/* A TCP port of a server; it is gone from the list when it is closed. */
struct dns_port {
	struct evert_list_node node;
	struct evert_port *port;
};

static struct evert_result closed(struct evert_result *in, void *arg)
{
	struct dns_port *port = arg;

	(void)in;
	evert_list_remove(&port->node);
	evert_free(port);
	return evert_result_none();
}

static int keep(struct evert_dns_server *server, struct evert_port *port)
{
	struct dns_port *kept = evert_allocate(sizeof(*kept));
	struct evert_deferred *end = kept ? evert_port_closed(port) : NULL;

	if (!end) {
		evert_free(kept);
		return -ENOMEM;
	}
	kept->port = port;
	evert_list_init(&kept->node);
	evert_list_append(&server->ports, &kept->node);
	evert_deferred_add_both(end, closed, kept);
	evert_deferred_release(end);
	return 0;
}

void dns_ports_close(struct evert_list_node *ports)
{
	struct dns_port *port;

	while (!evert_list_is_empty(ports)) {
		port = evert_container_of(ports->next, struct dns_port, node);
		evert_list_remove(&port->node);
		evert_deferred_release(evert_port_stop_listening(port->port));
	}
}

/* ---- Listening ---- */

struct listening {
	struct evert_dns_server *server;
	const char *place;
	bool picks;    /* any number will do */
	unsigned left; /* tries */
	char endpoint[ENDPOINT_SIZE];
};

/* UDP at an address that TCP listens on: 0, or -errno. */
static int open_datagrams(struct evert_dns_server *server,
			  const struct evert_address *address)
{
	static const struct evert_datagram_options options = {
		.when_full = EVERT_DATAGRAM_DROP_NEWEST,
	};
	struct evert_datagram_protocol *protocol =
		evert_dns_server_datagram_protocol(server);
	int error;

	if (!protocol)
		return -ENOMEM;
	if (evert_datagram_open(server->reactor, address, NULL, &options,
				protocol))
		return 0;
	error = -errno;
	protocol->ops->destroy(protocol);
	return error;
}

/* All of them, or none. */
static int open_all(struct evert_dns_server *server, struct evert_port *port)
{
	struct evert_list_node *last = server->datagrams.previous;
	size_t count = evert_port_address_count(port), i;
	int error = 0;

	for (i = 0; i < count && !error; i++)
		error = open_datagrams(server, evert_port_address_at(port, i));
	if (!error)
		error = keep(server, port);
	if (error)
		dns_datagrams_close_after(&server->datagrams, last);
	return error;
}

static struct evert_result try_again(struct listening *l);

static struct evert_result opened(struct evert_result *in, void *arg)
{
	struct listening *l = arg;
	struct evert_port *port = evert_port_take(in);
	uint16_t number = evert_address_port(evert_port_address(port));
	int error = l->server->is_destroyed ? -ECANCELED
					    : open_all(l->server, port);

	if (!error)
		return evert_result_integer(number);
	evert_deferred_release(evert_port_stop_listening(port));
	if (error == -ECANCELED)
		return evert_result_failure(
			evert_failure_at(l->place, EVERT_CANCELLED));
	if (error == -EADDRINUSE && l->picks && --l->left)
		return try_again(l);
	return evert_result_failure(evert_failure_create_at(
		l->place, EVERT_LISTEN_FAILED, error,
		"cannot listen on %s, UDP", l->endpoint + strlen("tcp:")));
}

static struct evert_result finished(struct evert_result *in, void *arg)
{
	struct listening *l = arg;

	dns_server_let_go(l->server);
	evert_free(l);
	return *in;
}

static struct evert_deferred *listen_once(struct listening *l)
{
	struct evert_deferred *d =
		evert_listen_at(l->server->reactor, l->endpoint,
				&l->server->factory.base, l->place);

	evert_deferred_add_callback(d, opened, l);
	return d;
}

static struct evert_result try_again(struct listening *l)
{
	return evert_result_wait(listen_once(l));
}

/* A host of colons is an IPv6 address. */
static void write_endpoint(char *endpoint, const char *host, uint16_t port)
{
	bool is_ip6 = host && strchr(host, ':');

	snprintf(endpoint, ENDPOINT_SIZE, "tcp:%s%s%s:%u", is_ip6 ? "[" : "",
		 host ? host : "", is_ip6 ? "]" : "", port);
}

struct evert_deferred *
evert_dns_server_listen_at(struct evert_dns_server *server, const char *host,
			   uint16_t port, const char *place)
{
	struct listening *l = evert_allocate(sizeof(*l));
	struct evert_deferred *d;

	if (!l)
		return NULL;
	*l = (struct listening){
		.server = server,
		.place = place,
		.picks = port == 0,
		.left = PICKS,
	};
	write_endpoint(l->endpoint, host, port);
	dns_server_hold(server);
	d = listen_once(l);
	evert_deferred_add_both(d, finished, l);
	return d;
}
