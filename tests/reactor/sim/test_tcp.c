/* SPDX-License-Identifier: MIT */
/* TCP between simulated hosts, by system calls. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

static struct evert_sim *sim;
static struct evert_system *server, *client;
static const struct evert_system_ops *ops;
static int listener, near, far; /* the client's and the server's socket */

/* Smooth: each way takes a hundredth of a second. */
static struct evert_sim_network network = {
	.latency = 0.01,
	.receive_buffer = 1000,
	.send_buffer = 1000,
};

static void let_pass(double seconds)
{
	evert_sim_run(sim, seconds);
}

static void set_up(void)
{
	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	server =
		evert_sim_system(evert_sim_add_host(sim, "server", "10.0.0.1"));
	client =
		evert_sim_system(evert_sim_add_host(sim, "client", "10.0.0.2"));
	ops = server->ops;
	listener = near = far = -1;
}

static void tear_down(void)
{
	ops->close(server, listener);
	ops->close(client, near);
	ops->close(server, far);
	evert_sim_destroy(sim);
}

TestSuite(sim_tcp, .init = set_up, .fini = tear_down);

static struct evert_address server_address(uint16_t port)
{
	struct evert_address address;

	evert_address_parse(&address, "10.0.0.1", port);
	return address;
}

static int bind_to(int fd, const char *host, uint16_t port)
{
	struct evert_address address;

	evert_address_parse(&address, host, port);
	return ops->bind(server, fd, &address.as.any, address.length);
}

static int tcp_socket(struct evert_system *system)
{
	return ops->socket(system, AF_INET, SOCK_STREAM, 0);
}

static void listen_on(uint16_t port, int backlog)
{
	listener = tcp_socket(server);
	cr_assert(zero(int, bind_to(listener, "0.0.0.0", port)));
	cr_assert(zero(int, ops->listen(server, listener, backlog)));
}

static int connect_to(int fd, uint16_t port)
{
	struct evert_address address = server_address(port);

	return ops->connect(client, fd, &address.as.any, address.length);
}

static int accept_one(void)
{
	return ops->accept(server, listener, NULL, NULL);
}

static void connect_to_listener(void)
{
	near = tcp_socket(client);
	cr_assert(eq(int, connect_to(near, 7), -EINPROGRESS));
	let_pass(0.1);
	far = accept_one();
	cr_assert(gt(int, far, 0));
}

static void connect_both(void)
{
	listen_on(7, 10);
	connect_to_listener();
}

static short ready(struct evert_system *system, int fd)
{
	struct pollfd poll = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

	ops->poll(system, &poll, 1, 0);
	return poll.revents;
}

static int error_of(struct evert_system *system, int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	ops->getsockopt(system, fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error;
}

static ssize_t send_text(struct evert_system *system, int fd, const char *text)
{
	return ops->send(fd, text, strlen(text), system);
}

static void assert_reads(struct evert_system *system, int fd, const char *text)
{
	char data[100] = "";

	cr_assert(eq(sz, (size_t)ops->read(fd, data, sizeof(data) - 1, system),
		     strlen(text)));
	cr_assert(eq(str, data, (char *)text));
}

static ssize_t read_byte(struct evert_system *system, int fd)
{
	char byte;

	return ops->read(fd, &byte, 1, system);
}

static ssize_t fill(struct evert_system *system, int fd)
{
	static const char data[100000];
	ssize_t sent, sum = 0;

	while ((sent = ops->send(fd, data, sizeof(data), system)) > 0) {
		sum += sent;
		let_pass(0.1);
	}
	cr_assert(eq(int, (int)sent, -EAGAIN));
	return sum;
}

/* ---- Connecting ---- */

Test(sim_tcp, a_connection_takes_a_way_there_and_back)
{
	listen_on(7, 10);
	near = tcp_socket(client);

	cr_assert(eq(int, ready(client, near), POLLOUT | POLLHUP));
	cr_assert(eq(int, connect_to(near, 7), -EINPROGRESS));
	cr_assert(eq(int, connect_to(near, 7), -EALREADY));
	let_pass(0.0199);
	cr_assert(zero(int, ready(client, near)));
	cr_assert(eq(int, (int)send_text(client, near, "x"), -EAGAIN));

	let_pass(0.001);
	cr_assert(eq(int, ready(client, near), POLLOUT));
	cr_assert(zero(int, error_of(client, near)));
	cr_assert(zero(int, ready(server, listener))); /* a third way */
	cr_assert(eq(int, accept_one(), -EAGAIN));

	let_pass(0.01);
	cr_assert(eq(int, ready(server, listener), POLLIN));
	far = accept_one();
	cr_assert(eq(int, accept_one(), -EAGAIN));
	cr_assert(zero(int, connect_to(near, 7)));
	cr_assert(eq(int, connect_to(near, 7), -EISCONN));
}

Test(sim_tcp, both_sides_know_both_addresses)
{
	struct evert_address mine, its;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	connect_both();
	mine.length = its.length = sizeof(mine.as);
	ops->getsockname(client, near, &mine.as.any, &mine.length);
	ops->getpeername(server, far, &its.as.any, &its.length);
	cr_assert(evert_address_is_equal(&mine, &its));
	cr_assert(ge(int, evert_address_port(&mine), 32768));

	mine.length = its.length = sizeof(mine.as);
	ops->getsockname(server, far, &mine.as.any, &mine.length);
	ops->getpeername(client, near, &its.as.any, &its.length);
	cr_assert(evert_address_is_equal(&mine, &its));
	cr_assert(eq(str, (char *)evert_address_text(&mine, text, sizeof(text)),
		     "10.0.0.1:7"));
}

Test(sim_tcp, nobody_listens)
{
	near = tcp_socket(client);
	connect_to(near, 7);
	let_pass(0.1);

	cr_assert(eq(int, ready(client, near),
		     POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR));
	cr_assert(eq(int, error_of(client, near), ECONNREFUSED));
	cr_assert(zero(int, (int)read_byte(client, near)));
	cr_assert(eq(int, (int)send_text(client, near, "x"), -EPIPE));
}

Test(sim_tcp, a_full_backlog_lets_who_asks_wait)
{
	int others[3], i;

	listen_on(7, 1);
	for (i = 0; i < 3; i++) {
		others[i] = tcp_socket(client);
		connect_to(others[i], 7);
		let_pass(0.1);
	}
	cr_assert(eq(int, ready(client, others[1]), POLLOUT));
	cr_assert(zero(int, ready(client, others[2])));

	far = accept_one();
	let_pass(0.5);
	cr_assert(zero(int, ready(client, others[2])));
	let_pass(0.5); /* a second after it asked first, it asks again */
	cr_assert(eq(int, ready(client, others[2]), POLLOUT));
	for (i = 0; i < 3; i++)
		ops->close(client, others[i]);
}

Test(sim_tcp, who_asks_a_full_backlog_gives_up_after_two_minutes)
{
	int others[2];

	listen_on(7, 0);
	others[0] = tcp_socket(client);
	connect_to(others[0], 7);
	let_pass(1);
	others[1] = tcp_socket(client);
	connect_to(others[1], 7);
	let_pass(126);
	cr_assert(zero(int, ready(client, others[1])));
	let_pass(2);
	cr_assert(eq(int, error_of(client, others[1]), ETIMEDOUT));
	ops->close(client, others[0]);
	ops->close(client, others[1]);
}

Test(sim_tcp, who_waits_is_reset_when_the_listener_goes)
{
	listen_on(7, 10);
	near = tcp_socket(client);
	connect_to(near, 7);
	let_pass(0.1);

	ops->close(server, listener);
	let_pass(0.1);

	cr_assert(eq(int, error_of(client, near), ECONNRESET));
}

static void share(int fd)
{
	ops->setsockopt(server, fd, SOL_SOCKET, SO_REUSEADDR, &(int){1},
			sizeof(int));
}

static void stop_listening(void)
{
	ops->close(server, listener);
	listener = -1;
}

Test(sim_tcp, a_port_is_taken_while_one_who_was_accepted_has_it)
{
	int other = tcp_socket(server);

	connect_both();
	stop_listening();
	cr_assert(eq(int, bind_to(other, "0.0.0.0", 7), -EADDRINUSE));
	share(other);
	cr_assert(eq(int, bind_to(other, "0.0.0.0", 7), -EADDRINUSE));
	ops->close(server, far);
	far = -1;
	cr_assert(zero(int, bind_to(other, "0.0.0.0", 7)));
	ops->close(server, other);
}

Test(sim_tcp, a_port_that_was_shared_is_shared_by_who_was_accepted)
{
	int other = tcp_socket(server);

	listener = tcp_socket(server);
	share(listener);
	bind_to(listener, "0.0.0.0", 7);
	ops->listen(server, listener, 10);
	connect_to_listener();
	stop_listening();
	cr_assert(eq(int, bind_to(other, "0.0.0.0", 7), -EADDRINUSE));
	share(other);
	cr_assert(zero(int, bind_to(other, "0.0.0.0", 7)));
	cr_assert(zero(int, ops->listen(server, other, 10)));
	ops->close(server, other);
}

Test(sim_tcp, who_listens_may_change_its_backlog)
{
	connect_both();
	cr_assert(zero(int, ops->listen(server, listener, 1)));
	cr_assert(zero(int, ops->close(server, far)));
	far = -1;
}

Test(sim_tcp, a_port_belongs_to_one)
{
	int other = tcp_socket(server);

	listen_on(7, 10);
	cr_assert(eq(int, bind_to(other, "10.0.0.1", 7), -EADDRINUSE));
	cr_assert(eq(int, bind_to(other, "10.0.0.2", 8), -EADDRNOTAVAIL));
	share(other);
	cr_assert(eq(int, bind_to(other, "10.0.0.1", 7), -EADDRINUSE));
	cr_assert(zero(int, bind_to(other, "10.0.0.1", 8)));
	cr_assert(eq(int, bind_to(other, "10.0.0.1", 9), -EINVAL));
	ops->close(server, other);
}

/* ---- Bytes ---- */

Test(sim_tcp, bytes_take_their_way)
{
	connect_both();
	cr_assert(eq(int, (int)send_text(client, near, "hello"), 5));
	let_pass(0.0099);
	cr_assert(eq(int, (int)read_byte(server, far), -EAGAIN));
	cr_assert(eq(int, ops->unacknowledged(client, near), 5));

	let_pass(0.001);
	cr_assert(eq(int, ready(server, far), POLLIN | POLLOUT));
	assert_reads(server, far, "hello");
	cr_assert(eq(int, ops->unacknowledged(client, near), 5));

	let_pass(0.011);
	cr_assert(zero(int, ops->unacknowledged(client, near)));
}

Test(sim_tcp, peeked_bytes_stay)
{
	char byte;

	connect_both();
	send_text(client, near, "hello");
	let_pass(0.1);

	cr_assert(eq(int, (int)ops->peek(server, far, &byte, 1), 1));
	cr_assert(eq(chr, byte, 'h'));
	assert_reads(server, far, "hello");
}

Test(sim_tcp, who_is_not_read_can_send_two_buffers_full)
{
	connect_both();

	cr_assert(eq(int, (int)fill(client, near), 2000));
	cr_assert(zero(int, ready(client, near)));

	cr_assert(eq(int, (int)read_byte(server, far), 1));
	let_pass(0.1);
	cr_assert(zero(int, ready(client, near))); /* not worth it yet */
	while (read_byte(server, far) == 1) {
	}
	let_pass(0.1);
	cr_assert(eq(int, ready(client, near), POLLOUT));
}

Test(sim_tcp, a_narrow_network_takes_its_time)
{
	struct evert_sim_network narrow = network;

	narrow.bandwidth = 100; /* 500 bytes: five seconds */
	connect_both();
	evert_sim_set_network(sim, &narrow);
	ops->send(near, &(char[500]){0}, 500, client);

	let_pass(4.9);
	cr_assert(eq(int, (int)read_byte(server, far), -EAGAIN));
	let_pass(0.2);
	cr_assert(eq(int, (int)read_byte(server, far), 1));
}

Test(sim_tcp, what_is_lost_comes_later_and_in_order)
{
	struct evert_sim_network lossy = network;
	char data[64] = "";
	size_t got = 0;
	ssize_t size;
	int i;

	lossy.loss = 0.5;
	connect_both();
	evert_sim_set_network(sim, &lossy);
	for (i = 0; i < 26; i++)
		ops->send(near, &(char){(char)('a' + i)}, 1, client);
	let_pass(0.015);
	cr_assert(lt(int, (int)ops->peek(server, far, data, sizeof(data)), 26));
	let_pass(1000);

	while ((size = ops->read(far, data + got, sizeof(data) - got, server)) >
	       0)
		got += (size_t)size;
	data[got] = '\0';
	cr_assert(eq(str, data, "abcdefghijklmnopqrstuvwxyz"));
}

static void lose_nearly_all(void)
{
	struct evert_sim_network lossy = network;

	lossy.loss = 1 - 1e-12;
	evert_sim_set_network(sim, &lossy);
}

Test(sim_tcp, what_is_lost_each_time_is_given_up_after_a_quarter_of_an_hour)
{
	connect_both();
	lose_nearly_all();
	send_text(client, near, "hello");
	let_pass(900);
	cr_assert(zero(int, error_of(client, near)));
	let_pass(300);

	cr_assert(eq(int, (int)read_byte(client, near), -ETIMEDOUT));
	cr_assert(eq(int, (int)read_byte(server, far), -EAGAIN));
}

Test(sim_tcp, who_asks_where_all_is_lost_gives_up_after_two_minutes)
{
	listen_on(7, 10);
	lose_nearly_all();
	near = tcp_socket(client);
	connect_to(near, 7);
	let_pass(120);
	cr_assert(zero(int, error_of(client, near)));
	let_pass(2000);

	cr_assert(eq(int, error_of(client, near), ETIMEDOUT));
}

/* ---- Ending ---- */

Test(sim_tcp, one_side_ends_and_the_other_goes_on)
{
	connect_both();
	send_text(client, near, "bye");
	ops->shutdown(client, near, SHUT_WR);
	cr_assert(eq(int, (int)send_text(client, near, "x"), -EPIPE));
	let_pass(0.1);

	cr_assert(eq(int, ready(server, far), POLLIN | POLLOUT | POLLRDHUP));
	assert_reads(server, far, "bye");
	cr_assert(zero(int, (int)read_byte(server, far)));
	send_text(server, far, "still here");
	let_pass(0.1);
	assert_reads(client, near, "still here");
	cr_assert(eq(int, (int)read_byte(client, near), -EAGAIN));

	ops->shutdown(server, far, SHUT_WR);
	let_pass(0.1);
	cr_assert(eq(int, ready(client, near),
		     POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
}

Test(sim_tcp, what_was_sent_before_closing_arrives)
{
	connect_both();
	cr_assert(eq(int, (int)fill(client, near), 2000));
	ops->close(client, near);
	near = -1;
	let_pass(1);

	while (read_byte(server, far) == 1)
		let_pass(0.1);
	cr_assert(zero(int, (int)read_byte(server, far)));
}

Test(sim_tcp, to_close_with_bytes_unread_is_a_reset)
{
	connect_both();
	send_text(server, far, "last words");
	send_text(client, near, "unread");
	let_pass(0.1);

	ops->close(server, far);
	far = -1;
	let_pass(0.1);

	cr_assert(eq(int, ready(client, near),
		     POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR));
	/* What came before is there to be read. */
	assert_reads(client, near, "last words");
	cr_assert(eq(int, (int)read_byte(client, near), -ECONNRESET));
	cr_assert(zero(int, (int)read_byte(client, near)));
	cr_assert(eq(int, (int)send_text(client, near, "x"), -EPIPE));
}

Test(sim_tcp, to_send_to_who_has_closed_is_answered_with_a_reset)
{
	connect_both();
	ops->close(server, far);
	far = -1;
	let_pass(0.1);
	cr_assert(zero(int, (int)read_byte(client, near)));

	cr_assert(eq(int, (int)send_text(client, near, "x"), 1));
	let_pass(0.1);

	/* It was told of the end: writing, not reading, is what failed. */
	cr_assert(eq(int, error_of(client, near), EPIPE));
}

Test(sim_tcp, to_close_without_lingering_is_a_reset)
{
	struct linger none = {.l_onoff = 1};

	connect_both();
	ops->setsockopt(server, far, SOL_SOCKET, SO_LINGER, &none,
			sizeof(none));
	ops->close(server, far);
	far = -1;
	let_pass(0.1);

	cr_assert(eq(int, (int)read_byte(client, near), -ECONNRESET));
}

Test(sim_tcp, who_gave_up_connecting_resets_what_comes_of_it)
{
	listen_on(7, 10);
	near = tcp_socket(client);
	connect_to(near, 7);
	let_pass(0.005);
	ops->close(client, near);
	near = -1;
	let_pass(1);

	cr_assert(eq(int, accept_one(), -EAGAIN));
}

Test(sim_tcp, who_is_bound_again_after_a_reset_has_the_new_address)
{
	struct linger none = {.l_onoff = 1};
	struct evert_address name = {.length = sizeof(name.as)};

	connect_both();
	ops->setsockopt(client, near, SOL_SOCKET, SO_LINGER, &none,
			sizeof(none));
	ops->close(client, near);
	near = -1;
	let_pass(1);
	cr_assert(zero(int, bind_to(far, "10.0.0.1", 99)));
	cr_assert(zero(int, ops->getsockname(server, far, &name.as.any,
					     &name.length)));
	cr_assert(eq(int, evert_address_port(&name), 99));
}

Test(sim_tcp, who_was_reset_before_it_was_accepted_can_be_bound)
{
	struct linger none = {.l_onoff = 1};

	listen_on(7, 10);
	near = tcp_socket(client);
	connect_to(near, 7);
	let_pass(1);
	ops->setsockopt(client, near, SOL_SOCKET, SO_LINGER, &none,
			sizeof(none));
	ops->close(client, near);
	near = -1;
	let_pass(1);
	far = accept_one();
	cr_assert(zero(int, bind_to(far, "10.0.0.1", 99)));
}

/* ---- What it shares with other sockets ---- */

Test(sim_tcp, bytes_are_sent_and_received_as_messages_too)
{
	char data[10] = "";
	struct iovec parts[2] = {{"he", 2}, {"llo", 3}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	connect_both();
	cr_assert(eq(int, (int)ops->sendmsg(client, near, &message, 0), 5));
	let_pass(1);
	parts[0] = (struct iovec){data, 0};
	parts[1] = (struct iovec){data, sizeof(data)};
	cr_assert(eq(int, (int)ops->recvmsg(server, far, &message, MSG_PEEK),
		     5));
	cr_assert(eq(int, (int)ops->recvmsg(server, far, &message, 0), 5));
	cr_assert(eq(str, data, "hello"));
}

Test(sim_tcp, nobody_is_known_to_be_the_peer)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	connect_both();
	cr_assert(zero(int, ops->getsockopt(client, near, SOL_SOCKET,
					    SO_PEERCRED, &peer, &length)));
	cr_assert(eq(u32, peer.uid, (uid_t)-1));
}
