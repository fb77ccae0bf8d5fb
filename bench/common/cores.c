/* SPDX-License-Identifier: MIT */
#include "cores.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#include "announce.h"

static pthread_barrier_t all_listen;

void core_listens(void)
{
	pthread_barrier_wait(&all_listen);
}

static void *serve(void *port)
{
	core_serve((int)(intptr_t)port);
	return NULL;
}

/* The n-th of those that the process may use. */
static cpu_set_t processor(int n)
{
	cpu_set_t all, one;
	int cpu = 0;

	sched_getaffinity(0, sizeof(all), &all);
	n %= CPU_COUNT(&all);
	while (!CPU_ISSET(cpu, &all) || n--)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return one;
}

static void begin(int n, int port)
{
	cpu_set_t where = processor(n);
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(where), &where);
	if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)port))
		fail("thread", errno);
}

/* Bound without listening: it keeps the port, and gets no connection. */
static int keep_a_port(struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	*address = loopback();
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)address, length) ||
	    getsockname(fd, (struct sockaddr *)address, &length))
		fail("port", errno);
	return fd;
}

int cores_main(int argc, char **argv)
{
	int i, count = argc > 1 ? atoi(argv[1]) : 1;
	struct sockaddr_in address;
	int fd = keep_a_port(&address);

	pthread_barrier_init(&all_listen, NULL, (unsigned)count + 1);
	for (i = 0; i < count; i++)
		begin(i, ntohs(address.sin_port));
	core_listens();
	announce(fd);
	pthread_exit(NULL);
}
