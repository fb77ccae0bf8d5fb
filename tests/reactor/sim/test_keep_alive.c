/* SPDX-License-Identifier: MIT */
/* Connections between simulated hosts whose one side may be gone. */
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"

static struct evert_sim *sim;
static struct evert_sim_host *server_host, *client_host;
static struct evert_system *server, *client;
static const struct evert_system_ops *ops;
static int listener, near, far; /* the client's and the server's socket */

/* Also where nothing happens. */
static void let_pass(double seconds)
{
	ops->poll(client, NULL, 0, (int)(seconds * 1000));
}

static void set(struct evert_system *system, int fd, int level, int option,
		int number)
{
	cr_assert(zero(int, ops->setsockopt(system, fd, level, option, &number,
					    sizeof(number))));
}

/* Asks after 5 seconds, then every 2, 3 times: so it ends after 11. */
static void keep_alive(struct evert_system *system, int fd)
{
	set(system, fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
	set(system, fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
	set(system, fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
	set(system, fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static void listen_and_connect(void)
{
	struct evert_address address;

	evert_address_parse(&address, "10.0.0.1", 7);
	listener = ops->socket(server, AF_INET, SOCK_STREAM, 0);
	near = ops->socket(client, AF_INET, SOCK_STREAM, 0);
	ops->bind(server, listener, &address.as.any, address.length);
	ops->listen(server, listener, 1);
	ops->connect(client, near, &address.as.any, address.length);
}

static void accept_one(void)
{
	let_pass(0.1);
	far = ops->accept(server, listener, NULL, NULL);
	cr_assert(gt(int, far, 0));
}

static void set_up(void)
{
	const struct evert_sim_network network = {
		.latency = 0.001,
		.receive_buffer = 1000,
		.send_buffer = 1000,
	};

	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	server_host = evert_sim_add_host(sim, "server", "10.0.0.1");
	client_host = evert_sim_add_host(sim, "client", "10.0.0.2");
	server = evert_sim_system(server_host);
	client = evert_sim_system(client_host);
	ops = server->ops;
	far = -1;
	listen_and_connect();
}

static void tear_down(void)
{
	ops->close(server, listener);
	ops->close(client, near);
	ops->close(server, far);
	evert_sim_destroy(sim);
}

TestSuite(sim_keep_alive, .init = set_up, .fini = tear_down);

static void part(void)
{
	evert_sim_part(server_host, client_host);
}

static int error_of(struct evert_system *system, int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	ops->getsockopt(system, fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error;
}

static void assert_ends(struct evert_system *system, int fd, double seconds,
			int error)
{
	let_pass(seconds - 0.2);
	cr_assert(zero(int, error_of(system, fd)));
	let_pass(0.4);
	cr_assert(eq(int, error_of(system, fd), error));
}

Test(sim_keep_alive, who_asks_in_vain_gives_up)
{
	accept_one();
	keep_alive(client, near);
	part();

	assert_ends(client, near, 11, ETIMEDOUT);
	cr_assert(zero(int, error_of(server, far)));
}

Test(sim_keep_alive, who_does_not_ask_waits_for_ever)
{
	accept_one();
	set(client, near, IPPROTO_TCP, TCP_KEEPIDLE, 5);
	part();

	cr_assert(zero(int, evert_sim_run(sim, 1e6)));
	cr_assert(zero(int, error_of(client, near)));
}

Test(sim_keep_alive, a_connection_that_is_well_is_asked_by_nothing_that_happens)
{
	accept_one();
	keep_alive(client, near);
	keep_alive(server, far);

	cr_assert(zero(int, evert_sim_run(sim, INFINITY)));
	cr_assert(lt(dbl, evert_sim_seconds(sim), 1));
}

Test(sim_keep_alive, what_was_answered_before_counts)
{
	accept_one();
	keep_alive(client, near);
	let_pass(12);
	part();

	/* It was asked after 5 and 10 seconds: so 3 from then on. */
	assert_ends(client, near, 3 + 2 * 3, ETIMEDOUT);
}

Test(sim_keep_alive, one_answer_is_enough)
{
	accept_one();
	keep_alive(client, near);
	part();
	let_pass(10.5); /* the last but the end */
	evert_sim_join(server_host, client_host);
	let_pass(1);
	part();

	assert_ends(client, near, 11 - 0.5, ETIMEDOUT);
}

static void do_nothing(struct evert_reactor *reactor, void *arg)
{
	(void)reactor, (void)arg;
}

Test(sim_keep_alive, who_comes_back_knows_nothing_of_it)
{
	accept_one();
	keep_alive(client, near);
	evert_sim_halt(server_host);
	let_pass(3);
	cr_assert(
		ne(ptr, evert_sim_start(server_host, do_nothing, NULL), NULL));

	assert_ends(client, near, 5 - 3, ECONNRESET);
}

Test(sim_keep_alive, what_is_sent_in_vain_asks_by_itself)
{
	accept_one();
	keep_alive(client, near);
	part();
	cr_assert(eq(int, (int)ops->send(near, "x", 1, client), 1));

	let_pass(900);
	cr_assert(zero(int, error_of(client, near)));
	let_pass(200);
	cr_assert(eq(int, error_of(client, near), ETIMEDOUT));
}

Test(sim_keep_alive, what_is_heard_puts_it_off)
{
	accept_one();
	keep_alive(client, near);
	let_pass(4);
	cr_assert(eq(int, (int)ops->send(far, "x", 1, server), 1));
	let_pass(0.1);
	part();

	assert_ends(client, near, 11 - 0.1, ETIMEDOUT);
}

Test(sim_keep_alive, who_is_accepted_asks_as_the_listener_said)
{
	keep_alive(server, listener);
	let_pass(0.1);
	part();
	let_pass(0.1);
	far = ops->accept(server, listener, NULL, NULL);

	assert_ends(server, far, 11 - 0.1, ETIMEDOUT);
}

Test(sim_keep_alive, it_begins_and_ends_at_any_time)
{
	accept_one();
	part();
	let_pass(100);
	keep_alive(client, near);
	let_pass(10);
	set(client, near, SOL_SOCKET, SO_KEEPALIVE, 0);
	cr_assert(zero(int, evert_sim_run(sim, 1e6)));
	keep_alive(client, near);

	assert_ends(client, near, 11, ETIMEDOUT);
}

Test(sim_keep_alive, a_shorter_time_counts_at_once)
{
	accept_one();
	keep_alive(client, near);
	part();
	let_pass(2);
	set(client, near, IPPROTO_TCP, TCP_KEEPIDLE, 1);

	assert_ends(client, near, 2 * 3, ETIMEDOUT);
}

Test(sim_keep_alive, a_socket_that_is_closed_asks_no_more)
{
	accept_one();
	keep_alive(client, near);
	part();
	ops->close(client, near);
	near = -1;

	cr_assert(zero(int, evert_sim_run(sim, 1e6)));
}
