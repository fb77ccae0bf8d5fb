/* SPDX-License-Identifier: MIT */
/* A name is connected to whose addresses come one family after the other,
   while memory runs out, or a system call fails: at each place, once or from
   then on. The Deferred fires, nothing is lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/endpoint/connect.h"
#include "../../reactor/name/resolver.h"
#include "../support/memory.h"
#include "../support/name_server.h"
#include "../support/reactor.h"
#include "../support/system.h"
#include "../support/unhandled.h"

enum { LATE_TURNS = 5, MOST_TURNS = 500 };

static struct name_server server;
static struct recorder_factory clients;
static char endpoint[64];
static size_t connected;

static void begin(void)
{
	name_server_open(&server);
	fcntl(server.udp, F_SETFL, O_NONBLOCK);
	recorder_factory_init(&clients, NULL, NULL);
	/* Nobody listens there over UDP and TCP but the server itself. */
	snprintf(endpoint, sizeof(endpoint), "tcp:name.example:%u",
		 evert_address_port(&server.address));
}

static void finish(void)
{
	name_server_close(&server);
}

TestSuite(sweep_late_addresses, .init = begin, .fini = finish);

/* ---- A server that answers IPv4 first ---- */

static struct {
	uint8_t bytes[512];
	size_t length;
	struct evert_address from;
} late;

static void answer(uint8_t *query, size_t length,
		   const struct evert_address *to, const uint8_t *data,
		   uint8_t size)
{
	const uint8_t record[] = { 0xc0, 12, 0, size == 4 ? 1 : 28, 0, 1,
				   0,	 0,  0, 60, 0, size };

	query[2] = 0x81;
	query[3] = 0x80;
	query[7] = 1; /* one answer */
	memcpy(query + length, record, sizeof(record));
	memcpy(query + length + sizeof(record), data, size);
	sendto(server.udp, query, length + sizeof(record) + size, 0,
	       &to->as.any, to->length);
}

/* 127.0.0.9, where nobody listens. */
static void serve(void)
{
	static const uint8_t ip4[] = { 127, 0, 0, 9 };
	struct evert_address from = { .length = sizeof(from.as) };
	uint8_t bytes[512];
	ssize_t got;

	while ((got = recvfrom(server.udp, bytes, 400, 0, &from.as.any,
			       &from.length)) > 16) {
		if (bytes[got - 3] == 1) {
			answer(bytes, (size_t)got, &from, ip4, sizeof(ip4));
			continue;
		}
		memcpy(late.bytes, bytes, (size_t)got);
		late.length = (size_t)got;
		late.from = from;
	}
}

/* 127.0.0.1, mapped: where the server listens. */
static void serve_late(void)
{
	static const uint8_t ip6[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };

	if (late.length)
		answer(late.bytes, late.length, &late.from, ip6, sizeof(ip6));
	late.length = 0;
}

/* ---- The program ---- */

static struct evert_result take(struct evert_result *in, void *arg)
{
	(void)arg;
	connected += !evert_result_is_failure(in);
	return evert_result_none();
}

static void connect_to_name(struct evert_reactor *reactor)
{
	struct evert_deferred *deferred =
		evert_connect(reactor, endpoint, &clients.base);
	size_t turns;

	for (turns = 0; deferred && turns < MOST_TURNS &&
			!evert_deferred_has_fired(deferred);
	     turns++) {
		serve();
		if (turns > LATE_TURNS)
			serve_late();
		if (evert_reactor_turn(reactor, 1) < 0)
			break;
	}
	evert_deferred_add_both(deferred, take, NULL);
	evert_deferred_cancel(deferred);
	evert_deferred_release(deferred);
}

static void scenario(struct test_system *system)
{
	const struct evert_reactor_options options = {
		.system = &system->base,
	};
	const struct evert_resolver_options resolver =
		name_server_options(&server);
	struct evert_reactor *reactor = evert_reactor_create(&options);

	late.length = 0;
	recorder_factory_init(&clients, NULL, NULL);
	if (reactor && !evert_reactor_set_resolver(reactor, &resolver))
		connect_to_name(reactor);
	evert_reactor_destroy(reactor);
}

static void prepare(struct test_system *system)
{
	system->virtual_time = true;
}

Test(sweep_late_addresses, without_a_fault_the_late_one_is_connected_to)
{
	static struct test_system system;

	test_system_init(&system);
	prepare(&system);
	scenario(&system);
	cr_assert(eq(sz, connected, 1));
}

Test(sweep_late_addresses, lose_nothing_whichever_allocation_fails)
{
	ignore_unhandled();
	fail_every_allocation_on(prepare, scenario);
}

Test(sweep_late_addresses, survive_every_error_of_a_system_call)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKET, EMFILE },      { CALL_CONNECT, ENETUNREACH },
		{ CALL_CONNECT, EINTR },      { CALL_GETSOCKOPT, ENOBUFS },
		{ CALL_SENDMMSG, ENOBUFS },   { CALL_SENDMMSG, EPERM },
		{ CALL_RECVMMSG, EINTR },     { CALL_RECVMMSG, ENOMEM },
		{ CALL_GETSOCKNAME, ENOBUFS }, { CALL_EPOLL_CTL, ENOSPC },
		{ .error = 0 },
	};

	ignore_unhandled();
	fail_every_fault(faults, prepare, scenario);
}
