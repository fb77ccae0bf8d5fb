/* SPDX-License-Identifier: MIT */
#include "modes.h"

static uint64_t closed;
static bool ending;

/* Else it is greeted, and the server closes first. */
static bool asks(const struct swarm *swarm)
{
	return swarm->exchange->request_length != 0;
}

static void begin(struct swarm *swarm, struct client *client)
{
	client_connect(client, swarm->exchange, swarm->port);
	swarm_watch(swarm, client);
	if (asks(swarm))
		swarm_ask(swarm, client);
}

/* The server's end follows ours; then the connection is gone on both sides. */
static void go_on(struct swarm *swarm, struct client *client)
{
	if (client_receive(client, swarm->exchange) < 0) {
		if (client_answers(client, swarm->exchange) == 0)
			client_fail("closed by the server");
		client_close(client);
		closed++;
		if (!ending)
			begin(swarm, client);
	} else if (asks(swarm) && client_answers(client, swarm->exchange) ==
					  client->due) {
		client_shutdown(client);
	}
}

static void run_for(struct swarm *swarm, double seconds)
{
	int64_t end = now() + (int64_t)(seconds * 1e9);

	while (now() < end)
		swarm_turn(swarm, 100, go_on);
}

void mode_churn(struct job *job)
{
	struct swarm *swarm = &job->swarm;
	uint64_t before;

	for (; swarm->count < job->connections; swarm->count++)
		begin(swarm, &swarm->clients[swarm->count]);
	run_for(swarm, job->seconds / 5);
	before = closed;
	window_begin(job);
	run_for(swarm, job->seconds);
	window_end(job, closed - before);
	ending = true;
	for (before = closed; closed < before + job->connections;)
		swarm_turn(swarm, 100, go_on);
}
