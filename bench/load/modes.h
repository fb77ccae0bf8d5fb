/* SPDX-License-Identifier: MIT */
/* What a load generator can do to a server. */
#ifndef BENCH_LOAD_MODES_H
#define BENCH_LOAD_MODES_H

#include <sys/types.h>

#include "swarm.h"

struct job {
	struct exchange exchange;
	struct swarm swarm;
	pid_t pid; /* the server's */
	int port;
	size_t connections;
	size_t idle; /* connected, too, but silent after the first exchange */
	double seconds;
	double rate; /* requests per second, all connections together */
};

/* Each client asks again when it has its answer: how many per second, and
   what processor time each takes the server. */
void mode_closed(struct job *job);

/*
 * Requests at fixed times, answered or not: how long each takes from the time
 * at which it was to be sent. So a server that halts for a while is charged
 * for everyone who had to wait (no coordinated omission). Prints percentiles
 * of each window of a thousand requests.
 */
void mode_rate(struct job *job);

/* Connects, has one exchange, closes in order, and again, as many at a time
   as there are connections. */
void mode_churn(struct job *job);

/* How much memory of the server a connection takes. */
void mode_memory(struct job *job);

/* One connection, all it takes in one direction. */
void mode_receive(struct job *job);
void mode_send(struct job *job);

/* Monotonic, in nanoseconds. */
int64_t now(void);

/* Prints what was done between two calls, per second and of the server's
   processor time. */
void window_begin(const struct job *job);
void window_end(const struct job *job, uint64_t exchanges);

#endif
