/* SPDX-License-Identifier: MIT */
/*
 * A server lives until its port and all its connections are gone, and nobody
 * has it any more. Each connection is a coroutine, which the server waits for
 * by a waiter of its own: that needs no memory.
 */
#include <protocols/server.h>

#include <deferred/bug_internal.h>
#include <deferred/coroutine.h>
#include <deferred/deferred_internal.h>
#include <deferred/memory.h>
#include <protocols/stream_internal.h>
#include <reactor/list_internal.h>

struct evert_server {
	struct evert_factory factory;
	evert_stream_body body;
	void *arg;
	const char *name, *place;
	struct evert_port *port; /* NULL once it is closed */
	struct evert_waiter port_closed;
	struct evert_list_node connections;
	size_t count;
	struct evert_deferred *ended; /* fired when all is gone */
	struct evert_result outcome;  /* with this */
	bool owned;
	bool stopping;
};

struct connection {
	struct evert_list_node node;
	struct evert_server *server;
	struct evert_stream *stream;
	struct evert_waiter coroutine;
	bool cancelled;
};

/* ---- The end ---- */

static void release_if_over(struct evert_server *server)
{
	struct evert_deferred *ended = server->ended;
	struct evert_result outcome = server->outcome;

	if (server->owned || server->port || server->count)
		return;
	evert_free(server);
	evert_deferred_fire(&ended, outcome);
}

/* Cancelling a coroutine may end it, and others. */
static struct connection *next_to_cancel(struct evert_server *server)
{
	struct evert_list_node *node;
	struct connection *connection;

	for (node = server->connections.next; node != &server->connections;
	     node = node->next) {
		connection = evert_container_of(node, struct connection, node);
		if (!connection->cancelled)
			return connection;
	}
	return NULL;
}

static void stop(struct evert_server *server)
{
	struct connection *connection;

	if (server->stopping)
		return;
	server->stopping = true;
	server->count++; /* keeps the server while we are here */
	if (server->port)
		evert_deferred_release(evert_port_stop_listening(server->port));
	while ((connection = next_to_cancel(server))) {
		connection->cancelled = true;
		evert_deferred_cancel(connection->coroutine.on);
	}
	server->count--;
	release_if_over(server);
}

/* Also when the reactor stops. */
static void port_closed(struct evert_waiter *waiter,
			struct evert_result result)
{
	struct evert_server *server = evert_container_of(
		waiter, struct evert_server, port_closed);

	evert_result_release(result);
	server->port = NULL;
	release_if_over(server);
}

/* ---- Connections ---- */

static void report(const struct evert_server *server,
		   const struct evert_result *result)
{
	const struct evert_failure *failure;
	struct evert_unhandled report = {
		.deferred_place = server->place,
		.links = &server->name,
		.link_count = 1,
	};

	if (!evert_result_is_failure(result))
		return;
	failure = evert_result_as_failure(result);
	if (failure->kind == EVERT_STREAM_END ||
	    (server->stopping && evert_failure_is(failure, EVERT_CANCELLED)))
		return;
	report.failure = failure;
	evert_unhandled_report(&report);
}

static void connection_ended(struct evert_waiter *waiter,
			     struct evert_result result)
{
	struct connection *connection =
		evert_container_of(waiter, struct connection, coroutine);
	struct evert_server *server = connection->server;

	report(server, &result);
	evert_result_release(result);
	evert_stream_destroy(connection->stream);
	evert_list_remove(&connection->node);
	evert_free(connection);
	server->count--;
	release_if_over(server);
}

static struct evert_result run_connection(void *arg)
{
	struct connection *connection = arg;
	struct evert_server *server = connection->server;

	return server->body(connection->stream, server->arg);
}

static void connection_begun(struct evert_stream *stream, void *arg)
{
	struct evert_server *server = arg;
	struct connection *connection = evert_allocate(sizeof(*connection));
	struct evert_result result;

	if (!connection) {
		evert_transport_abort(evert_stream_transport(stream));
		return;
	}
	*connection = (struct connection){
		.server = server,
		.stream = stream,
		.coroutine = { .deliver = connection_ended },
	};
	evert_stream_own(stream);
	evert_list_append(&server->connections, &connection->node);
	server->count++;
	if (evert_deferred_wait(evert_spawn_at(run_connection, connection,
					       NULL, server->name,
					       server->place),
				&connection->coroutine, &result))
		connection_ended(&connection->coroutine, result);
}

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct evert_server *server =
		evert_container_of(factory, struct evert_server, factory);

	(void)peer;
	return evert_stream_build(connection_begun, server);
}

/* ---- The beginning ---- */

static void destroy_result(void *pointer)
{
	evert_deferred_release(evert_server_stop(pointer));
}

const struct evert_type evert_type_server = { "server", destroy_result };

struct evert_server *evert_server_take(struct evert_result *result)
{
	struct evert_server *server = evert_result_as(result,
						      &evert_type_server);

	evert_result_take(result);
	return server;
}

static struct evert_result listening(struct evert_result *port, void *arg)
{
	struct evert_server *server = arg;
	struct evert_result result;

	server->port = evert_result_as_port(port);
	if (evert_deferred_wait(evert_port_closed(server->port),
				&server->port_closed, &result)) {
		/* No memory to hear of its end. */
		evert_deferred_release(evert_port_stop_listening(server->port));
		evert_free(server);
		return result;
	}
	return evert_result_of(&evert_type_server, server);
}

static struct evert_result not_listening(struct evert_result *in, void *arg)
{
	evert_free(arg);
	return *in;
}

struct evert_deferred *evert_serve_at(const char *endpoint,
				      evert_stream_body body, void *arg,
				      const char *name, const char *place)
{
	struct evert_reactor *reactor = evert_reactor_current();
	struct evert_server *server;
	struct evert_deferred *deferred;

	if (!reactor)
		evert_bug("evert_serve at %s: no reactor runs on this thread; "
			  "call it from a coroutine under evert_run, or from a "
			  "callback",
			  place);
	server = evert_allocate(sizeof(*server));
	if (!server)
		return NULL;
	*server = (struct evert_server){
		.factory = { build },
		.body = body,
		.arg = arg,
		.name = name,
		.place = place,
		.port_closed = { .deliver = port_closed },
		.owned = true,
	};
	evert_list_init(&server->connections);
	deferred = evert_listen_at(reactor, endpoint, &server->factory, place);
	evert_deferred_add_callbacks(deferred, listening, not_listening,
				     server);
	return deferred;
}

struct evert_port *evert_server_port(const struct evert_server *server)
{
	return server->port;
}

size_t evert_server_connections(const struct evert_server *server)
{
	return server->count;
}

/* Gives the server up; the returned Deferred fires with `outcome` when all is
   over. */
static struct evert_deferred *give_up(struct evert_server *server,
				      struct evert_result outcome,
				      evert_canceller canceller,
				      const char *place)
{
	struct evert_deferred *ended =
		evert_deferred_create_at(place, canceller, server);

	server->owned = false;
	server->ended = ended;
	server->outcome = outcome;
	return ended;
}

struct evert_deferred *evert_server_stop_at(struct evert_server *server,
					    const char *place)
{
	struct evert_deferred *ended =
		give_up(server, evert_result_none(), NULL, place);

	stop(server);
	return ended;
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	stop(arg);
	return true; /* fires when all have ended */
}

struct evert_deferred *evert_server_forever_at(struct evert_server *server,
					       const char *place)
{
	struct evert_deferred *ended = give_up(
		server,
		evert_result_failure(evert_failure_bare(EVERT_CANCELLED)),
		cancelled, place);

	/* Nobody could ever cancel it; or the port was closed already. */
	if (!ended)
		stop(server);
	else
		release_if_over(server);
	return ended;
}
