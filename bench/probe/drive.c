/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: puts clients into a server's process, so that what the server
 * does can be counted, the same in every run. Whenever the server is about to
 * wait in epoll_wait, the clients have their turn: they read every answer,
 * and when all have theirs, each sends its next request. So each turn of the
 * server finds all clients waiting, whatever the scheduler does, under
 * callgrind and strace, too. What the clients do is not counted.
 *
 * PROBE_EXCHANGE	what is said (client/exchange.h)
 * PROBE_CONNECTIONS	how many clients
 * PROBE_ROUNDS		how many times each asks, after some to get warm
 * PROBE_RECONNECT	if set, a new connection for every request
 * PROBE_RESUME		if set, sessions of TLS are resumed
 * PROBE_VERSION	of TLS, 1.2 or 1.3 (1.3)
 */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/channel.h"
#include "client/client.h"
#include "common/callgrind.h"

enum { WARM_ROUNDS = 5 };

static struct exchange exchange;
static struct client *clients;
static size_t connections, rounds, round_number;
static bool reconnects, closing;
static int port;
static pthread_t server;
static size_t allocations, copied, held;

static size_t from_environment(const char *name, size_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* What count.so counts, if it is loaded, too. */
static size_t ask(const char *name)
{
	size_t (*count)(void);

	*(void **)&count = dlsym(RTLD_DEFAULT, name);
	return count ? count() : 0;
}

/* ---- A round ---- */

static void connect_all(void)
{
	size_t i;

	for (i = 0; i < connections; i++)
		client_connect(&clients[i], &exchange, port);
}

static void begin_measuring(void)
{
	allocations = ask("probe_allocations");
	copied = ask("probe_copied");
	CALLGRIND_ZERO_STATS;
}

static void end_measuring(void)
{
	size_t exchanges = rounds * connections;
	double more = (double)ask("probe_held") - (double)held;

	allocations = ask("probe_allocations") - allocations;
	copied = ask("probe_copied") - copied;
	CALLGRIND_DUMP_STATS_AT("exchanges");
	printf("exchanges %zu\nallocations %.3f\ncopied %.3f\n", exchanges,
	       (double)allocations / (double)exchanges,
	       (double)copied / (double)exchanges);
	printf("held %.3f\n", more / (double)connections);
	printf("client_calls %" PRIu64 "\n", client_calls);
	fflush(stdout);
	_exit(0);
}

static void begin_round(void)
{
	size_t i;

	if (round_number == WARM_ROUNDS)
		begin_measuring();
	if (round_number == WARM_ROUNDS + rounds)
		end_measuring();
	round_number++;
	if (round_number == 1)
		held = ask("probe_held");
	if (reconnects || round_number == 1)
		connect_all();
	for (i = 0; i < connections; i++)
		clients[i].due++;
}

/* False: its answer is not complete. */
static bool talk(struct client *client)
{
	client_send(client, &exchange);
	while (client_answers(client, &exchange) < client->due)
		if (client_receive(client, &exchange) <= 0)
			return false;
	return true;
}

static bool all_answered(void)
{
	bool all = true;
	size_t i;

	for (i = 0; i < connections; i++)
		if (clients[i].fd >= 0 && !talk(&clients[i]))
			all = false;
	return all;
}

static void shut_all(void)
{
	size_t i;

	for (i = 0; i < connections; i++)
		client_shutdown(&clients[i]);
}

static bool all_closed(void)
{
	bool all = true;
	size_t i;

	for (i = 0; i < connections; i++) {
		if (clients[i].fd < 0)
			continue;
		if (client_receive(&clients[i], &exchange) < 0)
			client_close(&clients[i]);
		else
			all = false;
	}
	return all;
}

static void take_turn(void)
{
	if (!closing) {
		if (round_number && !all_answered())
			return;
		if (round_number && reconnects)
			shut_all();
	}
	closing = round_number && reconnects && !all_closed();
	if (closing)
		return;
	begin_round();
	for (size_t i = 0; i < connections; i++)
		client_send(&clients[i], &exchange);
}

static void let_clients(void)
{
	int error = errno;

	if (!port || !pthread_equal(server, pthread_self()))
		return;
	CALLGRIND_TOGGLE_COLLECT;
	ask("probe_pause");
	take_turn();
	ask("probe_pause");
	CALLGRIND_TOGGLE_COLLECT;
	errno = error;
}

/* ---- What the server calls ---- */

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

/* From here on we know where to connect. */
static void begin(int fd, int type)
{
	struct sockaddr_in address = { 0 };
	socklen_t length = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &length);
	if (address.sin_family != AF_INET || port)
		return;
	exchange = exchange_make(getenv("PROBE_EXCHANGE"));
	if (type != (exchange.datagrams ? SOCK_DGRAM : SOCK_STREAM))
		return;
	channel_version = getenv("PROBE_VERSION");
	channel_resumes = from_environment("PROBE_RESUME", 0) != 0;
	connections = from_environment("PROBE_CONNECTIONS", 50);
	rounds = from_environment("PROBE_ROUNDS", 100);
	reconnects = from_environment("PROBE_RECONNECT", 0) != 0;
	clients = calloc(connections, sizeof(*clients));
	server = pthread_self();
	port = ntohs(address.sin_port);
}

int listen(int fd, int backlog)
{
	int (*real)(int fd, int backlog);
	int result;

	*(void **)&real = next("listen");
	result = real(fd, backlog);
	if (result == 0)
		begin(fd, SOCK_STREAM);
	return result;
}

/* A socket for datagrams does not listen. */
int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
	int (*real)(int fd, __CONST_SOCKADDR_ARG address, socklen_t length);
	int type = 0, result;
	socklen_t size = sizeof(type);

	*(void **)&real = next("bind");
	result = real(fd, address, length);
	/* Once they have begun, it is the clients that bind. */
	if (result == 0 && !clients &&
	    !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) &&
	    type == SOCK_DGRAM)
		begin(fd, SOCK_DGRAM);
	return result;
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);

	let_clients();
	if (!real)
		*(void **)&real = next("epoll_wait");
	return real(epoll, events, count, timeout);
}

int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout,
		const sigset_t *mask)
{
	static int (*real)(int, struct epoll_event *, int, int,
			   const sigset_t *);

	let_clients();
	if (!real)
		*(void **)&real = next("epoll_pwait");
	return real(epoll, events, count, timeout, mask);
}
