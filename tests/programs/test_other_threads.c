/* SPDX-License-Identifier: MIT */
/* What is the reactor's thread's alone stops the program elsewhere, and says
   what it was. */
#include <pthread.h>
#include <signal.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../evert.h"
#include "../support/death.h"

TestSuite(other_threads);

static struct evert_reactor *reactor;
static struct evert_factory factory;
static struct evert_datagram_factory datagrams;
static struct evert_datagram_protocol datagram;
static struct evert_address address;

static void take(struct evert_watcher *watcher, unsigned what, void *arg)
{
	(void)watcher;
	(void)what;
	(void)arg;
}

static const void *given; /* so that a result is used */

#define CALL(name, ...)                      \
	static void call_##name(void)        \
	{                                    \
		given = name(__VA_ARGS__);   \
	}
#define DO(name, ...)                        \
	static void call_##name(void)        \
	{                                    \
		name(__VA_ARGS__);           \
	}

CALL(evert_listen, reactor, "tcp::0", &factory)
CALL(evert_listen_seqpacket, reactor, "unix-seqpacket:@x", &datagrams)
CALL(evert_listen_datagram, reactor, "udp::0", &datagram)
CALL(evert_connect, reactor, "tcp:127.0.0.1:9", &factory)
CALL(evert_connect_datagram, reactor, "udp:127.0.0.1:9", &datagram)
CALL(evert_resolve, reactor, "a.example", EVERT_DNS_A)
CALL(evert_resolve_host, reactor, "a.example")
CALL(evert_datagram_open, reactor, &address, NULL, NULL, &datagram)
CALL(evert_datagram_adopt, reactor, 0, &datagram)
CALL(evert_port_adopt, reactor, 0, &factory)
CALL(evert_connection_adopt, reactor, 0, &factory)
CALL(evert_pipe_open, reactor, 0, 1, &factory)
CALL(evert_fifo_open, reactor, "/no/such/fifo", EVERT_FIFO_READ, &factory)
CALL(evert_serial_open, reactor, "/no/such/line", &factory, NULL)
CALL(evert_pty_open, reactor, &factory, NULL)
CALL(evert_stdio_open, reactor, &factory)
CALL(evert_thread_pool_create, reactor, NULL)
CALL(evert_worker_pool_create, reactor, NULL)
CALL(evert_watcher_create, reactor, 0, EVERT_READ, take, NULL)
DO(evert_reactor_stop, reactor)
DO(evert_reactor_forget_names, reactor)
DO(evert_reactor_set_resolver, reactor, NULL)
DO(evert_reactor_set_spin, reactor, 0)
DO(evert_reactor_set_busy_poll, reactor, NULL)
DO(evert_reactor_dump, reactor, stderr)

struct call {
	const char *name;
	void (*call)(void);
};

#define NAMED(name) { #name, call_##name }

static const struct call calls[] = {
	NAMED(evert_listen),
	NAMED(evert_listen_seqpacket),
	NAMED(evert_listen_datagram),
	NAMED(evert_connect),
	NAMED(evert_connect_datagram),
	NAMED(evert_resolve),
	NAMED(evert_resolve_host),
	NAMED(evert_datagram_open),
	NAMED(evert_datagram_adopt),
	NAMED(evert_port_adopt),
	NAMED(evert_connection_adopt),
	NAMED(evert_pipe_open),
	NAMED(evert_fifo_open),
	NAMED(evert_serial_open),
	NAMED(evert_pty_open),
	NAMED(evert_stdio_open),
	NAMED(evert_thread_pool_create),
	NAMED(evert_worker_pool_create),
	NAMED(evert_watcher_create),
	NAMED(evert_reactor_stop),
	NAMED(evert_reactor_forget_names),
	NAMED(evert_reactor_set_resolver),
	NAMED(evert_reactor_set_spin),
	NAMED(evert_reactor_set_busy_poll),
	NAMED(evert_reactor_dump),
};

static void *call(void *call)
{
	((const struct call *)call)->call();
	return NULL;
}

static void call_elsewhere(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, call, arg);
	pthread_join(thread, NULL);
}

/* Some may be called by anybody while it does not run. */
static void call_while_it_runs(void *arg)
{
	reactor = evert_reactor_create(NULL);
	evert_reactor_call_later(reactor, 0, call_elsewhere, arg);
	evert_reactor_run(reactor);
}

Test(other_threads, may_not_do_what_is_the_reactor_s_thread_s)
{
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		snprintf(text, sizeof(text), "%s was called from a thread that "
			 "is not the reactor's", calls[i].name);
		dies(call_while_it_runs, (void *)&calls[i], SIGABRT, text);
	}
}
