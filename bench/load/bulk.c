/* SPDX-License-Identifier: MIT */
/*
 * The client takes as little time as it can: it drops what it receives in the
 * kernel (MSG_TRUNC, tcp(7)) and sends from the page cache (sendfile(2)).
 */
#include "modes.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

/* Both return how many bytes they moved. */

static ssize_t receive_block(int fd, int unused)
{
	static char nowhere[BLOCK];

	(void)unused;
	return recv(fd, nowhere, sizeof(nowhere), MSG_TRUNC);
}

static ssize_t send_block(int fd, int file)
{
	off_t at = 0;

	return sendfile(fd, file, &at, BLOCK);
}

static uint64_t run_for(double seconds, ssize_t (*move)(int fd, int file),
			int fd, int file)
{
	int64_t end = now() + (int64_t)(seconds * 1e9);
	uint64_t bytes = 0;
	ssize_t moved;

	while (now() < end) {
		moved = move(fd, file);
		if (moved <= 0)
			client_fail("closed by the server");
		bytes += (uint64_t)moved;
	}
	return bytes;
}

/*
 * We send no more, and wait for the server to close its end. One that still
 * sends gets a moment to see it; then we are gone.
 */
static void finish(struct client *client)
{
	int64_t end = now() + 50000000;

	client_shutdown(client);
	while (now() < end && receive_block(client->fd, -1) > 0)
		;
	client_close(client);
}

static void run(struct job *job, const char *command,
		ssize_t (*move)(int fd, int file), int file)
{
	struct client client;
	uint64_t bytes;

	client_connect(&client, &job->exchange, job->port);
	if (fcntl(client.fd, F_SETFL, 0) ||
	    send(client.fd, command, 1, MSG_NOSIGNAL) != 1)
		client_fail("send");
	run_for(job->seconds / 5, move, client.fd, file);
	window_begin(job);
	bytes = run_for(job->seconds, move, client.fd, file);
	window_end(job, bytes);
	finish(&client);
}

void mode_receive(struct job *job)
{
	run(job, "s", receive_block, -1);
}

void mode_send(struct job *job)
{
	int file = memfd_create("zeros", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, BLOCK))
		client_fail("memfd_create");
	run(job, "r", send_block, file);
}
