/* SPDX-License-Identifier: MIT */
/* Hosts that are parted, that lose their power, that run out of descriptors. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/address.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/sim/sim.h"
#include "../../../reactor/system/system.h"
#include "../../../reactor/transport/protocol.h"
#include "../../../reactor/transport/transport.h"
#include "../../support/death.h"

static struct evert_sim *sim;
static struct evert_sim_host *server, *client;
static struct evert_system *system_here; /* the client's */
static const struct evert_system_ops *ops;
static int near;
static size_t made, heard, lost;

static struct evert_sim_network network = {
	.latency = 0.01,
	.receive_buffer = 1000,
	.send_buffer = 1000,
};

/* ---- A server ---- */

struct echo {
	struct evert_protocol base;
};

static void echo_made(struct evert_protocol *base)
{
	(void)base;
	made++;
}

static void echo_received(struct evert_protocol *base, const char *data,
			  size_t length)
{
	heard += length;
	evert_transport_write(base->transport, data, length);
}

static void echo_lost(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	(void)base, (void)reason;
	lost++;
}

static const struct evert_protocol_ops echo_ops = {
	.connection_made = echo_made,
	.data_received = echo_received,
	.connection_lost = echo_lost,
};

static struct evert_factory echoes =
	EVERT_FACTORY(struct echo, base, &echo_ops);

static void serve(struct evert_reactor *reactor, void *arg)
{
	(void)arg;
	evert_deferred_release(evert_listen(reactor, "tcp::7", &echoes));
}

/* ---- A client, by system calls ---- */

static int connect_to_server(void)
{
	struct evert_address to;

	near = ops->socket(system_here, AF_INET, SOCK_STREAM, 0);
	evert_address_parse(&to, "10.0.0.1", 7);
	return ops->connect(system_here, near, &to.as.any, to.length);
}

static ssize_t send_byte(void)
{
	return ops->send(near, "x", 1, system_here);
}

static ssize_t read_byte(void)
{
	char byte;

	return ops->read(near, &byte, 1, system_here);
}

static void set_up(void)
{
	sim = evert_sim_create(1);
	evert_sim_set_network(sim, &network);
	server = evert_sim_add_host(sim, "server", "10.0.0.1");
	client = evert_sim_add_host(sim, "client", "10.0.0.2");
	system_here = evert_sim_system(client);
	ops = system_here->ops;
	evert_sim_start(server, serve, NULL);
	evert_sim_run(sim, 1);
	connect_to_server();
	evert_sim_run(sim, 1);
}

static void tear_down(void)
{
	ops->close(system_here, near);
	evert_sim_destroy(sim);
}

TestSuite(sim_fault, .init = set_up, .fini = tear_down);

/* ---- Parting ---- */

Test(sim_fault, what_is_sent_while_parted_comes_when_joined)
{
	evert_sim_part(server, client);
	send_byte();
	evert_sim_run(sim, 60);
	cr_assert(eq(int, (int)read_byte(), -EAGAIN));

	evert_sim_join(client, server);
	evert_sim_run(sim, 60);
	cr_assert(eq(int, (int)read_byte(), 1));
	cr_assert(zero(sz, lost));
}

Test(sim_fault, who_is_parted_for_long_gives_up)
{
	evert_sim_part(server, client);
	send_byte();
	evert_sim_run(sim, 900);
	cr_assert(eq(int, (int)read_byte(), -EAGAIN));

	evert_sim_run(sim, 300);
	cr_assert(eq(int, (int)read_byte(), -ETIMEDOUT));
}

Test(sim_fault, who_is_quiet_does_not_notice)
{
	evert_sim_part(server, client);
	evert_sim_run(sim, 100000);
	evert_sim_join(server, client);
	send_byte();
	evert_sim_run(sim, 1);

	cr_assert(eq(int, (int)read_byte(), 1));
}

static void abort_connection(void)
{
	struct linger none = {.l_onoff = 1};

	ops->setsockopt(system_here, near, SOL_SOCKET, SO_LINGER, &none,
			sizeof(none));
	ops->close(system_here, near);
}

Test(sim_fault, a_reset_gets_lost)
{
	evert_sim_part(server, client);
	abort_connection();
	evert_sim_run(sim, 60);
	evert_sim_join(server, client);
	evert_sim_run(sim, 60);

	cr_assert(zero(sz, lost)); /* the server has half a connection */
}

Test(sim_fault, who_has_aborted_sends_nothing_again)
{
	evert_sim_part(server, client);
	send_byte();
	abort_connection();
	evert_sim_run(sim, 1);
	evert_sim_join(server, client);
	evert_sim_run(sim, 60);

	cr_assert(zero(sz, heard));
	cr_assert(zero(sz, lost));
}

Test(sim_fault, a_reset_overtakes_what_was_to_be_sent_again)
{
	evert_sim_part(server, client);
	send_byte();
	evert_sim_run(sim, 60);
	evert_sim_join(server, client);
	abort_connection();
	evert_sim_run(sim, 1);

	cr_assert(zero(sz, heard));
	cr_assert(eq(sz, lost, 1));
}

Test(sim_fault, what_was_sent_before_a_reset_comes_unless_it_got_lost)
{
	int i;

	network.loss = 0.5;
	evert_sim_set_network(sim, &network);
	for (i = 0; i < 50; i++) {
		send_byte();
		abort_connection();
		evert_sim_run(sim, 60);
		connect_to_server();
		evert_sim_run(sim, 60);
	}
	cr_assert(eq(sz, lost, 50));
	cr_assert(gt(sz, heard, 0));
	cr_assert(lt(sz, heard, 50));
}

Test(sim_fault, who_gave_up_connecting_does_not_ask_again)
{
	ops->close(system_here, near);
	evert_sim_part(server, client);
	connect_to_server();
	evert_sim_run(sim, 10);
	ops->close(system_here, near);
	evert_sim_join(server, client);
	evert_sim_run(sim, 200);

	cr_assert(eq(sz, made, 1));
}

Test(sim_fault, others_are_not_parted)
{
	struct evert_sim_host *other =
		evert_sim_add_host(sim, "other", "10.0.0.3");

	evert_sim_part(other, client);
	send_byte();
	evert_sim_run(sim, 1);
	cr_assert(eq(int, (int)read_byte(), 1));
}

/* ---- Halting ---- */

Test(sim_fault, who_is_halted_says_nothing)
{
	evert_sim_halt(server);
	cr_assert(eq(sz, lost, 1)); /* its own programs are told */
	evert_sim_run(sim, 60);
	cr_assert(eq(int, (int)read_byte(), -EAGAIN));

	send_byte();
	evert_sim_run(sim, 2000);
	cr_assert(eq(int, (int)read_byte(), -ETIMEDOUT));
}

Test(sim_fault, who_is_up_again_knows_no_connection_of_before)
{
	evert_sim_halt(server);
	evert_sim_run(sim, 60);
	evert_sim_start(server, serve, NULL);
	evert_sim_run(sim, 60);
	cr_assert(eq(int, (int)read_byte(), -EAGAIN));

	send_byte();
	evert_sim_run(sim, 1);
	cr_assert(eq(int, (int)read_byte(), -ECONNRESET));

	ops->close(system_here, near);
	connect_to_server();
	evert_sim_run(sim, 1);
	send_byte();
	evert_sim_run(sim, 1);
	cr_assert(eq(int, (int)read_byte(), 1));
}

Test(sim_fault, a_host_that_is_down_does_not_answer)
{
	struct pollfd poll = {near, POLLOUT, 0};

	ops->close(system_here, near);
	evert_sim_run(sim, 1);
	evert_sim_halt(server);
	connect_to_server();
	poll.fd = near;
	evert_sim_run(sim, 120);
	ops->poll(system_here, &poll, 1, 0);
	cr_assert(zero(int, poll.revents));

	evert_sim_run(sim, 10);
	ops->poll(system_here, &poll, 1, 0);
	cr_assert(eq(int, poll.revents, POLLOUT | POLLHUP | POLLERR));
}

static void halt_the_server(struct evert_reactor *reactor, void *arg)
{
	(void)reactor, (void)arg;
	evert_sim_halt(server);
}

static void halt_inside(void *arg)
{
	(void)arg;
	set_up();
	evert_sim_start(client, halt_the_server, NULL);
	evert_sim_run(sim, 1);
}

Test(sim_fault, no_program_halts_a_host)
{
	dies(halt_inside, NULL, SIGABRT,
	     "evert_sim_halt was called by a program that is simulated");
}

/* ---- Limits ---- */

Test(sim_fault, descriptors_run_out)
{
	int fds[2];

	evert_sim_limit_descriptors(client, 2);
	cr_assert(zero(int,
		       ops->close(system_here, ops->socket(system_here, AF_INET,
							   SOCK_STREAM, 0))));
	cr_assert(eq(int, ops->pipe(system_here, fds), -EMFILE));
	evert_sim_limit_descriptors(client, 1);
	cr_assert(eq(int, ops->socket(system_here, AF_INET, SOCK_DGRAM, 0),
		     -EMFILE));
	cr_assert(eq(int, ops->dup(system_here, near), -EMFILE));
}

Test(sim_fault, a_server_without_descriptors_goes_on_later)
{
	int first = near;

	evert_sim_limit_descriptors(server, evert_sim_descriptors(server));
	connect_to_server();
	send_byte();
	evert_sim_run(sim, 10);
	send_byte();
	evert_sim_run(sim, 10);
	cr_assert(eq(int, (int)read_byte(), -EAGAIN));

	ops->close(system_here, first);
	evert_sim_run(sim, 10);
	cr_assert(eq(int, (int)read_byte(), 1));
}
