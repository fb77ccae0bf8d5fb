/* SPDX-License-Identifier: MIT */
/*
 * A chat that begins in plain text and goes on in TLS, as mail does (RFC 3207):
 * the client says STARTTLS, the server OK, and behind these lines both speak
 * TLS over the connection they have. Who has done so hears what the others say,
 * and is dropped who reads too slowly.
 *
 *	starttls_chat --listen tcp:127.0.0.1:9000 --certificate server.pem
 *	starttls_chat --connect tcp:localhost:9000 --trust root.crt
 */
#include <evert.h>
#include <protocols/tls/tls.h>

#include <errno.h>
#include <string.h>

#include "common/example.h"
#include "tls/context.h"

struct wanted {
	struct example_listen listen;
	const char *connect, *name; /* whom, and who that has to be */
	struct evert_tls_options options;
};

/* ---- The server: a protocol ---- */

struct guest {
	struct evert_line_receiver base;
	struct guest *next; /* of those who are in the chat */
	bool in_chat;
};

static struct guest *guests;
static struct evert_tls_context *context;

static struct guest *guest_from(struct evert_line_receiver *base)
{
	return evert_container_of(base, struct guest, base);
}

static void tell_others(const struct guest *sender, const char *line,
			size_t length)
{
	struct guest *guest;

	for (guest = guests; guest; guest = guest->next) {
		if (guest == sender)
			continue;
		evert_line_receiver_send_line(&guest->base, line, length);
		example_drop_if_slow(guest->base.base.transport);
	}
}

/* What the guest has said so far anybody could have written into it, so it
   counts for nothing: the chat begins here. */
static struct evert_result enter(struct evert_result *in, void *arg)
{
	struct guest *guest = arg;

	(void)in;
	guest->in_chat = true;
	guest->next = guests;
	guests = guest;
	return evert_result_none();
}

static struct evert_result complain(struct evert_result *in, void *arg)
{
	(void)arg;
	example_complain(evert_result_as_failure(in));
	return evert_result_none();
}

/* What is written before evert_tls_start is sent as it is. */
static void start_tls(struct guest *guest)
{
	struct evert_deferred *secure;

	evert_line_receiver_send_linef(&guest->base, "OK");
	secure = evert_tls_start(guest->base.base.transport, context, NULL);
	evert_deferred_add_callbacks(secure, enter, complain, guest);
	evert_deferred_release(secure);
}

static void guest_line(struct evert_line_receiver *base, const char *line,
		       size_t length)
{
	struct guest *guest = guest_from(base);

	if (guest->in_chat)
		tell_others(guest, line, length);
	else if (length == 8 && !memcmp(line, "STARTTLS", 8))
		start_tls(guest);
	else
		evert_line_receiver_send_linef(base, "STARTTLS is first");
}

static void guest_lost(struct evert_line_receiver *base,
		       const struct evert_failure *reason)
{
	struct guest *guest = guest_from(base);
	struct guest **at = &guests;

	(void)reason;
	if (!guest->in_chat)
		return;
	while (*at != guest)
		at = &(*at)->next;
	*at = guest->next;
}

static const struct evert_line_receiver_ops guest_ops = {
	.line_received = guest_line,
	.connection_lost = guest_lost,
	.delimiter = EVERT_LINE_FEED,
	.pause_when_full = true,
};

static struct evert_factory guest_factory =
	EVERT_LINE_FACTORY(struct guest, base, &guest_ops);

/* ---- The client: coroutines ---- */

struct talk {
	struct evert_scope scope;
	struct evert_stream *server, *terminal;
};

/* What comes from one goes to the other, and the end, too. */
static struct evert_result pass(struct evert_stream *from,
				struct evert_stream *to)
{
	struct evert_result r;

	for (;;) {
		r = evert_await(evert_stream_read(from, 4096));
		if (evert_result_is_failure(&r))
			break;
		evert_stream_write(to, evert_result_as_text(&r),
				   evert_result_text_length(&r));
		evert_result_release(r);
		EVERT_TRY(r, evert_await(evert_stream_drain(to)));
	}
	evert_stream_lose_write(to);
	return r;
}

static struct evert_result or_end(struct evert_result r)
{
	if (!evert_result_failed_with(&r, EVERT_STREAM_END))
		return r;
	evert_result_release(r);
	return evert_result_none();
}

/* The server may still have something to say. */
static struct evert_result say(void *arg)
{
	struct talk *talk = arg;

	return or_end(pass(talk->terminal, talk->server));
}

/* It ends by a failure, which ends the other one. */
static struct evert_result hear(void *arg)
{
	struct talk *talk = arg;

	return pass(talk->server, talk->terminal);
}

static struct evert_result talk(struct evert_stream *server)
{
	struct talk talk = { .server = server };
	struct evert_result r;

	talk.terminal = evert_stream_of(evert_stdio_open(
		evert_reactor_current(), &evert_stream_factory));
	if (!talk.terminal)
		return evert_result_error(-errno, "standard input and output");
	evert_scope_init(&talk.scope);
	if (evert_scope_spawn(&talk.scope, hear, &talk) ||
	    evert_scope_spawn(&talk.scope, say, &talk))
		evert_scope_cancel(&talk.scope);
	r = evert_scope_leave(&talk.scope);
	evert_stream_destroy(talk.terminal);
	return or_end(r);
}

static struct evert_result start_tls_with(struct evert_stream *server,
					  const char *name)
{
	struct evert_result r;
	bool agreed;

	evert_stream_writef(server, "STARTTLS\n");
	EVERT_TRY(r, evert_await(evert_stream_read_line(server)));
	agreed = !strcmp(evert_result_as_text(&r), "OK");
	evert_result_release(r);
	if (!agreed)
		return evert_result_fail(EVERT_ERROR, 0,
					 "the server does not start TLS");
	return evert_await(evert_tls_start(evert_stream_transport(server),
					   context, name));
}

static struct evert_result join(void *arg)
{
	const struct wanted *wanted = arg;
	struct evert_stream *server;
	struct evert_result r;

	EVERT_TRY(r, evert_await(evert_stream_connect(wanted->connect)));
	server = evert_stream_take(&r);
	r = start_tls_with(server, wanted->name);
	if (!evert_result_is_failure(&r))
		r = talk(server);
	evert_stream_destroy(server);
	return r;
}

/* ---- The program ---- */

static void read_options(struct wanted *wanted, int argc, char **argv)
{
	const struct example_option options[] = {
		{ "--listen", "ENDPOINT...", "be the server, at tcp:HOST:PORT",
		  wanted->listen.endpoints, NULL },
		{ "--certificate", "FILE", "the server's, with its key",
		  &wanted->options.certificate_file, NULL },
		{ "--connect", "ENDPOINT", "the server, as tcp:HOST:PORT",
		  &wanted->connect, NULL },
		{ "--name", "NAME", "whose its certificate is (localhost)",
		  &wanted->name, NULL },
		{ "--trust", "FILE", "who signed it (the system's roots)",
		  &wanted->options.trust_file, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	const struct example example = {
		"A chat that begins in plain text and goes on in TLS.", "", 0,
		0, options,
	};

	example_begin(&example, argc, argv);
	if (!wanted->listen.endpoints[0] && !wanted->connect)
		wanted->connect = "tcp:localhost:9000";
}

int main(int argc, char **argv)
{
	struct wanted wanted = { .name = "localhost" };
	bool serves;
	int status;

	read_options(&wanted, argc, argv);
	serves = wanted.listen.endpoints[0];
	context = example_context(serves ? EVERT_TLS_SERVER : EVERT_TLS_CLIENT,
				  &wanted.options, NULL);
	if (!context)
		return 1;
	status = serves ? example_serve(&wanted.listen, &guest_factory) :
			  evert_run(join, &wanted);
	evert_tls_context_release(context);
	return status;
}
