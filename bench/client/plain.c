/* SPDX-License-Identifier: MIT */
/*
 * What is received is dropped in the kernel (MSG_TRUNC, tcp(7)); what is sent
 * comes from the page cache (sendfile(2)).
 */
#include "channel.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

enum { BLOCK = 1 << 20 };

const char *channel_version;
bool channel_resumes;

void channel_open(struct client *client)
{
	(void)client;
}

ssize_t channel_send(struct client *client, const void *data, size_t size)
{
	client_calls++;
	return send(client->fd, data, size, MSG_NOSIGNAL);
}

ssize_t channel_receive(struct client *client, void *buffer, size_t size)
{
	client_calls++;
	return recv(client->fd, buffer, size, 0);
}

void channel_shutdown(struct client *client)
{
	client_calls++;
	if (shutdown(client->fd, SHUT_WR))
		client_fail("shutdown");
}

void channel_close(struct client *client)
{
	(void)client;
}

ssize_t channel_drop(struct client *client)
{
	static char nowhere[BLOCK];

	return recv(client->fd, nowhere, sizeof(nowhere), MSG_TRUNC);
}

static int zeros(void)
{
	int file = memfd_create("zeros", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, BLOCK))
		client_fail("memfd_create");
	return file;
}

ssize_t channel_fill(struct client *client)
{
	static int file = -1;
	off_t at = 0;

	if (file < 0)
		file = zeros();
	return sendfile(client->fd, file, &at, BLOCK);
}
