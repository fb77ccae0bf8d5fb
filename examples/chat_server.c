/* SPDX-License-Identifier: MIT */
/*
 * A chat: everybody hears who joins, what the others say, and who leaves. Who
 * reads too slowly is dropped, so that nobody waits and nothing piles up.
 */
#include <evert.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/example.h"

enum { LONGEST_LINE = 4096 };

struct guest {
	struct guest *next;
	struct evert_stream *stream;
	char name[EVERT_ADDRESS_TEXT_SIZE];
};

struct chat {
	struct guest *guests;
	const char *endpoint;
};

static void send_line(struct guest *guest, const char *line, size_t length)
{
	struct evert_transport *transport =
		evert_stream_transport(guest->stream);

	evert_stream_write(guest->stream, line, length);
	if (transport)
		example_drop_if_slow(transport);
}

/* To all but the sender. */
static void broadcast(struct chat *chat, const struct guest *sender,
		      const char *format, ...)
{
	char line[LONGEST_LINE + EVERT_ADDRESS_TEXT_SIZE + 16];
	struct guest *guest;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	for (guest = chat->guests; guest; guest = guest->next)
		if (guest != sender)
			send_line(guest, line, (size_t)length);
}

static void join(struct chat *chat, struct guest *guest)
{
	guest->next = chat->guests;
	chat->guests = guest;
	broadcast(chat, guest, "*** %s joined ***\n", guest->name);
}

static void leave(struct chat *chat, struct guest *guest)
{
	struct guest **at = &chat->guests;

	while (*at != guest)
		at = &(*at)->next;
	*at = guest->next;
	broadcast(chat, guest, "*** %s left ***\n", guest->name);
}

static struct evert_result handle_client(struct evert_stream *stream,
					 void *arg)
{
	struct chat *chat = arg;
	struct guest guest = { .stream = stream };
	struct evert_result r;

	evert_stream_set_limit(stream, LONGEST_LINE);
	example_peer(evert_stream_transport(stream), guest.name);
	join(chat, &guest);
	for (;;) {
		r = evert_await(evert_stream_read_line(stream));
		if (evert_result_is_failure(&r))
			break;
		broadcast(chat, &guest, "%s: %s\n", guest.name,
			  evert_result_as_text(&r));
		evert_result_release(r);
	}
	leave(chat, &guest);
	/* However a guest went: the chat goes on. */
	evert_result_release(r);
	return evert_result_none();
}

static struct evert_result serve(void *arg)
{
	struct chat *chat = arg;
	struct evert_result r =
		evert_await(evert_serve(chat->endpoint, handle_client, chat));
	struct evert_server *server;

	if (evert_result_is_failure(&r))
		return r;
	server = evert_server_take(&r);
	example_announce(evert_server_port(server));
	return evert_await(evert_server_forever(server));
}

int main(int argc, char **argv)
{
	struct example_listen wanted;
	struct chat chat = { .guests = NULL };

	example_add_tls();
	chat.endpoint = example_server_of_one(
		&wanted, argc, argv, "A chat by lines, for nc and telnet.",
		"9000");
	return evert_run(serve, &chat);
}
