/* SPDX-License-Identifier: MIT */
/*
 * What a client's bytes go through: the socket itself (plain.c), or TLS over
 * it (secure.c). A program is linked with one of the two. Not for datagrams.
 */
#ifndef BENCH_CLIENT_CHANNEL_H
#define BENCH_CLIENT_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

struct client;

/* For TLS: "1.2" or "1.3", before the first client connects; NULL: 1.3. */
extern const char *channel_version;

/* For TLS: sessions are resumed, from the second on. One that is not, though
   the server gave a ticket, ends the program. */
extern bool channel_resumes;

/* The socket is connected, and does not block. */
void channel_open(struct client *client);

/* As send(2) and recv(2). */
ssize_t channel_send(struct client *client, const void *data, size_t size);
ssize_t channel_receive(struct client *client, void *buffer, size_t size);

/* No more is sent. */
void channel_shutdown(struct client *client);

/* Before the socket is closed. */
void channel_close(struct client *client);

/* As much as can be moved at once, with as little work of ours as can be, of
   bytes that nobody looks at: how many. */
ssize_t channel_drop(struct client *client);
ssize_t channel_fill(struct client *client);

#endif
