/* SPDX-License-Identifier: MIT */
#include "modes.h"

static uint64_t answers;

static void take_answer(struct swarm *swarm, struct client *client)
{
	if (client_receive(client, swarm->exchange) < 0)
		client_fail("closed by the server");
	if (client_answers(client, swarm->exchange) == client->due)
		answers++;
}

static void ask_again(struct swarm *swarm, struct client *client)
{
	uint64_t before = answers;

	take_answer(swarm, client);
	if (answers > before)
		swarm_ask(swarm, client);
}

static void run_for(struct swarm *swarm, double seconds)
{
	int64_t end = now() + (int64_t)(seconds * 1e9);

	while (now() < end)
		swarm_turn(swarm, 100, ask_again);
}

/* Each client has one request under way. No server should have one that is
   gone before it has read what it asked for. */
static void finish_requests(struct swarm *swarm)
{
	uint64_t all = answers + swarm->count;

	while (answers < all)
		swarm_turn(swarm, 100, take_answer);
}

void mode_closed(struct job *job)
{
	struct swarm *swarm = &job->swarm;
	uint64_t before;
	size_t i;

	swarm_grow(swarm, job->connections);
	for (i = 0; i < swarm->count; i++)
		swarm_ask(swarm, &swarm->clients[i]);
	run_for(swarm, job->seconds / 5);
	before = answers;
	window_begin(job);
	run_for(swarm, job->seconds);
	window_end(job, answers - before);
	finish_requests(swarm);
}
