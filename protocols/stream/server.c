/* SPDX-License-Identifier: MIT */
/*
 * A server lives until its port and all its connections are gone, and nobody
 * has it any more. Each connection is a coroutine, which the server waits for
 * by a waiter of its own: that needs no memory.
 */
#include "server.h"

#include "../../deferred/coroutine/coroutine_internal.h"
#include "../../deferred/base/memory.h"
#include "stream_internal.h"
#include "../../deferred/base/list_internal.h"
#include "../../reactor/run_internal.h"

struct evert_server {
	struct evert_factory factory;
	evert_stream_body body;
	void *arg;
	const char *name, *place;
	struct evert_port *port; /* NULL once it is closed */
	struct evert_waiter port_closed;
	struct evert_list_node connections;
	struct evert_list_node *next; /* to be cancelled, see below */
	size_t count;		      /* of connections */
	struct evert_firing *ended;   /* fired when all is gone */
	struct evert_result outcome;  /* with this */
	unsigned held; /* by functions of ours that go on with it */
	bool owned;
	bool stopping;
};

/* Lives as long as its stream. */
struct connection {
	struct evert_stream stream;
	struct evert_list_node node;
	struct evert_waiter coroutine;
};

static struct connection *connection_of(struct evert_stream *stream)
{
	return evert_container_of(stream, struct connection, stream);
}

static struct evert_server *server_of(const struct connection *connection)
{
	return connection->stream.begun_arg;
}

/* ---- The end ---- */

static void release_if_over(struct evert_server *server)
{
	struct evert_firing *ended = server->ended;
	struct evert_result outcome = server->outcome;

	if (server->owned || server->held || server->port || server->count)
		return;
	evert_free(server);
	evert_deferred_fire(&ended, outcome);
}

/* Any of them may end meanwhile (not all that a body waits for is a
   coroutine's), and a callback may stop us once more: `next` is the server's,
   and who ends moves it on. */
static void cancel_connections(struct evert_server *server)
{
	struct connection *connection;

	server->next = server->connections.next;
	while (server->next != &server->connections) {
		connection = evert_container_of(server->next,
						struct connection, node);
		server->next = server->next->next;
		evert_deferred_cancel(connection->coroutine.on);
	}
}

static void stop(struct evert_server *server)
{
	evert_coroutine_hold();
	server->held++;
	server->stopping = true;
	if (server->port)
		evert_deferred_release(evert_port_stop_listening(server->port));
	cancel_connections(server);
	server->held--;
	release_if_over(server);
	evert_coroutine_let_run();
}

/* By us, by the user, or because the reactor stops. */
static struct evert_deferred *port_closed(struct evert_waiter *waiter,
					  struct evert_result result)
{
	struct evert_server *server =
		evert_container_of(waiter, struct evert_server, port_closed);

	evert_result_release(result);
	server->port = NULL;
	release_if_over(server);
	return NULL;
}

static const struct evert_waiter_class port_class = { .deliver = port_closed };

/* ---- Connections ---- */

/* An end that somebody wanted: the peer, or who stops us. */
static bool is_ordinary_end(const struct evert_failure *failure)
{
	return failure->kind == EVERT_STREAM_END ||
	       evert_failure_is(failure, EVERT_CANCELLED) ||
	       evert_failure_is(failure, EVERT_REACTOR_STOPPED);
}

static void report(const struct evert_server *server,
		   const struct evert_result *result)
{
	struct evert_unhandled report = {
		.deferred_place = server->place,
		.links = &server->name,
		.link_count = 1,
	};

	if (!evert_result_is_failure(result))
		return;
	report.failure = evert_result_as_failure(result);
	if (!is_ordinary_end(report.failure))
		evert_unhandled_report(&report);
}

static struct evert_deferred *connection_ended(struct evert_waiter *waiter,
					       struct evert_result result)
{
	struct connection *connection =
		evert_container_of(waiter, struct connection, coroutine);
	struct evert_server *server = server_of(connection);

	report(server, &result);
	evert_result_release(result);
	if (server->next == &connection->node)
		server->next = connection->node.next;
	evert_list_remove(&connection->node);
	evert_stream_destroy(&connection->stream);
	server->count--;
	release_if_over(server);
	return NULL;
}

static const struct evert_waiter_class coroutine_class = {
	.deliver = connection_ended,
};

static struct evert_result run_connection(void *arg)
{
	struct connection *connection = arg;
	struct evert_server *server = server_of(connection);

	return server->body(&connection->stream, server->arg);
}

static void serve_connection(struct connection *connection)
{
	struct evert_server *server = server_of(connection);
	struct evert_deferred *coroutine = evert_spawn_at(
		run_connection, connection, NULL, server->name, server->place);
	struct evert_result result;

	/* Stopped from inside its first stretch. */
	if (server->stopping)
		evert_deferred_cancel(coroutine);
	if (evert_deferred_wait(coroutine, &connection->coroutine, &result))
		connection_ended(&connection->coroutine, result);
}

static void connection_begun(struct evert_stream *stream, void *arg)
{
	struct evert_server *server = arg;
	struct connection *connection = connection_of(stream);

	connection->coroutine.class = &coroutine_class;
	stream->owned = true;
	evert_list_append(&server->connections, &connection->node);
	server->count++;
	serve_connection(connection);
}

static struct evert_protocol *build(struct evert_factory *factory,
				    const struct evert_address *peer)
{
	struct evert_server *server =
		evert_container_of(factory, struct evert_server, factory);

	(void)peer;
	return evert_stream_build(sizeof(struct connection), connection_begun,
				  server);
}

/* ---- The beginning ---- */

static void destroy_result(void *pointer)
{
	evert_deferred_release(evert_server_stop(pointer));
}

const struct evert_type evert_type_server = { "server", destroy_result };

struct evert_server *evert_server_take(struct evert_result *result)
{
	struct evert_server *server =
		evert_result_as(result, &evert_type_server);

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

struct evert_deferred *
evert_serve_with_at(const char *endpoint, evert_stream_body body, void *arg,
		    const struct evert_socket_options *options,
		    const char *name, const char *place)
{
	struct evert_reactor *reactor =
		evert_reactor_require("evert_serve", place);
	struct evert_server *server = evert_allocate(sizeof(*server));
	struct evert_deferred *deferred;

	if (!server)
		return NULL;
	*server = (struct evert_server){
		.factory = { .build_protocol = build },
		.body = body,
		.arg = arg,
		.name = name,
		.place = place,
		.port_closed = { .class = &port_class },
		.owned = true,
	};
	evert_list_init(&server->connections);
	server->next = &server->connections;
	deferred = evert_listen_with_at(reactor, endpoint, &server->factory,
					options, place);
	evert_deferred_add_callbacks(deferred, listening, not_listening,
				     server);
	return deferred;
}

struct evert_deferred *evert_serve_at(const char *endpoint,
				      evert_stream_body body, void *arg,
				      const char *name, const char *place)
{
	return evert_serve_with_at(endpoint, body, arg, NULL, name, place);
}

struct evert_port *evert_server_port(const struct evert_server *server)
{
	return server->port;
}

size_t evert_server_connections(const struct evert_server *server)
{
	return server->count;
}

/* Gives the server up: what is returned fires when all is over. */
static struct evert_deferred *give_up(struct evert_server *server,
				      evert_canceller canceller,
				      const char *place)
{
	server->owned = false;
	return evert_deferred_create_at(&server->ended, place, canceller,
					server);
}

struct evert_deferred *evert_server_stop_at(struct evert_server *server,
					    const char *place)
{
	struct evert_deferred *ended = give_up(server, NULL, place);

	stop(server);
	return ended;
}

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	struct evert_server *server = arg;

	(void)deferred;
	evert_result_release(server->outcome); /* cancelled once more */
	server->outcome = evert_cancelled();
	stop(server);
	return true; /* fires when all have ended */
}

struct evert_deferred *evert_server_forever_at(struct evert_server *server,
					       const char *place)
{
	struct evert_deferred *ended = give_up(server, cancelled, place);

	/* Nobody could ever cancel it; or all is over already. */
	if (!ended)
		stop(server);
	else
		release_if_over(server);
	return ended;
}
