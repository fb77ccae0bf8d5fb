/* SPDX-License-Identifier: MIT */
/* Connections over TLS while memory runs out, evert's and OpenSSL's, and system
   calls fail: everything ends, everybody is told, nothing stays. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../support/memory.h"
#include "../../support/tls/certificates.h"
#include "../../support/tls/openssl_memory.h"
#include "../../support/tls/tls_pair.h"

/* ---- A conversation ---- */

static struct evert_tls_context *client_side, *server_side;
static struct recorder_factory clients, servers;
static size_t outcomes; /* of connecting */
static size_t bytes = 70000, most_turns = 3000;
static bool in_threads; /* the handshakes */
static bool succeeded;

static void ask(struct recorder *recorder)
{
	static char much[70000];

	evert_transport_write(recorder->base.transport, much, bytes);
	evert_transport_lose_write(recorder->base.transport);
}

static void answer(struct recorder *recorder, const char *data, size_t length)
{
	evert_transport_write(recorder->base.transport, data, length);
}

static void leave(struct recorder *recorder)
{
	evert_transport_lose_connection(recorder->base.transport);
}

static const struct recorder_hooks asking = { .made = ask, .ended = leave };
static const struct recorder_hooks answering = {
	.received = answer,
	.ended = leave,
};

/* The same where TLS begins in the middle. */
static bool in_the_middle;

static struct evert_result pass_over(struct evert_result *in, void *recorder)
{
	(void)in;
	(void)recorder;
	return evert_result_none();
}

static struct evert_result ask_now(struct evert_result *in, void *recorder)
{
	if (!evert_result_is_failure(in))
		ask(recorder);
	return evert_result_none();
}

static void start(struct recorder *recorder)
{
	bool is_client = recorder->base.factory == &clients.base;
	struct evert_deferred *started = evert_tls_start(
		recorder->base.transport,
		is_client ? client_side : server_side,
		is_client ? "localhost" : NULL);

	if (is_client)
		evert_deferred_add_both(started, ask_now, recorder);
	else
		evert_deferred_add_both(started, pass_over, recorder);
	evert_deferred_release(started);
}

static const struct recorder_hooks starting_to_ask = {
	.made = start,
	.ended = leave,
};
static const struct recorder_hooks starting_to_answer = {
	.made = start,
	.received = answer,
	.ended = leave,
};

static struct evert_result note(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	outcomes++;
	return evert_result_none();
}

static bool all_gone(const struct recorder_factory *factory)
{
	size_t i;

	for (i = 0; i < factory->built; i++)
		if (!factory->recorders[i].destroyed)
			return false;
	return true;
}

static void expect_whole_lives(const struct recorder_factory *factory)
{
	size_t i;

	for (i = 0; i < factory->built; i++) {
		const struct recorder *recorder = &factory->recorders[i];

		cr_assert(eq(sz, recorder->destroyed, 1));
		cr_assert(eq(sz, recorder->made, recorder->lost));
	}
}

static void connect_to(struct evert_reactor *reactor, struct evert_port *port)
{
	struct evert_deferred *connected =
		in_the_middle ?
			evert_connect(reactor, endpoint_of(port),
				      &clients.base) :
			evert_tls_connect(reactor, endpoint_of(port),
					  &clients.base, client_side,
					  "localhost");
	size_t turns = 0;

	evert_deferred_add_both(connected, note, NULL);
	evert_deferred_release(connected);
	while ((!outcomes || !all_gone(&clients) || !all_gone(&servers)) &&
	       turns++ < most_turns)
		evert_reactor_turn(reactor, 1);
	cr_assert(lt(sz, turns, most_turns));
}

static struct evert_result take_port(struct evert_result *in, void *arg)
{
	if (!evert_result_is_failure(in))
		*(struct evert_port **)arg = evert_result_as_port(in);
	outcomes++;
	return evert_result_none();
}

static void run_on(struct evert_reactor *reactor)
{
	struct evert_port *port = NULL;
	struct evert_deferred *listens =
		in_the_middle ?
			evert_listen(reactor, "tcp:127.0.0.1:0",
				     &servers.base) :
			evert_tls_listen(reactor, "tcp:127.0.0.1:0",
					 &servers.base, server_side);

	evert_deferred_add_both(listens, take_port, &port);
	evert_deferred_release(listens);
	cr_assert(eq(sz, outcomes, 1));
	outcomes = 0;
	if (port)
		connect_to(reactor, port);
}

static void converse(struct test_system *system)
{
	struct evert_reactor *reactor;

	outcomes = 0;
	system->virtual_time = !in_threads; /* which take theirs */
	recorder_factory_init(&clients,
			      in_the_middle ? &starting_to_ask : &asking, NULL);
	recorder_factory_init(
		&servers, in_the_middle ? &starting_to_answer : &answering,
		NULL);
	reactor = evert_reactor_create(
		&(struct evert_reactor_options){ .system = &system->base });
	if (!reactor)
		return;
	run_on(reactor);
	evert_reactor_destroy(reactor);
	expect_whole_lives(&clients);
	expect_whole_lives(&servers);
	succeeded = clients.recorders[0].received == bytes &&
		    clients.recorders[0].lost_kind == EVERT_CONNECTION_DONE &&
		    servers.recorders[0].lost_kind == EVERT_CONNECTION_DONE;
}

static void converse_somewhere(void *arg)
{
	static struct test_system system;

	(void)arg;
	test_system_init(&system);
	converse(&system);
}

static bool make(struct evert_tls_context **context, enum evert_tls_side side,
		 const struct evert_tls_options *options)
{
	struct evert_failure *failure =
		evert_tls_context_create(context, side, options);

	evert_failure_release(failure);
	return !failure;
}

static bool make_contexts(void)
{
	struct evert_tls_options client = {
		.handshake_in_threads = in_threads,
		.handshake_seconds = in_threads,
		.trust_file = certificate_path("root.crt"),
		.trust_only = true,
	};
	struct evert_tls_options server = {
		.handshake_in_threads = in_threads,
		.handshake_seconds = in_threads,
		.certificate_file = certificate_path("server.pem"),
	};

	server_side = NULL;
	return make(&client_side, EVERT_TLS_CLIENT, &client) &&
	       make(&server_side, EVERT_TLS_SERVER, &server);
}

static void release_contexts(void)
{
	evert_tls_context_release(client_side);
	evert_tls_context_release(server_side);
	client_side = server_side = NULL;
}

/* All of it. */
static void begin_and_converse(void *arg)
{
	succeeded = false;
	if (make_contexts())
		converse_somewhere(arg);
	release_contexts();
}

/* A first time, for what is made once for all. */
static void begin(void)
{
	cr_assert(eq(int, make_contexts(), true));
	converse_somewhere(NULL);
	cr_assert(eq(int, succeeded, true));
}

TestSuite(tls_conversation, .init = begin, .fini = release_contexts);

Test(tls_conversation_memory, loses_nothing_whichever_allocation_of_ours_fails)
{
	fail_every_allocation(begin_and_converse, NULL);
	cr_expect(eq(int, succeeded, true));
}

Test(tls_conversation_memory, the_same_where_it_begins_in_the_middle)
{
	in_the_middle = true;
	fail_every_allocation(begin_and_converse, NULL);
	cr_expect(eq(int, succeeded, true));
}

Test(tls_conversation_memory, the_same_where_threads_do_the_handshakes,
     .timeout = 120)
{
	in_threads = true;
	fail_every_allocation(begin_and_converse, NULL);
	cr_expect(eq(int, succeeded, true));
}

Test(tls_conversation, loses_nothing_whichever_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_SEND, ECONNRESET },    { CALL_SEND, EPIPE },
		{ CALL_READ, ECONNRESET },    { CALL_READ, ETIMEDOUT },
		{ CALL_SOCKET, EMFILE },      { CALL_ACCEPT, ENFILE },
		{ CALL_CONNECT, ECONNREFUSED }, { CALL_SHUTDOWN, ENOTCONN },
		{ CALL_EPOLL_CTL, ENOMEM },   { CALL_SEND, 0 },
	};

	fail_every_fault(faults, NULL, converse);
}

static void cut_short(struct test_system *system)
{
	system->read_at_most = 1;
	system->send_at_most = 7;
}

Test(tls_conversation, is_the_same_where_everything_comes_in_single_bytes)
{
	static struct test_system system;

	bytes = 5000;
	most_turns = 100000;
	test_system_init(&system);
	cut_short(&system);
	converse(&system);
	cr_expect(eq(int, succeeded, true));
}

/* ---- OpenSSL's memory ---- */

TestSuite(tls_conversation_openssl, .init = begin, .fini = release_contexts,
	  .timeout = 600);

static void run(size_t n, bool forever)
{
	openssl_memory_fail(n, forever);
	converse_somewhere(NULL);
}

static void fail_openssl(bool forever)
{
	size_t n, all, step;

	run(0, false);
	all = openssl_memory_counts().requests;
	step = openssl_memory_step(all);
	for (n = 1; n <= all; n += step)
		run(n, forever);
	run(0, false);
	cr_expect(eq(int, succeeded, true));
}

Test(tls_conversation_openssl, loses_nothing_whichever_of_its_allocations_fails)
{
	fail_openssl(false);
}

Test(tls_conversation_openssl, the_same_where_it_begins_in_the_middle)
{
	in_the_middle = true;
	fail_openssl(false);
}

Test(tls_conversation_openssl, loses_nothing_from_whichever_on_all_of_them_fail)
{
	fail_openssl(true);
}
