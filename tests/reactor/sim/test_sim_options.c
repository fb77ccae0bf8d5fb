/* SPDX-License-Identifier: MIT */
/* What getsockopt and setsockopt do to the sockets of a simulated host. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

static struct evert_sim *sim;
static struct evert_system *kernel;
static const struct evert_system_ops *ops;

static const struct evert_sim_network network = {
	.receive_buffer = 4000,
	.send_buffer = 3000,
};

static void set_up(void)
{
	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	kernel = evert_sim_system(evert_sim_add_host(sim, "host", "10.0.0.1"));
	ops = kernel->ops;
}

static void tear_down(void)
{
	evert_sim_destroy(sim);
}

TestSuite(sim_options, .init = set_up, .fini = tear_down);

static int get(int fd, int level, int option)
{
	int number = -1000;
	socklen_t length = sizeof(number);
	int error =
		ops->getsockopt(kernel, fd, level, option, &number, &length);

	return error ? error : number;
}

static int set(int fd, int level, int option, int number)
{
	return ops->setsockopt(kernel, fd, level, option, &number,
			       sizeof(number));
}

/* What is there at first, what setting it to 1000 or 1 says, and what is there
   then. */
static const struct expected {
	int domain, type, level, option;
	int first, to, said, then;
} expected[] = {
#define TCP AF_INET, SOCK_STREAM
#define UDP AF_INET6, SOCK_DGRAM
#define UNIX AF_UNIX, SOCK_SEQPACKET
#define S SOL_SOCKET
	{TCP, S, SO_ERROR, 0, 1, -ENOPROTOOPT, 0},
	{TCP, S, SO_TYPE, SOCK_STREAM, 1, -ENOPROTOOPT, SOCK_STREAM},
	{TCP, S, SO_DOMAIN, AF_INET, 1, -ENOPROTOOPT, AF_INET},
	{TCP, S, SO_PROTOCOL, IPPROTO_TCP, 1, -ENOPROTOOPT, IPPROTO_TCP},
	{TCP, S, SO_ACCEPTCONN, 0, 1, -ENOPROTOOPT, 0},
	{TCP, S, SO_SNDBUF, 3000, 1000, 0, 1000},
	{TCP, S, SO_RCVBUF, 4000, 1000, 0, 1000},
	{TCP, S, SO_KEEPALIVE, 0, 1, 0, 1},
	{TCP, S, SO_REUSEADDR, 0, 1, 0, 1},
	{TCP, S, SO_KEEPALIVE, 0, 3, 0, 1},
	{TCP, IPPROTO_TCP, TCP_KEEPIDLE, 7200, 0, -EINVAL, 7200},
	{TCP, IPPROTO_TCP, TCP_KEEPIDLE, 7200, 32768, -EINVAL, 7200},
	{TCP, IPPROTO_TCP, TCP_KEEPIDLE, 7200, 32767, 0, 32767},
	{TCP, IPPROTO_TCP, TCP_KEEPINTVL, 75, 0, -EINVAL, 75},
	{TCP, IPPROTO_TCP, TCP_KEEPINTVL, 75, 32768, -EINVAL, 75},
	{TCP, IPPROTO_TCP, TCP_KEEPINTVL, 75, 1, 0, 1},
	{TCP, IPPROTO_TCP, TCP_KEEPCNT, 9, 0, -EINVAL, 9},
	{TCP, IPPROTO_TCP, TCP_KEEPCNT, 9, 128, -EINVAL, 9},
	{TCP, IPPROTO_TCP, TCP_KEEPCNT, 9, 127, 0, 127},
	{TCP, IPPROTO_IPV6, IPV6_V6ONLY, -EOPNOTSUPP, 1, -ENOPROTOOPT,
	 -EOPNOTSUPP},
	{TCP, S, SO_PRIORITY, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT},
	{TCP, IPPROTO_TCP, TCP_NODELAY, 0, 1, 0, 1},
	{TCP, IPPROTO_TCP, TCP_CORK, -ENOPROTOOPT, 1, -ENOPROTOOPT,
	 -ENOPROTOOPT},
	{UDP, S, SO_ERROR, 0, 1, -ENOPROTOOPT, 0},
	{UDP, S, SO_TYPE, SOCK_DGRAM, 1, -ENOPROTOOPT, SOCK_DGRAM},
	{UDP, S, SO_DOMAIN, AF_INET6, 1, -ENOPROTOOPT, AF_INET6},
	{UDP, S, SO_PROTOCOL, IPPROTO_UDP, 1, -ENOPROTOOPT, IPPROTO_UDP},
	{UDP, S, SO_ACCEPTCONN, 0, 1, -ENOPROTOOPT, 0},
	{UDP, S, SO_SNDBUF, 3000, 1000, 0, 1000},
	{UDP, S, SO_RCVBUF, 4000, 1000, 0, 1000},
	{UDP, S, SO_REUSEADDR, 0, 1, 0, 1},
	{UDP, S, SO_REUSEPORT, 0, 1, 0, 1},
	{UDP, S, SO_BROADCAST, 0, 7, 0, 1},
	{UDP, S, SO_KEEPALIVE, 0, 1, 0, 1},
	{UDP, S, SO_PRIORITY, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT},
	{UDP, IPPROTO_IPV6, IPV6_V6ONLY, 0, 1, 0, 1},
	{UDP, IPPROTO_IPV6, IPV6_V6ONLY, 0, 0, -EOPNOTSUPP, 0},
	{UDP, IPPROTO_IPV6, IPV6_RECVERR, -ENOPROTOOPT, 1, -ENOPROTOOPT,
	 -ENOPROTOOPT},
	{UDP, IPPROTO_IP, IP_RECVERR, -ENOPROTOOPT, 1, -ENOPROTOOPT,
	 -ENOPROTOOPT},
	{UDP, IPPROTO_IP, IP_TOS, -ENOPROTOOPT, 1, 0, -ENOPROTOOPT},
	{UDP, IPPROTO_TCP, 1, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT},
	{UNIX, S, SO_ERROR, 0, 1, -ENOPROTOOPT, 0},
	{UNIX, S, SO_TYPE, SOCK_SEQPACKET, 1, -ENOPROTOOPT, SOCK_SEQPACKET},
	{UNIX, S, SO_DOMAIN, AF_UNIX, 1, -ENOPROTOOPT, AF_UNIX},
	{UNIX, S, SO_PROTOCOL, 0, 1, -ENOPROTOOPT, 0},
	{UNIX, S, SO_ACCEPTCONN, 0, 1, -ENOPROTOOPT, 0},
	{UNIX, S, SO_SNDBUF, 3000, 1000, 0, 1000},
	{UNIX, S, SO_RCVBUF, 4000, 1000, 0, 1000},
	{UNIX, S, SO_REUSEADDR, 0, 1, 0, 1},
	{UNIX, S, SO_KEEPALIVE, 0, 1, 0, 1},
	{UNIX, S, SO_TIMESTAMP, 0, 1, 0, 1},
	{UNIX, S, SO_TIMESTAMP, 0, 0, 0, 0},
	{UNIX, S, SO_PRIORITY, -ENOPROTOOPT, 1, -ENOPROTOOPT, -ENOPROTOOPT},
	{UNIX, IPPROTO_TCP, TCP_NODELAY, -EOPNOTSUPP, 1, -EOPNOTSUPP,
	 -EOPNOTSUPP},
};

Test(sim_options, each_is_known_or_not_and_kept_or_not)
{
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct expected *e = &expected[i];
		int fd = ops->socket(kernel, e->domain, e->type, 0);

		cr_expect(eq(int, get(fd, e->level, e->option), e->first),
			  "line %zu of the table, at first", i);
		cr_expect(eq(int, set(fd, e->level, e->option, e->to), e->said),
			  "line %zu of the table, set", i);
		cr_expect(eq(int, get(fd, e->level, e->option), e->then),
			  "line %zu of the table, then", i);
		ops->close(kernel, fd);
	}
}

static const int kinds[][2] = {{TCP}, {UDP}, {UNIX}};

Test(sim_options, one_that_is_cut_short_is_refused)
{
	size_t i;
	char byte = 1;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = ops->socket(kernel, kinds[i][0], kinds[i][1], 0);

		cr_expect(eq(int,
			     ops->setsockopt(kernel, fd, SOL_SOCKET,
					     SO_KEEPALIVE, &byte, 1),
			     -EINVAL));
		cr_expect(eq(int,
			     ops->setsockopt(kernel, fd, SOL_SOCKET, SO_LINGER,
					     &byte, 1),
			     -EINVAL));
		ops->close(kernel, fd);
	}
}

static void check_linger(int domain, int type)
{
	struct linger linger = {9, 7}, got[2] = {{0, 0}, {0, 0}};
	socklen_t length = sizeof(got);
	int fd = ops->socket(kernel, domain, type, 0);

	cr_assert(zero(int, ops->setsockopt(kernel, fd, SOL_SOCKET, SO_LINGER,
					    &linger, sizeof(linger))));
	cr_assert(zero(int, ops->getsockopt(kernel, fd, SOL_SOCKET, SO_LINGER,
					    got, &length)));
	cr_assert(eq(sz, length, sizeof(linger)));
	cr_assert(eq(int, got[0].l_onoff, 1));
	cr_assert(eq(int, got[0].l_linger, 7));
	ops->close(kernel, fd);
}

Test(sim_options, how_long_it_lingers_is_kept)
{
	check_linger(TCP);
	check_linger(UDP);
	check_linger(UNIX);
}

/* ---- Buffers, while something goes through ---- */

static size_t fill(int fd)
{
	static const char bytes[1000];
	size_t sent = 0;
	ssize_t size;

	while ((size = ops->send(fd, bytes, sizeof(bytes), kernel)) > 0)
		sent += (size_t)size;
	cr_assert(eq(int, (int)size, -EAGAIN));
	return sent;
}

Test(sim_options, a_larger_buffer_takes_more_on_a_connection_that_is_open)
{
	struct evert_address address;
	int listener = ops->socket(kernel, TCP, 0);
	int fd = ops->socket(kernel, TCP, 0), far;
	size_t before;

	evert_address_parse(&address, "10.0.0.1", 80);
	ops->bind(kernel, listener, &address.as.any, address.length);
	ops->listen(kernel, listener, 1);
	ops->connect(kernel, fd, &address.as.any, address.length);
	evert_sim_run(sim, 1);
	far = ops->accept(kernel, listener, NULL, NULL);
	cr_assert(far >= 0);
	cr_assert(eq(int, get(listener, SOL_SOCKET, SO_ACCEPTCONN), 1));
	before = fill(fd);
	cr_assert(eq(int, ops->unacknowledged(kernel, fd), (int)before));
	cr_assert(zero(int, set(fd, SOL_SOCKET, SO_SNDBUF, 50000)));
	cr_assert(fill(fd) > before);
	ops->close(kernel, fd);
	ops->close(kernel, far);
	ops->close(kernel, listener);
}

Test(sim_options, a_larger_buffer_takes_more_in_a_pair)
{
	int fds[2];

	cr_assert(zero(int, ops->socketpair(kernel, fds)));
	cr_assert(zero(int, set(fds[0], SOL_SOCKET, SO_SNDBUF, 1000)));
	cr_assert(eq(sz, fill(fds[0]), 1000));
	cr_assert(eq(int, ops->unacknowledged(kernel, fds[0]), 1000));
	cr_assert(zero(int, set(fds[0], SOL_SOCKET, SO_SNDBUF, 5000)));
	cr_assert(eq(sz, fill(fds[0]), 4000));
	ops->close(kernel, fds[0]);
	ops->close(kernel, fds[1]);
}
