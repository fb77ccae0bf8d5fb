/* SPDX-License-Identifier: MIT */
/*
 * Servers of streams: one coroutine for each connection
 * (asyncio.start_server).
 *
 *	static struct evert_result handle(struct evert_stream *stream,
 *					  void *arg);
 *	...
 *	struct evert_result r = evert_await(
 *		evert_serve("tcp:127.0.0.1:9000", handle, NULL));
 *	...
 *	return evert_await(evert_server_forever(evert_server_take(&r)));
 *
 * Several endpoints are several servers: each may be a coroutine as this one,
 * in one scope (deferred/coroutine/scope.h).
 *
 * Ownership: a server is the caller's until evert_server_stop or
 * evert_server_forever. `arg` must live until that has fired.
 *
 * Thread rule: the reactor's thread.
 */
#ifndef EVERT_PROTOCOLS_SERVER_H
#define EVERT_PROTOCOLS_SERVER_H

#include "stream.h"
#include "../../reactor/endpoint/listen.h"

EVERT_BEGIN

struct evert_server;

/* What evert_serve fires with; a result that is released stops it. */
extern const struct evert_type evert_type_server;

/* Moves the server out of the result; the caller owns it now. */
struct evert_server *evert_server_take(struct evert_result *result);

/*
 * Serves one connection, as a coroutine. The stream is the server's, which
 * destroys it when the body has returned. A failure that it returns ends this
 * connection only. It is reported as unhandled, unless somebody wanted that
 * end: EVERT_STREAM_END (not those below it), EVERT_CANCELLED and
 * EVERT_REACTOR_STOPPED.
 */
typedef struct evert_result (*evert_stream_body)(struct evert_stream *stream,
						 void *arg);

/*
 * Listens on an endpoint as in evert_listen, on the reactor that runs on this
 * thread, and fails as that does. Fires with the server.
 */
#define evert_serve(...)                                           \
	evert_serve_at(__VA_ARGS__, EVERT_NAME_OF_SECOND(__VA_ARGS__), \
		       EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_serve_at(const char *endpoint,
				      evert_stream_body body, void *arg,
				      const char *name, const char *place);

/* evert_serve_with(endpoint, body, arg, options): with options for its sockets
   (reactor/transport/socket_options.h). */
#define evert_serve_with(...)                                           \
	evert_serve_with_at(__VA_ARGS__, EVERT_NAME_OF_SECOND(__VA_ARGS__), \
			    EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *
evert_serve_with_at(const char *endpoint, evert_stream_body body, void *arg,
		    const struct evert_socket_options *options,
		    const char *name, const char *place);

/* The port that a server listens on; NULL once that is closed. */
struct evert_port *evert_server_port(const struct evert_server *server);

/* How many connections a server is serving. */
size_t evert_server_connections(const struct evert_server *server);

/*
 * Stops a server: it listens no more, cancels the coroutines of all
 * connections, and fires with nothing when all have ended. One that calls this
 * itself is cancelled at its next wait. Takes over the server. Without memory
 * NULL: it stops all the same.
 */
#define evert_server_stop(...) evert_server_stop_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_server_stop_at(struct evert_server *server,
					    const char *place);

/*
 * Serves until it is cancelled: then it stops as by evert_server_stop, and
 * fails with EVERT_CANCELLED when all have ended; cancelled once more, it
 * cancels once more those that have not. When the port was closed by others, it
 * fires with nothing when all have ended. Takes over the server. Without memory
 * NULL: it stops at once.
 */
#define evert_server_forever(...) \
	evert_server_forever_at(__VA_ARGS__, EVERT_HERE)
EVERT_MUST_USE
struct evert_deferred *evert_server_forever_at(struct evert_server *server,
					       const char *place);

EVERT_END

#endif
