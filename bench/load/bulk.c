/* SPDX-License-Identifier: MIT */
#include "modes.h"

#include <fcntl.h>

#include "client/channel.h"

static uint64_t run_for(double seconds, ssize_t (*move)(struct client *client),
			struct client *client)
{
	int64_t end = now() + (int64_t)(seconds * 1e9);
	uint64_t bytes = 0;
	ssize_t moved;

	while (now() < end) {
		moved = move(client);
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
	while (now() < end && channel_drop(client) > 0)
		;
	client_close(client);
}

static void run(struct job *job, const char *command,
		ssize_t (*move)(struct client *client))
{
	struct client client;
	uint64_t bytes;

	client_connect(&client, &job->exchange, job->port);
	if (fcntl(client.fd, F_SETFL, 0) ||
	    channel_send(&client, command, 1) != 1)
		client_fail("send");
	run_for(job->seconds / 5, move, &client);
	window_begin(job);
	bytes = run_for(job->seconds, move, &client);
	window_end(job, bytes);
	finish(&client);
}

void mode_receive(struct job *job)
{
	run(job, "s", channel_drop);
}

void mode_send(struct job *job)
{
	run(job, "r", channel_fill);
}
