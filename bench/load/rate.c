/* SPDX-License-Identifier: MIT */
#include "modes.h"

#include <stdio.h>
#include <stdlib.h>

/* The n-th request is to be sent at `begin` + n * `interval`, by the client
   n % talkers. A client's answers come in order; so each tells which request
   it answers. */
static int64_t begin, interval;
static size_t talkers, asked, answered, wanted, warm;
static int64_t *latencies; /* of the requests after the first `warm` */

/* Requests in a window, which has percentiles of its own: enough for the one
   in a thousand, and so few that a hiccup of the machine spoils one window and
   not the whole. The caller takes the medians. */
enum { WINDOW = 1000 };

static int64_t intended(size_t request)
{
	return begin + (int64_t)request * interval;
}

static void record(size_t request, int64_t time)
{
	if (request < warm || request >= wanted)
		return;
	latencies[request - warm] = time - intended(request);
	answered++;
}

static void take_answers(struct swarm *swarm, struct client *client)
{
	const struct exchange *e = swarm->exchange;
	size_t who = (size_t)(client - swarm->clients);
	uint64_t n, before = client_answers(client, e);
	int64_t time;

	if (client_receive(client, e) < 0)
		client_fail("closed by the server");
	time = now();
	/* The first exchange was that of connecting. */
	for (n = before; n < client_answers(client, e); n++)
		record((n - 1) * talkers + who, time);
}

/* It never sleeps: that would make it late. */
static void run(struct swarm *swarm)
{
	while (answered < wanted - warm) {
		while (asked < wanted && now() >= intended(asked)) {
			swarm_ask(swarm, &swarm->clients[asked % talkers]);
			asked++;
		}
		swarm_turn(swarm, 0, take_answers);
	}
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double percentile(const int64_t *sorted, double share)
{
	return (double)sorted[(size_t)(share * (WINDOW - 1))] / 1e3;
}

static void print_window(int64_t *window)
{
	qsort(window, WINDOW, sizeof(*window), compare);
	printf("p50 %.1f\np99 %.1f\np999 %.1f\n", percentile(window, 0.5),
	       percentile(window, 0.99), percentile(window, 0.999));
}

void mode_rate(struct job *job)
{
	struct swarm *swarm = &job->swarm;
	size_t i, windows = (size_t)(job->rate * job->seconds) / WINDOW;

	windows += !windows;
	talkers = job->connections;
	interval = (int64_t)(1e9 / job->rate);
	warm = (size_t)(job->rate * job->seconds / 5);
	wanted = warm + windows * WINDOW;
	latencies = calloc(windows * WINDOW, sizeof(*latencies));
	if (!latencies)
		client_fail("latencies");
	swarm_grow(swarm, job->connections + job->idle);
	begin = now() + 10000000;
	run(swarm);
	for (i = 0; i < windows; i++)
		print_window(latencies + i * WINDOW);
}
