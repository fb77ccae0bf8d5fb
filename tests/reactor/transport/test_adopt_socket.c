/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/endpoint.h"
#include "../../../reactor/reactor_internal.h"
#include "../../../reactor/transport/adopt.h"
#include "../../../reactor/transport/datagram_open.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static size_t descriptors;

static void begin(void)
{
	descriptors = count_descriptors();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(adopt_socket, .init = begin, .fini = finish);
TestSuite(adopt_sockets);

/* As others make it: it blocks, and is not closed on exec. */
static int plain_socket(int type, bool listens)
{
	struct sockaddr_in here = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type, 0);

	cr_assert(fd >= 0);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert(bind(fd, (void *)&here, sizeof(here)) == 0);
	if (listens)
		cr_assert(listen(fd, 5) == 0);
	return fd;
}

static void plain_pair(int fds[2])
{
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
}

static const char *text(const char *form, int fd)
{
	static char rooms[2][128]; /* in turn */
	static size_t turns;
	char *room = rooms[turns++ % 2];

	snprintf(room, sizeof(rooms[0]), form, fd);
	return room;
}

static struct evert_deferred *listen_on(int fd)
{
	return evert_listen(reactor, text("fd:%d", fd), &servers.base);
}

static struct evert_deferred *connect_on(int fd)
{
	return evert_connect(reactor, text("fd:%d", fd), &clients.base);
}

static void expect_failure(struct evert_deferred *deferred,
			   const struct evert_error *kind, int error,
			   const char *message)
{
	struct evert_result result = turn_until_fired(reactor, deferred);

	cr_assert(evert_result_failed_with(&result, kind));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, error));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     (char *)message));
	evert_result_release(result);
}

static struct evert_result ignore(struct evert_result *in, void *arg)
{
	(void)arg;
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

static bool has_flag(int fd, int command, int flag)
{
	return fcntl(fd, command) & flag;
}

/* ---- Ports ---- */

Test(adopt_socket, a_listening_socket_is_a_port)
{
	int fd = plain_socket(SOCK_STREAM, true);
	struct evert_port *port =
		evert_port_adopt(reactor, fd, &servers.base);

	cr_assert(port != NULL);
	cr_assert(has_flag(fd, F_GETFL, O_NONBLOCK));
	cr_assert(has_flag(fd, F_GETFD, FD_CLOEXEC));
	evert_result_release(turn_until_fired(
		reactor, evert_connect(reactor, endpoint_of(port),
				       &clients.base)));
	turn_until_count(reactor, &servers.built, 1);
	evert_result_release(turn_until_fired(
		reactor, evert_port_stop_listening(port)));
	cr_assert(eq(int, fcntl(fd, F_GETFD), -1));
}

Test(adopt_socket, a_port_by_its_endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, listen_on(plain_socket(SOCK_STREAM, true)));
	struct evert_port *port = evert_port_take(&result);

	evert_result_release(turn_until_fired(
		reactor, evert_connect(reactor, endpoint_of(port),
				       &clients.base)));
	turn_until_count(reactor, &servers.built, 1);
}

Test(adopt_socket, tells_what_is_no_listening_socket)
{
	int fd = plain_socket(SOCK_STREAM, false);

	errno = 0;
	cr_assert(evert_port_adopt(reactor, fd, &servers.base) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	expect_failure(listen_on(fd), EVERT_LISTEN_FAILED, EINVAL,
		       text("cannot listen on fd:%d: it does not listen", fd));
	/* It is as it was. */
	cr_assert(not(has_flag(fd, F_GETFL, O_NONBLOCK)));
	close(fd);
}

Test(adopt_socket, tells_what_is_no_stream_socket)
{
	int fd = plain_socket(SOCK_DGRAM, false);

	cr_assert(evert_port_adopt(reactor, fd, &servers.base) == NULL);
	cr_assert(eq(int, errno, EPROTOTYPE));
	expect_failure(listen_on(fd), EVERT_LISTEN_FAILED, EPROTOTYPE,
		       text("cannot listen on fd:%d: it is no stream socket",
			    fd));
	close(fd);
}

Test(adopt_socket, tells_what_is_no_socket_or_not_open)
{
	int fd = open("/dev/null", O_RDONLY);

	cr_assert(evert_port_adopt(reactor, fd, &servers.base) == NULL);
	cr_assert(eq(int, errno, ENOTSOCK));
	expect_failure(listen_on(fd), EVERT_LISTEN_FAILED, ENOTSOCK,
		       text("cannot listen on fd:%d: it is no socket", fd));
	close(fd);
	expect_failure(listen_on(fd), EVERT_LISTEN_FAILED, EBADF,
		       text("cannot listen on fd:%d: it is not open", fd));
	cr_assert(evert_connection_adopt(reactor, fd, &clients.base) == NULL);
	cr_assert(eq(int, errno, EBADF));
}

Test(adopt_socket, refuses_what_the_reactor_has_already)
{
	int fd = plain_socket(SOCK_STREAM, true);

	cr_assert(evert_port_adopt(reactor, fd, &servers.base) != NULL);
	cr_assert(evert_port_adopt(reactor, fd, &servers.base) == NULL);
	cr_assert(eq(int, errno, EEXIST));
	expect_failure(listen_on(fd), EVERT_LISTEN_FAILED, EEXIST,
		       text("cannot listen on fd:%d: the reactor has it "
			    "already", fd));
}

Test(adopt_socket, takes_no_options)
{
	static const struct evert_socket_options options = {
		.keep_alive = true,
	};
	int fd = plain_socket(SOCK_STREAM, true);

	expect_failure(evert_listen_with(reactor, text("fd:%d", fd),
					 &servers.base, &options),
		       EVERT_BAD_OPTION, 0,
		       text("bad socket option: a socket that is there already "
			    "(fd:%d) takes none", fd));
	expect_failure(evert_listen(reactor, "fd:3:backlog=5", &servers.base),
		       EVERT_BAD_ENDPOINT, 0,
		       "bad endpoint \"fd:3:backlog=5\" at character 6: there "
		       "is no option \"backlog\", nor any other");
	expect_failure(evert_listen(reactor, "fd:-1", &servers.base),
		       EVERT_BAD_ENDPOINT, 0,
		       "bad endpoint \"fd:-1\" at character 4: \"number\" is a "
		       "number from 0 to 2147483647");
	close(fd);
}

/* ---- Connections ---- */

Test(adopt_socket, a_connected_socket_is_a_connection)
{
	struct evert_protocol *protocol;
	char data[8] = "";
	int fds[2];

	plain_pair(fds);
	protocol = evert_connection_adopt(reactor, fds[0], &clients.base);
	cr_assert(protocol != NULL);
	cr_assert(eq(str, clients.recorders[0].events, "M"));
	recorder_write(recorder_from(protocol), "hello");
	turn_until_idle(reactor);
	cr_assert(eq(int, (int)read(fds[1], data, sizeof(data)), 5));
	cr_assert(eq(str, data, "hello"));
	close(fds[1]);
	turn_until_count(reactor, &clients.recorders[0].lost, 1);
}

/* Who made it has it open as well: it would be ready for ever. */
Test(adopt_socket, p47_a_connection_that_has_closed_tells_nothing_any_more)
{
	struct evert_protocol *protocol;
	int fds[2], kept;

	plain_pair(fds);
	kept = dup(fds[0]);
	protocol = evert_connection_adopt(reactor, fds[0], &clients.base);
	turn_until_idle(reactor);
	evert_transport_lose_connection(protocol->transport);
	turn_until_count(reactor, &clients.recorders[0].lost, 1);
	cr_assert(eq(int, (int)write(fds[1], "x", 1), 1));
	cr_assert(zero(int, evert_reactor_turn(reactor, 0)));
	cr_assert(zero(u32, reactor->stray_turns));
	close(kept);
	close(fds[1]);
}

Test(adopt_socket, a_connection_by_its_endpoint_from_the_loop)
{
	struct evert_deferred *deferred;
	struct evert_result result;
	int fds[2];

	plain_pair(fds);
	deferred = connect_on(fds[0]);
	cr_assert(eq(sz, clients.built, 0));
	result = turn_until_fired(reactor, deferred);
	recorder_of(&result);
	evert_result_release(result);
	cr_assert(write(fds[1], "hi", 2) == 2);
	turn_until_count(reactor, &clients.recorders[0].received, 2);
	close(fds[1]);
}

/* Its buffers are full: it never becomes writable. */
Test(adopt_socket, a_connection_whose_peer_does_not_read)
{
	struct evert_result result;
	int fds[2];

	plain_pair(fds);
	while (send(fds[0], "0123456789", 10, MSG_DONTWAIT) > 0) {
	}
	result = turn_until_fired(reactor, connect_on(fds[0]));
	recorder_of(&result);
	evert_result_release(result);
	close(fds[1]);
}

Test(adopt_socket, p61_a_connection_that_is_cancelled_is_closed)
{
	struct evert_deferred *deferred;
	char byte;
	int fds[2];

	plain_pair(fds);
	deferred = connect_on(fds[0]);
	evert_deferred_cancel(deferred);
	cr_assert(evert_deferred_has_fired(deferred));
	evert_deferred_add_both(deferred, ignore, NULL);
	evert_deferred_release(deferred);
	cr_assert(eq(int, (int)read(fds[1], &byte, 1), 0));
	close(fds[1]);
}

Test(adopt_socket, p58_a_connection_that_the_factory_refuses_is_closed)
{
	char byte;
	int fds[2];

	plain_pair(fds);
	clients.refuses = true;
	cr_assert(evert_connection_adopt(reactor, fds[0], &clients.base) ==
		  NULL);
	cr_assert(eq(int, errno, ECONNABORTED));
	cr_assert(eq(int, (int)read(fds[1], &byte, 1), 0));
	close(fds[1]);
}

Test(adopt_socket, tells_what_is_not_connected_or_listens)
{
	int fd = plain_socket(SOCK_STREAM, false);

	cr_assert(evert_connection_adopt(reactor, fd, &clients.base) == NULL);
	cr_assert(eq(int, errno, ENOTCONN));
	expect_failure(connect_on(fd), EVERT_CONNECT_FAILED, ENOTCONN,
		       text("cannot connect to fd:%d: it is not connected",
			    fd));
	cr_assert(listen(fd, 5) == 0);
	expect_failure(connect_on(fd), EVERT_CONNECT_FAILED, EINVAL,
		       text("cannot connect to fd:%d: it listens", fd));
	close(fd);
}

/* ---- Everything may fail ---- */

/* What is taken over is closed, what is not is as it was. */
static void adopt_both(struct test_system *system)
{
	struct evert_reactor *here = make_reactor(&system->base);
	int fds[2], fd = plain_socket(SOCK_STREAM, true);
	struct recorder_factory factory;
	struct evert_deferred *d;

	plain_pair(fds);
	recorder_factory_init(&factory, NULL, NULL);
	d = evert_listen(here, text("fd:%d", fd), &factory.base);
	evert_deferred_add_both(d, ignore, NULL);
	evert_deferred_release(d);
	d = evert_connect(here, text("fd:%d", fds[0]), &factory.base);
	evert_deferred_add_both(d, ignore, NULL);
	evert_deferred_release(d);
	turn_until_idle(here);
	evert_reactor_destroy(here);
	close(fds[1]);
	/* Whatever was refused. */
	close(fd);
	close(fds[0]);
}

Test(adopt_sockets, leave_nothing_behind_whichever_system_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_GETSOCKOPT, EBADF }, { CALL_FCNTL, EINVAL },
		{ CALL_GETSOCKNAME, ENOBUFS }, { CALL_GETPEERNAME, ENOTCONN },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, adopt_both);
}

static void take_no_datagram(struct evert_datagram_protocol *protocol,
			     const struct evert_datagram *datagram)
{
	(void)protocol, (void)datagram;
}

static int why_no_datagrams(int fd)
{
	static struct evert_datagram_protocol none;
	static const struct evert_datagram_protocol_ops ops = {
		.datagram_received = take_no_datagram,
	};

	none.ops = &ops;
	cr_assert(evert_datagram_adopt(reactor, fd, &none) == NULL);
	return errno;
}

Test(adopt_socket, refuses_datagrams_of_another_family)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM, 0);

	cr_assert(eq(int, why_no_datagrams(fd), EAFNOSUPPORT));
	close(fd);
}

Test(adopt_socket, tells_why_a_datagram_sockets_name_is_not_told)
{
	int fd = plain_socket(SOCK_DGRAM, false);

	test_system_fail(&kernel, CALL_GETSOCKNAME, 1, ENOBUFS, false);
	cr_assert(eq(int, why_no_datagrams(fd), ENOBUFS));
	close(fd);
}

Test(adopt_socket, takes_none_while_the_reactor_shuts_down)
{
	int fds[2];

	plain_pair(fds);
	reactor->shutting_down = true;
	cr_assert(evert_connection_adopt(reactor, fds[0], &clients.base) ==
		  NULL);
	cr_assert(eq(int, errno, ESHUTDOWN));
	reactor->shutting_down = false;
	close(fds[0]);
	close(fds[1]);
}
