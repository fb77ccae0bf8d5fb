/* SPDX-License-Identifier: MIT */
/* One port, several reactors, each in a thread of its own: the kernel gives
   each connection to one of them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/transport/transport.h"

enum { WORKERS = 2, CONNECTIONS = 64 };

struct worker {
	struct evert_reactor *reactor;
	pthread_t thread;
	size_t served;
};

struct greeter {
	struct evert_protocol base;
};

static struct worker workers[WORKERS];

/* Says which worker serves it, and closes. */
static void greet(struct evert_protocol *protocol)
{
	size_t i;

	for (i = 0; i < WORKERS; i++)
		if (evert_reactor_current() == workers[i].reactor) {
			workers[i].served++;
			evert_transport_writef(protocol->transport, "%zu", i);
		}
	evert_transport_lose_connection(protocol->transport);
}

static void ignore(struct evert_protocol *protocol, const char *data,
		   size_t length)
{
	(void)protocol;
	(void)data;
	(void)length;
}

static const struct evert_protocol_ops ops = {
	.data_received = ignore,
	.connection_made = greet,
};
static struct evert_factory factories[WORKERS] = {
	EVERT_FACTORY(struct greeter, base, &ops),
	EVERT_FACTORY(struct greeter, base, &ops),
};

/* Listens before its thread begins; returns the port number. */
static uint16_t open_worker(size_t i, uint16_t number)
{
	struct evert_deferred *d;
	char endpoint[64];

	workers[i].reactor = evert_reactor_create(NULL);
	cr_assert(workers[i].reactor != NULL);
	snprintf(endpoint, sizeof(endpoint), "tcp:127.0.0.1:%u:reuse-port=yes",
		 number);
	d = evert_listen(workers[i].reactor, endpoint, &factories[i]);
	cr_assert(evert_deferred_has_fired(d));
	number = evert_address_port(evert_port_address(
		evert_result_as_port(evert_deferred_result(d))));
	evert_deferred_release(d);
	return number;
}

static void *run(void *arg)
{
	struct worker *worker = arg;

	evert_reactor_run(worker->reactor);
	return NULL;
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

/* Blocks until somebody has served it: who says 0 or 1. */
static void visit(uint16_t number)
{
	struct sockaddr_in there = { .sin_family = AF_INET,
				     .sin_port = htons(number) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char who = 'x';

	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert(connect(fd, (void *)&there, sizeof(there)) == 0);
	cr_assert(read(fd, &who, 1) == 1);
	cr_assert(who == '0' || who == '1');
	close(fd);
}

Test(reuse_port, shares_a_port_among_reactors_of_several_threads)
{
	uint16_t number = open_worker(0, 0);
	size_t i;

	open_worker(1, number);
	for (i = 0; i < WORKERS; i++)
		pthread_create(&workers[i].thread, NULL, run, &workers[i]);
	for (i = 0; i < CONNECTIONS; i++)
		visit(number);
	for (i = 0; i < WORKERS; i++)
		(void)!evert_reactor_call_from_thread(workers[i].reactor, stop,
						      workers[i].reactor);
	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		evert_reactor_destroy(workers[i].reactor);
	}
	cr_assert(eq(sz, workers[0].served + workers[1].served, CONNECTIONS));
	/* By chance all went to one: once in 2^63. */
	cr_assert(workers[0].served && workers[1].served);
}
