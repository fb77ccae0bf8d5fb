/* SPDX-License-Identifier: MIT */
/* UDP between simulated hosts, by system calls. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
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
static int far, near; /* the server's and the client's socket */

static struct evert_sim_network network = {
	.latency = 0.01,
	.receive_buffer = 10000,
	.send_buffer = 10000,
};

static struct evert_address address_of(const char *host, uint16_t port)
{
	struct evert_address address;

	evert_address_parse(&address, host, port);
	return address;
}

static void set_up(void)
{
	struct evert_address any = address_of("0.0.0.0", 53);

	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	server =
		evert_sim_system(evert_sim_add_host(sim, "server", "10.0.0.1"));
	client =
		evert_sim_system(evert_sim_add_host(sim, "client", "10.0.0.2"));
	ops = server->ops;
	far = ops->socket(server, AF_INET, SOCK_DGRAM, 0);
	near = ops->socket(client, AF_INET, SOCK_DGRAM, 0);
	cr_assert(zero(int, ops->bind(server, far, &any.as.any, any.length)));
}

static void tear_down(void)
{
	ops->close(server, far);
	ops->close(client, near);
	evert_sim_destroy(sim);
}

TestSuite(sim_udp, .init = set_up, .fini = tear_down);

static int connect_to(uint16_t port)
{
	struct evert_address to = address_of("10.0.0.1", port);

	return ops->connect(client, near, &to.as.any, to.length);
}

static void send_letters(size_t count)
{
	size_t i;
	char letter;

	for (i = 0; i < count; i++) {
		letter = (char)('a' + i);
		ops->send(near, &letter, 1, client);
	}
	evert_sim_run(sim, 1);
}

/* What came, each a letter. */
static const char *letters(void)
{
	static char came[100];
	size_t count = 0;
	char letter;

	while (ops->read(far, &letter, 1, server) == 1)
		came[count++] = letter;
	came[count] = '\0';
	return came;
}

static void change(double loss, double duplicate, double reorder)
{
	struct evert_sim_network changed = network;

	changed.loss = loss;
	changed.duplicate = duplicate;
	changed.reorder = reorder;
	evert_sim_set_network(sim, &changed);
}

static ssize_t receive(struct evert_system *system, int fd, char *data,
		       size_t size, struct evert_address *peer, int *flags)
{
	struct iovec part = {data, size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_name = &peer->as,
		.msg_namelen = sizeof(peer->as),
	};
	ssize_t got = ops->recvmsg(system, fd, &message, 0);

	peer->length = message.msg_namelen;
	*flags = message.msg_flags;
	return got;
}

Test(sim_udp, a_datagram_comes_as_it_was_sent_and_is_answered)
{
	struct evert_address peer;
	char data[100], text[EVERT_ADDRESS_TEXT_SIZE];
	struct iovec part = {"answer", 6};
	struct msghdr answer = {.msg_iov = &part, .msg_iovlen = 1};
	int flags;

	connect_to(53);
	ops->send(near, "question", 8, client);
	cr_assert(eq(int, (int)receive(server, far, data, 100, &peer, &flags),
		     -EAGAIN));
	evert_sim_run(sim, 0.011);
	cr_assert(
		eq(int, (int)receive(server, far, data, 5, &peer, &flags), 5));
	cr_assert(eq(int, flags, MSG_TRUNC));
	evert_address_host_text(&peer, text, sizeof(text));
	cr_assert(eq(str, text, "10.0.0.2"));

	answer.msg_name = &peer.as;
	answer.msg_namelen = peer.length;
	cr_assert(eq(int, (int)ops->sendmsg(server, far, &answer, 0), 6));
	evert_sim_run(sim, 0.011);
	cr_assert(eq(int, (int)receive(client, near, data, 100, &peer, &flags),
		     6));
	cr_assert(zero(int, flags));
	evert_address_text(&peer, text, sizeof(text));
	cr_assert(eq(str, text, "10.0.0.1:53"));
}

Test(sim_udp, a_port_that_nobody_has_refuses_who_is_connected)
{
	struct pollfd poll = {near, POLLIN, 0};

	connect_to(54);
	cr_assert(eq(int, (int)ops->send(near, "x", 1, client), 1));
	evert_sim_run(sim, 1);

	ops->poll(client, &poll, 1, 0);
	cr_assert(eq(int, poll.revents, POLLERR));
	/* Every other one fails, and is not sent. */
	cr_assert(eq(int, (int)ops->send(near, "x", 1, client), -ECONNREFUSED));
	cr_assert(eq(int, (int)ops->send(near, "x", 1, client), 1));
}

Test(sim_udp, nothing_is_sent_nowhere)
{
	cr_assert(eq(int, (int)ops->send(near, "x", 1, client), -EDESTADDRREQ));
}

Test(sim_udp, some_are_lost_for_ever)
{
	connect_to(53);
	change(0.5, 0, 0);
	send_letters(26);

	cr_assert(lt(sz, strlen(letters()), 26));
}

Test(sim_udp, all_come_twice)
{
	connect_to(53);
	change(0, 1, 0);
	send_letters(1);

	cr_assert(eq(str, (char *)letters(), "aa"));
}

Test(sim_udp, some_come_late)
{
	const char *came;

	connect_to(53);
	change(0, 0, 0.5);
	send_letters(26);
	came = letters();

	cr_assert(eq(sz, strlen(came), 26));
	cr_assert(ne(str, (char *)came, "abcdefghijklmnopqrstuvwxyz"));
}

Test(sim_udp, what_there_is_no_room_for_is_dropped)
{
	static const char data[6000];
	char got[6000];

	connect_to(53);
	ops->send(near, data, sizeof(data), client);
	ops->send(near, data, sizeof(data), client);
	evert_sim_run(sim, 1);

	cr_assert(eq(int, (int)ops->read(far, got, 6000, server), 6000));
	cr_assert(eq(int, (int)ops->read(far, got, 6000, server), -EAGAIN));
}

/* How many of a thousand that are sent are kept. */
static size_t kept_of_a_thousand(size_t length)
{
	static char data[100];
	size_t i, kept = 0;

	connect_to(53);
	for (i = 0; i < 1000; i++)
		ops->send(near, data, length, client);
	evert_sim_run(sim, 1);
	while (ops->read(far, data, sizeof(data), server) >= 0)
		kept++;
	return kept;
}

Test(sim_udp, one_that_is_empty_takes_room_too)
{
	size_t kept = kept_of_a_thousand(0);

	cr_assert(gt(sz, kept, 1));
	cr_assert(lt(sz, kept, 100));
}

Test(sim_udp, how_much_room_there_is_can_be_said)
{
	const int most = 1000;

	cr_assert(zero(int, ops->setsockopt(server, far, SOL_SOCKET, SO_RCVBUF,
					    &most, sizeof(most))));
	cr_assert(lt(sz, kept_of_a_thousand(100), 10));
}

Test(sim_udp, a_large_one_is_cut_where_that_is_asked)
{
	struct iovec part = {"abcabcab", 8};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(uint16_t))];
	} control = {.header = {
			     .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
			     .cmsg_level = IPPROTO_UDP,
			     .cmsg_type = 103 /* UDP_SEGMENT */,
		     }};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	const uint16_t three = 3;
	char data[10];

	memcpy(CMSG_DATA(&control.header), &three, sizeof(three));
	connect_to(53);
	cr_assert(eq(int, (int)ops->sendmsg(client, near, &message, 0), 8));
	evert_sim_run(sim, 1);

	cr_assert(eq(int, (int)ops->read(far, data, 10, server), 3));
	cr_assert(eq(int, (int)ops->read(far, data, 10, server), 3));
	cr_assert(eq(int, (int)ops->read(far, data, 10, server), 2));
}
