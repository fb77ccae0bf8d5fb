/* SPDX-License-Identifier: MIT */
/*
 * Connections accepted per second by one process: by one reactor; by two, each
 * in a thread of its own, on one port (SO_REUSEPORT); and by one that hands
 * every connection over to a second one. Each connection has one byte echoed,
 * and is reset by its client, of which there are 16 processes. In turn, in
 * rounds; printed are the medians, and the ratios to one reactor.
 */
#include <evert.h>

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum mode { ONE, TWO, HANDED_OVER, MODES };
enum { MOST_ROUNDS = 15, CLIENTS = 16, THREADS = 2 };

static const char *const names[MODES] = { "one reactor", "two reactors",
					  "one accepts, one serves" };

/* A line each, so that the threads do not share one. */
struct server {
	_Alignas(64) struct evert_reactor *reactor;
	pthread_t thread;
	atomic_size_t served;
	struct evert_factory factory;
};

static struct server servers[THREADS];
static struct evert_factory door;
static uint16_t port;

static void check(bool is_well, const char *what)
{
	if (is_well)
		return;
	fprintf(stderr, "accepts: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- The server ---- */

struct echo {
	struct evert_protocol base;
};

static void echo_data(struct evert_protocol *base, const char *data,
		      size_t length)
{
	struct server *server =
		evert_container_of(base->factory, struct server, factory);

	atomic_fetch_add_explicit(&server->served, 1, memory_order_relaxed);
	evert_transport_write(base->transport, data, length);
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void door_made(struct evert_protocol *base)
{
	struct evert_deferred *d = evert_transport_hand_over(
		base->transport, servers[1].reactor, &servers[1].factory, NULL,
		0);

	evert_deferred_add_errback(d, ignore, NULL);
	evert_deferred_release(d);
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo_data,
};
static const struct evert_protocol_ops door_ops = {
	.data_received = echo_data,
	.connection_made = door_made,
};

static struct evert_result listening(struct evert_result *in, void *arg)
{
	(void)arg;
	port = evert_address_port(
		evert_port_address(evert_result_as_port(in)));
	return evert_result_none();
}

static void listen_on(struct server *server, struct evert_factory *factory)
{
	char endpoint[64];
	struct evert_deferred *d;

	snprintf(endpoint, sizeof(endpoint),
		 "tcp:127.0.0.1:%u:reuse-port=yes:backlog=4096", port);
	d = evert_listen(server->reactor, endpoint, factory);
	evert_deferred_add_callback(d, listening, NULL);
	evert_deferred_release(d);
	check(port, "listen");
}

static void *serve(void *arg)
{
	struct server *server = arg;

	evert_reactor_run(server->reactor);
	evert_reactor_destroy(server->reactor);
	return NULL;
}

static size_t begin(enum mode mode)
{
	const struct evert_factory factory =
		EVERT_FACTORY(struct echo, base, &echo_ops);
	size_t i, count = mode == ONE ? 1 : THREADS;

	port = 0;
	door = (struct evert_factory)EVERT_FACTORY(struct echo, base,
						   &door_ops);
	for (i = 0; i < count; i++) {
		servers[i].reactor = evert_reactor_create(NULL);
		servers[i].factory = factory;
		check(servers[i].reactor, "reactor");
	}
	for (i = 0; i < (mode == TWO ? 2 : 1); i++)
		listen_on(&servers[i], mode == HANDED_OVER ?
					       &door :
					       &servers[i].factory);
	for (i = 0; i < count; i++)
		check(!pthread_create(&servers[i].thread, NULL, serve,
				      &servers[i]), "thread");
	return count;
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void end(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		check(!evert_reactor_call_from_thread(servers[i].reactor, stop,
						      servers[i].reactor),
		      "stop");
	for (i = 0; i < count; i++)
		pthread_join(servers[i].thread, NULL);
}

/* ---- Clients ---- */

static void ask_once(const struct sockaddr_in *where)
{
	struct linger reset = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char byte = 'x';

	if (!connect(fd, (const void *)where, sizeof(*where)) &&
	    send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
		recv(fd, &byte, 1, 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
}

static pid_t start_client(void)
{
	struct sockaddr_in where = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	pid_t client = fork();

	check(client >= 0, "fork");
	while (!client)
		ask_once(&where);
	return client;
}

/* ---- Measuring ---- */

struct figures {
	double rate; /* connections per second */
	double cost; /* microseconds of the server's processor time, each */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t served(void)
{
	return atomic_load(&servers[0].served) +
	       atomic_load(&servers[1].served);
}

static void rest(double seconds)
{
	struct timespec t = { (time_t)seconds,
			      (long)((seconds - (double)(time_t)seconds) * 1e9) };

	while (nanosleep(&t, &t) && errno == EINTR) {
	}
}

static struct figures measure(enum mode mode, double seconds)
{
	pid_t clients[CLIENTS];
	size_t count = begin(mode), i, before;
	double began, worked;
	struct figures figures;

	for (i = 0; i < CLIENTS; i++)
		clients[i] = start_client();
	rest(seconds / 5);
	before = served();
	began = now();
	worked = processor_time();
	rest(seconds);
	figures.rate = (double)(served() - before) / (now() - began);
	figures.cost = (processor_time() - worked) /
		       (double)(served() - before) * 1e6;
	for (i = 0; i < CLIENTS; i++) {
		kill(clients[i], SIGKILL);
		waitpid(clients[i], NULL, 0);
	}
	end(count);
	return figures;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(const double *values, size_t rounds)
{
	double sorted[MOST_ROUNDS];

	memcpy(sorted, values, rounds * sizeof(*values));
	qsort(sorted, rounds, sizeof(*sorted), by_value);
	return sorted[rounds / 2];
}

int main(void)
{
	bool quick = getenv("QUICK") && *getenv("QUICK");
	double rates[MODES][MOST_ROUNDS], costs[MODES][MOST_ROUNDS];
	size_t rounds = quick ? 3 : 7, round, mode;
	struct figures f;

	for (round = 0; round < rounds; round++)
		for (mode = ONE; mode < MODES; mode++) {
			f = measure((enum mode)mode, quick ? 0.5 : 2);
			rates[mode][round] = f.rate;
			costs[mode][round] = f.cost;
		}
	printf("connections accepted, one byte echoed, reset:\n");
	for (mode = ONE; mode < MODES; mode++)
		printf("%-24s %7.0f/s (%.2f), %5.1f us of processor time "
		       "each (%.2f)\n", names[mode],
		       median(rates[mode], rounds),
		       median(rates[mode], rounds) / median(rates[ONE], rounds),
		       median(costs[mode], rounds),
		       median(costs[mode], rounds) / median(costs[ONE], rounds));
	return 0;
}
