/* SPDX-License-Identifier: MIT */
/*
 * A client for chat_server, in a terminal or a pipeline: what is typed goes to
 * the server, what the server says is printed. The end of input is sent on; it
 * ends when the server has closed.
 */
#include <evert.h>

#include <errno.h>
#include <string.h>

#include "common/example.h"

struct chat {
	struct evert_reactor *reactor;
	struct evert_transport *server, *terminal; /* NULL: gone */
	int status; /* main's */
};

/* ---- Both sides ---- */

struct side {
	struct evert_protocol base;
};

static struct chat chat;

static void fail(const struct evert_failure *failure)
{
	chat.status = 1;
	example_complain(failure);
}

static bool is_in_order(const struct evert_failure *reason)
{
	return evert_failure_is(reason, EVERT_CONNECTION_DONE) ||
	       evert_failure_is(reason, EVERT_REACTOR_STOPPED);
}

/* Who takes nothing for now is not to be sent more. */
static void pause_other(struct evert_transport *other)
{
	if (other)
		evert_transport_pause_reading(other);
}

static void resume_other(struct evert_transport *other)
{
	if (other)
		evert_transport_resume_reading(other);
}

/* ---- The server ---- */

static void server_data(struct evert_protocol *base, const char *data,
			size_t length)
{
	int error;

	(void)base;
	if (!chat.terminal || evert_transport_is_closing(chat.terminal))
		return;
	error = evert_transport_write(chat.terminal, data, length);
	if (!error)
		return;
	/* There is none. Who reads it no more is told of otherwise. */
	chat.status = 1;
	example_log("standard output: %s", strerror(-error));
	evert_transport_abort(chat.terminal);
}

static void server_full(struct evert_protocol *base)
{
	(void)base;
	pause_other(chat.terminal);
}

static void server_empty(struct evert_protocol *base)
{
	(void)base;
	resume_other(chat.terminal);
}

/* What it said is printed first. */
static void server_lost(struct evert_protocol *base,
			const struct evert_failure *reason)
{
	(void)base;
	chat.server = NULL;
	if (!chat.terminal)
		return;
	if (!is_in_order(reason))
		fail(reason);
	evert_transport_lose_connection(chat.terminal);
}

static const struct evert_protocol_ops server_ops = {
	.data_received = server_data,
	.connection_lost = server_lost,
	.pause_writing = server_full,
	.resume_writing = server_empty,
};

static struct evert_factory server_factory =
	EVERT_FACTORY(struct side, base, &server_ops);

/* ---- The terminal ---- */

static void typed(struct evert_protocol *base, const char *data, size_t length)
{
	(void)base;
	if (chat.server)
		evert_transport_write(chat.server, data, length);
}

static void typed_all(struct evert_protocol *base)
{
	(void)base;
	if (chat.server)
		evert_transport_lose_write(chat.server);
}

static void terminal_full(struct evert_protocol *base)
{
	(void)base;
	pause_other(chat.server);
}

static void terminal_empty(struct evert_protocol *base)
{
	(void)base;
	resume_other(chat.server);
}

/* In order only after the server. */
static void terminal_lost(struct evert_protocol *base,
			  const struct evert_failure *reason)
{
	(void)base;
	chat.terminal = NULL;
	if (!chat.status && !is_in_order(reason))
		fail(reason);
	if (chat.server)
		evert_transport_abort(chat.server);
	evert_reactor_stop(chat.reactor);
}

static const struct evert_protocol_ops terminal_ops = {
	.data_received = typed,
	.end_received = typed_all,
	.connection_lost = terminal_lost,
	.pause_writing = terminal_full,
	.resume_writing = terminal_empty,
};

static struct evert_factory terminal_factory =
	EVERT_FACTORY(struct side, base, &terminal_ops);

/* ---- The program ---- */

static struct evert_result begin(struct evert_result *connected, void *arg)
{
	struct evert_protocol *terminal;

	(void)arg;
	chat.server = evert_result_as_protocol(connected)->transport;
	terminal = evert_stdio_open(chat.reactor, &terminal_factory);
	if (!terminal)
		return evert_result_fail(EVERT_SYSTEM, errno,
					 "standard input and output");
	chat.terminal = terminal->transport;
	return evert_result_none();
}

static struct evert_result give_up(struct evert_result *failed, void *arg)
{
	(void)arg;
	if (!evert_result_failed_with(failed, EVERT_REACTOR_STOPPED))
		fail(evert_result_as_failure(failed));
	evert_reactor_stop(chat.reactor);
	return evert_result_none();
}

static int run(const char *endpoint)
{
	struct evert_deferred *d;
	int error;

	chat.reactor = evert_reactor_create(NULL);
	if (!chat.reactor || evert_reactor_handle_signals(chat.reactor)) {
		example_log("no reactor: %s", strerror(errno));
		return 1;
	}
	d = evert_connect(chat.reactor, endpoint, &server_factory);
	evert_deferred_add_callback(d, begin, NULL);
	evert_deferred_add_errback(d, give_up, NULL);
	evert_deferred_release(d);
	error = evert_reactor_run(chat.reactor);
	evert_reactor_destroy(chat.reactor);
	return error ? 1 : chat.status;
}

int main(int argc, char **argv)
{
	const char *connect = NULL, *host = "127.0.0.1", *port = "9000";
	char endpoint[EXAMPLE_ENDPOINT_SIZE];
	const struct example_option options[] = {
		{ "--connect", "ENDPOINT", "the server, as tcp:HOST:PORT",
		  &connect, NULL },
		{ "--host", "H", "the server (127.0.0.1)", &host, NULL },
		{ "--port", "P", "its port (9000)", &port, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"Says to a server what is typed, and prints what it says.",
		"[HOST [PORT]]", 0, 2, options,
	};
	int i = example_begin(&example, argc, argv);

	example_add_tls();
	if (i < argc)
		host = argv[i++];
	if (i < argc)
		port = argv[i];
	return run(connect ? connect : example_endpoint(endpoint, host, port));
}
