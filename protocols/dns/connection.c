/* SPDX-License-Identifier: MIT */
/*
 * Questions over a stream, as many as come, answered as they are known
 * (RFC 7766, 6.2.1.1). Whoever asks nothing for a while, and waits for no
 * answer, is closed.
 */
#include "server_internal.h"

#include "../../reactor/transport/transport.h"

static struct dns_connection *from(struct evert_length_prefixed *base)
{
	return evert_container_of(base, struct dns_connection, base);
}

static void close_idle(void *arg)
{
	struct dns_connection *connection = arg;

	if (!connection->waiting_count)
		evert_transport_lose_connection(
			connection->base.base.transport);
}

/* From now on. Without memory for the first one nobody is kept. */
static void wait_for_more(struct dns_connection *connection)
{
	double seconds = connection->server->options.idle_seconds;

	if (!evert_delayed_call_reset(connection->idle, seconds))
		return;
	connection->idle = evert_reactor_call_later(
		connection->server->reactor, seconds, close_idle, connection);
	if (!evert_delayed_call_active(connection->idle))
		evert_transport_lose_connection(
			connection->base.base.transport);
}

static bool is_full(const struct dns_connection *connection)
{
	return connection->waiting_count >=
	       connection->server->options.waiting_each;
}

static void string_received(struct evert_length_prefixed *base,
			    const char *string, size_t length)
{
	struct dns_connection *connection = from(base);
	struct dns_origin origin = {
		.server = connection->server,
		.connection = connection,
	};

	if (!connection->server->is_destroyed)
		dns_request_begin(&origin, string, length);
	if (evert_transport_is_closing(base->base.transport))
		return;
	wait_for_more(connection);
	if (is_full(connection) && !connection->is_full) {
		connection->is_full = true;
		evert_length_prefixed_pause(base);
	}
}

void dns_connection_answered(struct dns_connection *connection)
{
	struct evert_length_prefixed *base = &connection->base;

	if (!connection->waiting_count && connection->has_ended)
		evert_transport_lose_connection(base->base.transport);
	if (evert_transport_is_closing(base->base.transport))
		return;
	wait_for_more(connection);
	if (connection->is_full && !is_full(connection)) {
		connection->is_full = false;
		evert_length_prefixed_resume(base);
	}
}

/* What was asked before is answered. */
static void end_received(struct evert_length_prefixed *base)
{
	struct dns_connection *connection = from(base);

	connection->has_ended = true;
	if (!connection->waiting_count)
		evert_transport_lose_connection(base->base.transport);
}

static void connection_made(struct evert_length_prefixed *base)
{
	wait_for_more(from(base));
}

static void connection_lost(struct evert_length_prefixed *base,
			    const struct evert_failure *reason)
{
	struct dns_connection *connection = from(base);

	(void)reason;
	evert_delayed_call_cancel(connection->idle);
	dns_requests_cancel(&connection->waiting);
}

static void destroy(struct evert_length_prefixed *base)
{
	struct dns_connection *connection = from(base);

	evert_list_remove(&connection->node);
	connection->server->connection_count--;
	dns_server_let_go(connection->server);
}

static const struct evert_length_prefixed_ops ops = {
	.string_received = string_received,
	.connection_made = connection_made,
	.connection_lost = connection_lost,
	.end_received = end_received,
	.destroy = destroy,
	.limit = 65535,
	.pause_when_full = true,
};

static struct evert_protocol *build(struct evert_factory *base,
				    const struct evert_address *peer)
{
	struct evert_dns_server *server =
		evert_container_of(base, struct dns_factory, base)->server;
	struct evert_protocol *protocol;
	struct dns_connection *connection;

	if (server->is_destroyed ||
	    server->connection_count == server->options.connections)
		return NULL;
	protocol = evert_factory_build(base, peer);
	if (!protocol)
		return NULL;
	connection = from(evert_length_prefixed_from(protocol));
	connection->server = server;
	evert_list_init(&connection->waiting);
	evert_list_init(&connection->node);
	evert_list_append(&server->connections, &connection->node);
	server->connection_count++;
	dns_server_hold(server);
	return protocol;
}

void dns_factory_init(struct dns_factory *factory,
		      struct evert_dns_server *server)
{
	static const struct evert_factory usual = EVERT_LENGTH_PREFIXED_FACTORY(
		struct dns_connection, base, &ops, 2);

	factory->base = usual;
	factory->base.build_protocol = build;
	factory->server = server;
}
