/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../reactor/transport/connection_internal.h"
#include "../../reactor/transport/output_chunk_internal.h"
#include "scene.h"

/* ---- Addresses ---- */

static void tell_inet(const void *address, int family, unsigned port,
		      char text[128])
{
	char host[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, address, host, sizeof(host)))
		host[0] = '\0';
	snprintf(text, 128, family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs((uint16_t)port));
}

static void tell_path(const char *path, size_t length, char text[128])
{
	size_t i;

	if (!length || (length == 1 && !*path)) {
		strcpy(text, "unnamed");
		return;
	}
	for (i = 0; i < length && (path[i] || !i); i++)
		text[i] = !i && !*path ? '@' :
			  path[i] < ' ' ? '?' : path[i];
	text[i] = '\0';
}

static void tell_address(const void *bytes, size_t length, char text[128])
{
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} to = { .un.sun_family = AF_UNSPEC };

	memcpy(&to, bytes, length < sizeof(to) ? length : sizeof(to));
	if (to.in.sin_family == AF_INET)
		tell_inet(&to.in.sin_addr, AF_INET, to.in.sin_port, text);
	else if (to.in.sin_family == AF_INET6)
		tell_inet(&to.in6.sin6_addr, AF_INET6, to.in6.sin6_port, text);
	else if (to.in.sin_family == AF_UNIX && length >= 2)
		tell_path(to.un.sun_path,
			  length - 2 < 108 ? length - 2 : 108, text);
	else
		strcpy(text, "no address");
}

static void read_peer(struct scene *scene, const struct evert_connection *c,
		      struct watched *connection)
{
	unsigned char bytes[256];
	size_t length = c->peer_length;

	if (!length ||
	    !memory_read(scene->memory, connection->address + sizeof(*c),
			 bytes, length))
		strcpy(connection->peer, "?");
	else
		tell_address(bytes, length, connection->peer);
}

/* ---- A connection ---- */

static size_t queued_of(struct scene *scene, const struct reactor *reactor,
			const struct evert_connection *c, uint64_t at)
{
	uint64_t output = at + offsetof(struct evert_connection, output);
	size_t queued = 0;

	if (c->output.last)
		READ_FIELD(scene->memory, address_of(c->output.last),
			   struct evert_output_chunk, queued, &queued);
	else if (reactor->gathering == output)
		queued = reactor->gathered;
	return queued;
}

/* A bool may be neither true nor false there. */
static bool byte_of(const void *object, size_t at)
{
	return ((const unsigned char *)object)[at];
}

static void read_connection(struct scene *scene, const struct reactor *reactor,
			    struct watched *connection)
{
	uint64_t at = connection->address;
	struct evert_connection c;

	if (!READ(scene->memory, at, &c))
		return;
	map_add(&scene->connection_over,
		at + offsetof(struct evert_connection, base),
		scene->watch_count - 1);
	*connection = (struct watched){
		.address = at,
		.fd = connection->fd,
		.wanted = connection->wanted,
		.queued = queued_of(scene, reactor, &c, at),
		.closing = byte_of(&c, offsetof(struct evert_connection,
						base.closing)),
		.ended = c.ended,
		.reading_ended = c.reading.ended,
		.reading_paused = c.reading.paused,
		.writing_paused = c.writing.paused,
		.shut = c.writing.shut,
	};
	read_peer(scene, &c, connection);
}

/* ---- All of a reactor ---- */

/* What a watch is of, its table says. */
static void read_watch(struct scene *scene, const struct reactor *reactor,
		       uint64_t at)
{
	struct watched *watched;
	uint64_t ops;
	char text[TEXT_SIZE];
	unsigned char wanted;

	scene->watches = scene_add(scene->watches,
				       &scene->watch_count,
				       sizeof(*watched));
	watched = &scene->watches[scene->watch_count - 1];
	*watched = (struct watched){ .address = at };
	READ_FIELD(scene->memory, at, struct evert_watch, fd, &watched->fd);
	READ_FIELD(scene->memory, at, struct evert_watch, wanted, &wanted);
	READ_FIELD(scene->memory, at, struct evert_watch, ops, &ops);
	READ_FIELD(scene->memory, ops, struct evert_watch_ops, kind,
		   &watched->kind);
	watched->wanted = wanted;
	if (!strcmp(memory_text(scene->memory, watched->kind, text),
		    "connection"))
		read_connection(scene, reactor, watched);
}

void scene_read_watches(struct scene *scene, struct reactor *reactor)
{
	struct evert_slot slot;
	uint64_t fd;

	reactor->first_watch = scene->watch_count;
	for (fd = 0; fd < reactor->slot_count && !reactor->damaged; fd++) {
		reactor->damaged = fd > MOST_IN_A_LIST ||
				   !READ(scene->memory,
					 reactor->slots + fd * sizeof(slot),
					 &slot);
		if (!reactor->damaged && slot.watch)
			read_watch(scene, reactor, address_of(slot.watch));
	}
	reactor->watch_count =
		scene->watch_count - reactor->first_watch;
}
