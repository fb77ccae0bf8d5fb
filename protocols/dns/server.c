/* SPDX-License-Identifier: MIT */
#include "server_internal.h"

#include <errno.h>
#include <math.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/transport/transport.h"

enum {
	USUAL_DATAGRAM_SIZE = 1232,
	LEAST_DATAGRAM_SIZE = 512,
	USUAL_WAITING = 10000,
	USUAL_WAITING_EACH = 100,
	USUAL_CONNECTIONS = 1000,
};

static const double USUAL_IDLE_SECONDS = 10;

/* ---- Holding ---- */

void dns_server_hold(struct evert_dns_server *server)
{
	server->holders++;
}

void dns_server_let_go(struct evert_dns_server *server)
{
	if (--server->holders)
		return;
	evert_stock_release(&server->requests);
	evert_free(server);
}

/* ---- Datagrams ---- */

struct dns_datagrams {
	struct evert_datagram_protocol base;
	struct evert_dns_server *server;
	struct evert_list_node node;
};

static struct dns_datagrams *from(struct evert_datagram_protocol *base)
{
	return evert_container_of(base, struct dns_datagrams, base);
}

static void datagram_received(struct evert_datagram_protocol *base,
			      const struct evert_datagram *datagram)
{
	struct dns_origin origin = {
		.server = from(base)->server,
		.datagram = datagram,
	};

	if (!origin.server->is_destroyed)
		dns_request_begin(&origin, datagram->data, datagram->length);
}

/* Once destroyed, it does not know its transport any more. */
static void stopped(struct evert_datagram_protocol *base,
		    const struct evert_failure *reason)
{
	(void)reason;
	evert_list_remove(&from(base)->node);
}

static void destroy(struct evert_datagram_protocol *base)
{
	struct evert_dns_server *server = from(base)->server;

	/* One whose transport could not be made has never stopped. */
	evert_list_remove(&from(base)->node);
	evert_free(from(base));
	dns_server_let_go(server);
}

static const struct evert_datagram_protocol_ops datagram_ops = {
	.datagram_received = datagram_received,
	.stopped = stopped,
	.destroy = destroy,
};

struct evert_datagram_protocol *
evert_dns_server_datagram_protocol(struct evert_dns_server *server)
{
	struct dns_datagrams *datagrams = evert_allocate(sizeof(*datagrams));

	if (!datagrams)
		return NULL;
	*datagrams = (struct dns_datagrams){
		.base.ops = &datagram_ops,
		.server = server,
	};
	evert_list_init(&datagrams->node);
	evert_list_append(&server->datagrams, &datagrams->node);
	dns_server_hold(server);
	return &datagrams->base;
}

/* ---- The end ---- */

void dns_datagrams_close_after(struct evert_list_node *datagrams,
			       struct evert_list_node *last)
{
	struct dns_datagrams *next;

	while (last->next != datagrams) {
		next = evert_container_of(last->next, struct dns_datagrams,
					  node);
		evert_list_remove(&next->node);
		if (next->base.transport)
			evert_datagram_close(next->base.transport);
	}
}

static void close_connections(struct evert_dns_server *server)
{
	struct dns_connection *connection;

	while (!evert_list_is_empty(&server->connections)) {
		connection = evert_container_of(server->connections.next,
						struct dns_connection, node);
		evert_list_remove(&connection->node);
		dns_requests_cancel(&connection->waiting);
		if (connection->base.base.transport)
			evert_transport_lose_connection(
				connection->base.base.transport);
	}
}

void evert_dns_server_destroy(struct evert_dns_server *server)
{
	if (!server)
		return;
	server->is_destroyed = true;
	dns_ports_close(&server->ports);
	dns_requests_cancel(&server->waiting);
	close_connections(server);
	dns_datagrams_close_after(&server->datagrams, &server->datagrams);
	dns_server_let_go(server);
}

/* ---- The beginning ---- */

static void fill_in(struct evert_dns_server_options *options)
{
	if (!options->datagram_size)
		options->datagram_size = USUAL_DATAGRAM_SIZE;
	if (!options->waiting)
		options->waiting = USUAL_WAITING;
	if (!options->waiting_each)
		options->waiting_each = USUAL_WAITING_EACH;
	if (!options->connections)
		options->connections = USUAL_CONNECTIONS;
	if (options->idle_seconds == 0)
		options->idle_seconds = USUAL_IDLE_SECONDS;
}

static bool is_valid(const struct evert_dns_server_options *options)
{
	return options->datagram_size >= LEAST_DATAGRAM_SIZE &&
	       isfinite(options->idle_seconds) && options->idle_seconds > 0;
}

struct evert_dns_server *
evert_dns_server_create(struct evert_reactor *reactor, evert_dns_answer answer,
			void *arg,
			const struct evert_dns_server_options *options)
{
	struct evert_dns_server_options filled = {0};
	struct evert_dns_server *server;

	if (options)
		filled = *options;
	fill_in(&filled);
	if (!is_valid(&filled)) {
		errno = EINVAL;
		return NULL;
	}
	server = evert_allocate(sizeof(*server));
	if (!server)
		return NULL;
	server->reactor = reactor;
	server->answer = answer;
	server->arg = arg;
	server->options = filled;
	server->connection_count = server->waiting_count = 0;
	server->holders = 1;
	server->is_destroyed = false;
	server->answered = 0;
	server->requests = (struct evert_stock){0};
	evert_list_init(&server->ports);
	evert_list_init(&server->connections);
	evert_list_init(&server->datagrams);
	evert_list_init(&server->waiting);
	dns_factory_init(&server->factory, server);
	return server;
}

struct evert_factory *evert_dns_server_factory(struct evert_dns_server *server)
{
	return &server->factory.base;
}

uint64_t evert_dns_server_answered(const struct evert_dns_server *server)
{
	return server->answered;
}
