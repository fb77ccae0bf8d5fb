/* SPDX-License-Identifier: MIT */
/* Names are looked up while memory runs out, or a system call fails: at each
   place, once or from then on. Every Deferred fires, nothing is lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/name/resolve.h"
#include "../../reactor/name/resolver.h"
#include "../support/memory.h"
#include "../support/name_server.h"
#include "../support/system.h"
#include "../support/unhandled.h"

static struct name_server server;

static void begin(void)
{
	name_server_open(&server);
	fcntl(server.udp, F_SETFL, O_NONBLOCK);
	fcntl(server.tcp, F_SETFL, O_NONBLOCK);
}

static void finish(void)
{
	name_server_close(&server);
}

TestSuite(sweep_names, .init = begin, .fini = finish);

/* ---- A server that answers everything, truncated over UDP ---- */

static void answer(uint8_t *bytes, bool truncated)
{
	bytes[2] = truncated ? 0x82 : 0x80;
	bytes[3] = truncated ? 0x80 : 0x83;
}

static void serve_udp(void)
{
	struct evert_address from = { .length = sizeof(from.as) };
	uint8_t bytes[512];
	ssize_t got;

	while ((got = recvfrom(server.udp, bytes, sizeof(bytes), 0,
			       &from.as.any, &from.length)) > 0) {
		answer(bytes, true);
		sendto(server.udp, bytes, (size_t)got, 0, &from.as.any,
		       from.length);
	}
}

static void serve_tcp(void)
{
	uint8_t bytes[512];
	ssize_t got, at, length;
	int fd = accept4(server.tcp, NULL, NULL, SOCK_NONBLOCK);

	if (fd >= 0 && server.stream >= 0)
		close(server.stream);
	if (fd >= 0)
		server.stream = fd;
	if (server.stream < 0)
		return;
	got = recv(server.stream, bytes, sizeof(bytes), 0);
	for (at = 0; got - at >= 14; at += length) {
		length = 2 + (bytes[at] << 8 | bytes[at + 1]);
		answer(bytes + at + 2, false);
		send(server.stream, bytes + at, (size_t)length, MSG_NOSIGNAL);
	}
}

/* ---- The program ---- */

static bool have_fired(struct evert_deferred **deferreds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (deferreds[i] && !evert_deferred_has_fired(deferreds[i]))
			return false;
	return true;
}

static size_t names_told_of; /* that there is no such name */

static struct evert_result drop(struct evert_result *in, void *arg)
{
	(void)arg;
	names_told_of += evert_result_failed_with(in, EVERT_NO_NAME);
	return evert_result_none();
}

static void look_up(struct evert_reactor *reactor)
{
	struct evert_deferred *deferreds[] = {
		evert_resolve(reactor, "a.example", EVERT_DNS_MX),
		evert_resolve(reactor, "a.example", EVERT_DNS_TXT),
		evert_resolve(reactor, "localhost", EVERT_DNS_A),
		evert_resolve_host(reactor, "127.0.0.1"),
	};
	size_t i, turns, count = sizeof(deferreds) / sizeof(*deferreds);

	for (turns = 0; turns < 3000 && !have_fired(deferreds, count);
	     turns++) {
		serve_udp();
		serve_tcp();
		if (evert_reactor_turn(reactor, 1) < 0)
			break;
	}
	for (i = 0; i < count; i++) {
		evert_deferred_add_both(deferreds[i], drop, NULL);
		evert_deferred_cancel(deferreds[i]);
		evert_deferred_release(deferreds[i]);
	}
}

static void scenario(struct test_system *system)
{
	const struct evert_reactor_options options = {
		.system = &system->base,
	};
	const struct evert_resolver_options resolver =
		name_server_options(&server);
	struct evert_reactor *reactor = evert_reactor_create(&options);

	if (reactor && !evert_reactor_set_resolver(reactor, &resolver))
		look_up(reactor);
	evert_reactor_destroy(reactor);
	if (server.stream >= 0)
		close(server.stream);
	server.stream = -1;
}

static void prepare(struct test_system *system)
{
	system->virtual_time = true;
}

Test(sweep_names, without_a_fault_the_answer_comes_over_TCP)
{
	static struct test_system system;

	test_system_init(&system);
	prepare(&system);
	scenario(&system);
	cr_assert(eq(sz, names_told_of, 2));
	cr_assert(eq(sz, system.plans[CALL_SENDMMSG].calls, 1));
	cr_assert(eq(sz, system.plans[CALL_SEND].calls, 1));
}

Test(sweep_names, loses_nothing_whichever_allocation_fails)
{
	ignore_unhandled();
	fail_every_allocation_on(prepare, scenario);
}

Test(sweep_names, survives_every_error_of_sending_and_receiving)
{
	static const struct test_fault faults[] = {
		{ CALL_SENDMMSG, ENETUNREACH }, { CALL_SENDMMSG, ENOSYS },
		{ CALL_SENDMMSG, ENOBUFS }, { CALL_RECVMMSG, ECONNREFUSED },
		{ CALL_RECVMMSG, ENOSYS }, { CALL_READ, ECONNRESET },
		{ CALL_SEND, EPIPE },
		{ .error = 0 },
	};

	ignore_unhandled();
	fail_every_fault(faults, prepare, scenario);
}

Test(sweep_names, survives_every_error_of_opening_sockets)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKET, EMFILE }, { CALL_CONNECT, ENETUNREACH },
		{ CALL_GETSOCKOPT, ENOBUFS }, { CALL_SETSOCKOPT, ENOBUFS },
		{ .error = 0 },
	};

	ignore_unhandled();
	fail_every_fault(faults, prepare, scenario);
}
