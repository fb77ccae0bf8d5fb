/* SPDX-License-Identifier: MIT */
/* What the simulated kernel does as the real one does: each test does the same
   with both, on the loopback interface, and what came of it must agree. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

enum {
	MOST = 100,
};

static struct evert_system *kernel;
static const struct evert_system_ops *ops;

static long came[2][MOST], *next; /* of the real one, and the simulated */

static void say(long number)
{
	*next++ = number;
}

static size_t does_with(struct evert_system *system, void (*it)(void),
			int which)
{
	kernel = system;
	ops = kernel->ops;
	next = came[which];
	it();
	return (size_t)(next - came[which]);
}

static void does_alike(void (*it)(void))
{
	const struct evert_sim_network smooth = {
		.receive_buffer = 200000,
		.send_buffer = 200000,
	};
	struct evert_sim *sim = evert_sim_create(1);
	size_t real, simulated, i;

	evert_sim_set_network(sim, &smooth);
	real = does_with(evert_system_real(), it, 0);
	simulated = does_with(
		evert_sim_system(evert_sim_add_host(sim, "host", "10.0.0.1")),
		it, 1);
	cr_assert(eq(sz, real, simulated));
	for (i = 0; i < real; i++)
		cr_expect(eq(long, came[1][i], came[0][i]),
			  "number %zu of what came of it", i);
	evert_sim_destroy(sim);
}

#define ALIKE(name) \
	static void name(void); \
	Test(sim_alike, name) \
	{ \
		does_alike(name); \
	} \
	static void name(void)

/* ---- What is done ---- */

static int tcp(void)
{
	return ops->socket(kernel, AF_INET, SOCK_STREAM, 0);
}

static int udp(void)
{
	return ops->socket(kernel, AF_INET, SOCK_DGRAM, 0);
}

static void close_it(int fd)
{
	ops->close(kernel, fd);
}

static struct evert_address at(const char *host, uint16_t port)
{
	struct evert_address address;

	evert_address_parse(&address, host, port);
	return address;
}

static int bind_to(int fd, const char *host, uint16_t port)
{
	struct evert_address address = at(host, port);

	return ops->bind(kernel, fd, &address.as.any, address.length);
}

static int connect_to(int fd, const char *host, uint16_t port)
{
	struct evert_address address = at(host, port);

	return ops->connect(kernel, fd, &address.as.any, address.length);
}

static int disconnect(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	return ops->connect(kernel, fd, &none, sizeof(none));
}

static uint16_t port_of(int fd)
{
	struct evert_address name;

	name.length = sizeof(name.as);
	ops->getsockname(kernel, fd, &name.as.any, &name.length);
	return evert_address_port(&name);
}

static int set(int fd, int level, int option, int number)
{
	return ops->setsockopt(kernel, fd, level, option, &number,
			       sizeof(number));
}

static int get(int fd, int level, int option)
{
	int number = 0;
	socklen_t length = sizeof(number);
	int error =
		ops->getsockopt(kernel, fd, level, option, &number, &length);

	return error ? error : number;
}

/* Waits until it is ready for one of these; what for. */
static int ready(int fd, short events)
{
	struct pollfd poll = {fd, events, 0};

	ops->poll(kernel, &poll, 1, 5000);
	poll.events = POLLIN | POLLOUT | POLLRDHUP;
	ops->poll(kernel, &poll, 1, 0);
	return poll.revents;
}

static ssize_t send_text(int fd, const char *text)
{
	return ops->send(fd, text, strlen(text), kernel);
}

static ssize_t send_to(int fd, const char *host, uint16_t port)
{
	struct evert_address to = at(host, port);
	struct iovec part = {"x", 1};
	struct msghdr message = {
		.msg_name = &to.as,
		.msg_namelen = to.length,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	return ops->sendmsg(kernel, fd, &message, 0);
}

static ssize_t read_some(int fd)
{
	char data[100];

	return ops->read(fd, data, sizeof(data), kernel);
}

static int listener(void)
{
	int fd = tcp();

	bind_to(fd, "127.0.0.1", 0);
	ops->listen(kernel, fd, 5);
	return fd;
}

struct pair {
	int listener, near, far;
};

static struct pair connected(void)
{
	struct pair pair = {.listener = listener(), .near = tcp()};

	connect_to(pair.near, "127.0.0.1", port_of(pair.listener));
	ready(pair.listener, POLLIN);
	pair.far = ops->accept(kernel, pair.listener, NULL, NULL);
	return pair;
}

static void close_pair(const struct pair *pair)
{
	close_it(pair->near);
	close_it(pair->far);
	close_it(pair->listener);
}

/* ---- Sockets and their options ---- */

ALIKE(what_can_not_be_made_is_named)
{
	static const int kinds[][3] = {
		{999, SOCK_STREAM, 0},
		{-1, SOCK_STREAM, 0},
		{AF_INET, -1, 0},
		{AF_INET, 99, 0},
		{999, 99, 0},
		{AF_INET, SOCK_STREAM, IPPROTO_UDP},
		{AF_INET, SOCK_DGRAM, IPPROTO_TCP},
		{AF_UNIX, SOCK_RDM, 0},
		{AF_UNIX, SOCK_STREAM, 77},
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		say(ops->socket(kernel, kinds[i][0], kinds[i][1], kinds[i][2]));
}

ALIKE(what_can_be_made_is)
{
	static const int kinds[][3] = {
		{AF_INET, SOCK_STREAM, IPPROTO_TCP},
		{AF_INET, SOCK_DGRAM, IPPROTO_UDP},
		{AF_UNIX, SOCK_STREAM, PF_UNIX},
		{AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = ops->socket(kernel, kinds[i][0], kinds[i][1],
				     kinds[i][2]);

		say(fd < 0 ? fd : 0);
		close_it(fd);
	}
}

/* What an option is at first, and what it is after it was set, if it can be. */
ALIKE(options_have_the_same_defaults_and_limits)
{
	static const struct {
		int type, level, option, to;
	} options[] = {
		{SOCK_STREAM, SOL_SOCKET, SO_KEEPALIVE, 3},
		{SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR, 7},
		{SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY, 5},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, 0},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, -1},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, 32768},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPIDLE, 32767},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL, 0},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL, 32768},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPINTVL, 32767},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT, 0},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT, 128},
		{SOCK_STREAM, IPPROTO_TCP, TCP_KEEPCNT, 127},
		{SOCK_STREAM, IPPROTO_IPV6, IPV6_V6ONLY, 1},
		{SOCK_DGRAM, IPPROTO_IPV6, IPV6_V6ONLY, 1},
		{SOCK_DGRAM, SOL_SOCKET, SO_KEEPALIVE, 3},
		{SOCK_DGRAM, SOL_SOCKET, SO_REUSEADDR, 7},
		{SOCK_DGRAM, SOL_SOCKET, SO_REUSEPORT, 7},
		{SOCK_DGRAM, SOL_SOCKET, SO_BROADCAST, 7},
		{SOCK_DGRAM, SOL_SOCKET, SO_ACCEPTCONN, 7},
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int level = options[i].level, option = options[i].option;
		int fd = ops->socket(kernel, AF_INET, options[i].type, 0);

		say(get(fd, level, option));
		say(set(fd, level, option, options[i].to));
		say(get(fd, level, option));
		close_it(fd);
	}
}

ALIKE(whether_it_lingers_is_yes_or_no)
{
	static const int kinds[][2] = {{AF_INET, SOCK_STREAM},
				       {AF_INET, SOCK_DGRAM},
				       {AF_UNIX, SOCK_STREAM}};
	const struct linger linger = {7, 3};
	struct linger got;
	socklen_t length = sizeof(got);
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = ops->socket(kernel, kinds[i][0], kinds[i][1], 0);

		say(ops->setsockopt(kernel, fd, SOL_SOCKET, SO_LINGER, &linger,
				    sizeof(linger)));
		say(ops->getsockopt(kernel, fd, SOL_SOCKET, SO_LINGER, &got,
				    &length));
		say(got.l_onoff);
		say(got.l_linger);
		close_it(fd);
	}
}

/* ---- TCP ---- */

ALIKE(what_is_received_fills_all_parts)
{
	struct pair pair = connected();
	char first[2], second[10];
	struct iovec parts[] = {{first, 2}, {NULL, 0}, {second, 10}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};

	send_text(pair.near, "abcde");
	ready(pair.far, POLLIN);
	say(ops->recvmsg(kernel, pair.far, &message, MSG_PEEK));
	say(ops->recvmsg(kernel, pair.far, &message, 0));
	say(!memcmp(first, "ab", 2) && !memcmp(second, "cde", 3));
	say(ops->recvmsg(kernel, pair.far, &message, 0));
	close_pair(&pair);
}

ALIKE(a_connection_that_is_left_is_reset)
{
	struct pair pair = connected();

	say(disconnect(pair.near));
	say(ready(pair.far, POLLIN));
	say(read_some(pair.far));
	say(ready(pair.near, POLLOUT));
	say(read_some(pair.near));
	say(read_some(pair.near));
	say(send_text(pair.near, "x"));
	say(connect_to(pair.near, "127.0.0.1", port_of(pair.listener)));
	say(ready(pair.near, POLLOUT));
	say(send_text(pair.near, "x"));
	close_pair(&pair);
}

ALIKE(what_is_told_of_one_that_was_left_is_told_once)
{
	struct pair pair = connected();

	disconnect(pair.near);
	say(send_text(pair.near, "x"));
	say(send_text(pair.near, "x"));
	say(get(pair.near, SOL_SOCKET, SO_ERROR));
	close_pair(&pair);
	pair = connected();
	disconnect(pair.near);
	say(get(pair.near, SOL_SOCKET, SO_ERROR));
	say(ready(pair.near, POLLOUT));
	close_pair(&pair);
}

ALIKE(a_port_that_was_bound_stays_when_the_connection_is_left)
{
	int from = listener(), fd = tcp();
	uint16_t port;

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_to(fd, "127.0.0.2", 0);
	port = port_of(fd);
	close_it(fd);
	fd = tcp();
	say(bind_to(fd, "127.0.0.2", port));
	say(connect_to(fd, "127.0.0.1", port_of(from)));
	ready(fd, POLLOUT);
	say(disconnect(fd));
	say(port_of(fd) == port);
	close_it(fd);
	close_it(from);
}

ALIKE(a_port_that_was_picked_stays_where_there_was_no_connection)
{
	int fd = tcp();
	uint16_t port;

	bind_to(fd, "127.0.0.2", 0);
	port = port_of(fd);
	say(disconnect(fd));
	say(port_of(fd) == port);
	say(bind_to(fd, "127.0.0.2", 0));
	close_it(fd);
}

ALIKE(a_listener_that_is_disconnected_listens_no_more)
{
	int fd = listener(), other = tcp();
	uint16_t port = port_of(fd);

	say(disconnect(fd));
	say(ready(fd, POLLOUT));
	say(get(fd, SOL_SOCKET, SO_ACCEPTCONN));
	say(ops->accept(kernel, fd, NULL, NULL));
	say(connect_to(other, "127.0.0.1", port));
	say(ready(other, POLLOUT));
	close_it(fd);
	close_it(other);
}

ALIKE(one_that_was_never_connected_may_be_disconnected)
{
	int fd = tcp();

	say(disconnect(fd));
	say(ready(fd, POLLOUT));
	say(get(fd, SOL_SOCKET, SO_ERROR));
	close_it(fd);
}

ALIKE(who_was_refused_may_try_elsewhere)
{
	int gone = listener(), there = listener(), fd = tcp();
	uint16_t port = port_of(gone);

	close_it(gone);
	say(connect_to(fd, "127.0.0.1", port));
	say(ready(fd, POLLOUT));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	say(ready(fd, POLLOUT));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	say(ready(fd, POLLOUT));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	close_it(there);
	ready(fd, POLLRDHUP);
	say(connect_to(fd, "127.0.0.1", port));
	close_it(fd);
}

ALIKE(who_was_told_of_the_refusal_has_to_begin_anew)
{
	int gone = listener(), there = listener(), fd = tcp();
	uint16_t port = port_of(gone);

	close_it(gone);
	connect_to(fd, "127.0.0.1", port);
	ready(fd, POLLOUT);
	say(get(fd, SOL_SOCKET, SO_ERROR));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	say(connect_to(fd, "127.0.0.1", port_of(there)));
	say(ready(fd, POLLOUT));
	close_it(fd);
	close_it(there);
}

ALIKE(of_the_same_addresses_there_is_one_connection)
{
	struct pair pair = connected();
	int fd = tcp(), other = tcp();
	uint16_t port;

	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(other, SOL_SOCKET, SO_REUSEADDR, 1);
	say(bind_to(fd, "127.0.0.1", 0));
	port = port_of(fd);
	say(bind_to(other, "127.0.0.1", port));
	say(connect_to(fd, "127.0.0.1", port_of(pair.listener)));
	ready(fd, POLLOUT);
	say(connect_to(other, "127.0.0.1", port_of(pair.listener)));
	say(port_of(other) == port);
	close_it(fd);
	close_it(other);
	close_pair(&pair);
}

ALIKE(nobody_connects_to_many)
{
	static const char *const many[] = {"255.255.255.255", "224.0.0.1",
					   "239.255.255.255"};
	size_t i;

	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		int fd = tcp();

		say(connect_to(fd, many[i], 9));
		close_it(fd);
	}
}

ALIKE(one_way_more_than_two_is_none)
{
	int fd = tcp();

	say(ops->shutdown(kernel, fd, 3));
	say(ops->shutdown(kernel, fd, -1));
	say(ops->shutdown(kernel, fd, SHUT_RDWR));
	close_it(fd);
}

/* ---- UDP ---- */

ALIKE(there_is_no_port_0_to_send_to)
{
	int fd = udp();

	say(send_to(fd, "127.0.0.1", 0));
	say(connect_to(fd, "127.0.0.1", 0));
	say(send_text(fd, "x"));
	close_it(fd);
}

ALIKE(who_broadcasts_says_so)
{
	int fd = udp();

	say(send_to(fd, "255.255.255.255", 9));
	say(connect_to(fd, "255.255.255.255", 9));
	close_it(fd);
}

ALIKE(of_those_that_share_an_address_the_last_hears)
{
	int first = udp(), last = udp(), from = udp();

	set(first, SOL_SOCKET, SO_REUSEADDR, 1);
	set(last, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_to(first, "127.0.0.1", 0);
	say(bind_to(last, "127.0.0.1", port_of(first)));
	say(send_to(from, "127.0.0.1", port_of(first)));
	say(ready(last, POLLIN));
	say(read_some(last));
	say(read_some(first));
	close_it(first);
	close_it(last);
	close_it(from);
}

ALIKE(who_is_connected_hears_its_peer_before_who_is_not)
{
	int peer = udp(), stranger = udp(), first = udp(), last = udp();

	bind_to(peer, "127.0.0.1", 0);
	set(first, SOL_SOCKET, SO_REUSEADDR, 1);
	set(last, SOL_SOCKET, SO_REUSEADDR, 1);
	bind_to(first, "127.0.0.1", 0);
	bind_to(last, "127.0.0.1", port_of(first));
	say(connect_to(first, "127.0.0.1", port_of(peer)));
	send_to(peer, "127.0.0.1", port_of(first));
	say(ready(first, POLLIN));
	say(read_some(first));
	say(read_some(last));
	send_to(stranger, "127.0.0.1", port_of(first));
	say(ready(last, POLLIN));
	say(read_some(first));
	close_it(peer);
	close_it(stranger);
	close_it(first);
	close_it(last);
}

static void bind_and_disconnect(const char *host, uint16_t port)
{
	int fd = udp();

	if (host)
		say(bind_to(fd, host, port));
	say(connect_to(fd, "127.0.0.1", 9));
	say(disconnect(fd));
	say(port_of(fd));
	say(send_text(fd, "x"));
	close_it(fd);
}

ALIKE(a_port_that_was_picked_goes_with_the_peer)
{
	int fd = udp();
	uint16_t port;

	bind_to(fd, "127.0.0.3", 0);
	port = port_of(fd);
	close_it(fd);
	bind_and_disconnect(NULL, 0);
	bind_and_disconnect("127.0.0.1", 0);
	bind_and_disconnect("0.0.0.0", 0);
	fd = udp();
	say(bind_to(fd, "127.0.0.3", port));
	say(connect_to(fd, "127.0.0.1", 9));
	say(disconnect(fd));
	say(port_of(fd) == port);
	close_it(fd);
}

ALIKE(who_was_bound_to_all_addresses_is_again)
{
	int fd = udp(), from = udp();
	uint16_t port;

	bind_to(fd, "0.0.0.0", 0);
	port = port_of(fd);
	close_it(fd);
	fd = udp();
	say(bind_to(fd, "0.0.0.0", port));
	say(connect_to(fd, "127.0.0.1", 9));
	say(disconnect(fd));
	say(send_to(from, "127.0.0.9", port));
	say(ready(fd, POLLIN));
	close_it(fd);
	close_it(from);
}

/* ---- epoll ---- */

ALIKE(epoll_checks_what_it_is_given)
{
	int epoll = ops->epoll_create(kernel), fd = udp();
	struct epoll_event event = {.events = EPOLLIN}, told[2];

	say(ops->epoll_ctl(kernel, epoll, 9, fd, &event));
	say(ops->epoll_ctl(kernel, epoll, EPOLL_CTL_MOD, fd, &event));
	say(ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, fd, &event));
	say(ops->epoll_ctl(kernel, epoll, 9, fd, &event));
	say(ops->epoll_ctl(kernel, epoll, EPOLL_CTL_ADD, epoll, &event));
	say(ops->epoll_ctl(kernel, fd, EPOLL_CTL_ADD, epoll, &event));
	say(ops->epoll_wait(kernel, epoll, told, 0, 0));
	say(ops->epoll_wait(kernel, epoll, told, -1, 0));
	say(ops->epoll_wait(kernel, fd, told, 0, 0));
	say(ops->epoll_wait(kernel, fd, told, 2, 0));
	say(ops->epoll_wait(kernel, epoll, told, 2, 0));
	close_it(fd);
	close_it(epoll);
}
