/* SPDX-License-Identifier: MIT */
/* The schemes unix and unix-abstract. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"
#include "../../support/unhandled.h"
#include "../../support/unix.h"

static struct test_system kernel; /* with a time of its own */
static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static struct evert_port *port;
static char message[512];

static void begin(void)
{
	umask(022);
	unix_folder_make();
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

TestSuite(unix_endpoint, .init = begin, .fini = finish);
TestSuite(unix_endpoint_sweep);

/* "unix:FOLDER/socket" and more; overwritten by the next. */
static char *endpoint(const char *more)
{
	static char text[256];

	snprintf(text, sizeof(text), "unix:%s%s", unix_path("socket"), more);
	return text;
}

static char *abstract_endpoint(const char *name)
{
	static char text[256];

	snprintf(text, sizeof(text), "unix-abstract:evert-test-%ld-%s",
		 (long)getpid(), name);
	return text;
}

static struct evert_port *listen_on(const char *text)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen(reactor, text, &servers.base));

	if (evert_result_is_failure(&result))
		cr_fatal("it failed: %s",
			 evert_result_as_failure(&result)->message);
	return evert_port_take(&result);
}

static struct recorder *connect_to(const char *text)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_connect(reactor, text, &clients.base));
	struct recorder *client = recorder_of(&result);

	turn_until_count(reactor, &servers.built, clients.built);
	return client;
}

/* It fails; its errno. */
static int failed(struct evert_deferred *deferred,
		  const struct evert_error *kind)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_failure *failure =
		evert_result_as_failure(&result);
	int error = failure->error;

	cr_assert(eq(ptr, (void *)failure->kind, (void *)kind), "%s",
		  failure->message);
	snprintf(message, sizeof(message), "%s", failure->message);
	evert_result_release(result);
	return error;
}

static int connect_fails(const char *text, const struct evert_error *kind)
{
	return failed(evert_connect(reactor, text, &clients.base), kind);
}

static int listen_fails(const char *text, const struct evert_error *kind)
{
	return failed(evert_listen(reactor, text, &servers.base), kind);
}

static void expect_talk(struct recorder *client, struct recorder *server)
{
	recorder_write(client, "to server");
	recorder_write(server, "to client");
	turn_until_count(reactor, &server->received, 9);
	turn_until_count(reactor, &client->received, 9);
	cr_assert(eq(str, server->data, "to server"));
	cr_assert(eq(str, client->data, "to client"));
}

/* ---- Talking ---- */

Test(unix_endpoint, p80_connects_and_listens_on_a_path)
{
	struct evert_address address = unix_address("socket"), seen;
	size_t length;

	port = listen_on(endpoint(""));
	expect_talk(connect_to(endpoint("")), &servers.recorders[0]);
	cr_assert(evert_address_is_equal(evert_port_address(port), &address));
	cr_assert(evert_address_is_equal(&clients.recorders[0].peer,
					 &address));
	cr_assert(zero(int, evert_transport_peer(
				    clients.recorders[0].base.transport,
				    &seen)));
	cr_assert(evert_address_is_equal(&seen, &address));
	cr_assert(zero(int, evert_transport_host(
				    servers.recorders[0].base.transport,
				    &seen)));
	cr_assert(evert_address_is_equal(&seen, &address));
	/* The client has no name. */
	cr_assert(zero(int, evert_transport_peer(
				    servers.recorders[0].base.transport,
				    &seen)));
	cr_assert(ne(ptr, (void *)evert_address_path(&seen, &length), NULL));
	cr_assert(zero(sz, length));
}

Test(unix_endpoint, p80_connects_and_listens_on_an_abstract_name)
{
	port = listen_on(abstract_endpoint("a"));
	expect_talk(connect_to(abstract_endpoint("a")), &servers.recorders[0]);
	cr_assert(eq(int,
		     connect_fails(abstract_endpoint("b"),
				   EVERT_CONNECT_FAILED),
		     ECONNREFUSED));
}

Test(unix_endpoint, p80_an_empty_abstract_name_is_one_that_is_picked)
{
	const struct evert_address *address;
	char text[64];
	size_t length;
	const char *path;

	port = listen_on("unix-abstract:");
	address = evert_port_address(port);
	path = evert_address_path(address, &length);
	snprintf(text, sizeof(text), "unix-abstract:%.*s", (int)length - 1,
		 path + 1);
	expect_talk(connect_to(text), &servers.recorders[0]);
}

Test(unix_endpoint, p52_each_side_ends_by_itself)
{
	struct recorder *client;

	port = listen_on(endpoint(""));
	client = connect_to(endpoint(""));
	recorder_write(client, "last");
	evert_transport_lose_connection(client->base.transport);
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	turn_until_count(reactor, &client->destroyed, 1);
	cr_assert(eq(str, servers.recorders[0].data, "last"));
	cr_assert(eq(ptr, (void *)servers.recorders[0].lost_kind,
		     (void *)EVERT_CONNECTION_DONE));
}

static void write_much(struct recorder *recorder)
{
	static char much[3000000];

	cr_assert(zero(int, evert_transport_write(recorder->base.transport,
						  much, sizeof(much))));
	evert_transport_lose_connection(recorder->base.transport);
}

/* No lingering: what the peer has not read by then it can still read. */
Test(unix_endpoint, p50_much_is_sent_before_it_closes)
{
	static const struct recorder_hooks hooks = { .made = write_much };

	servers.hooks = &hooks;
	port = listen_on(endpoint(""));
	connect_to(endpoint(""));
	turn_until_count(reactor, &clients.recorders[0].received, 3000000);
	turn_until_count(reactor, &clients.recorders[0].destroyed, 1);
	cr_assert(eq(ptr, (void *)clients.recorders[0].lost_kind,
		     (void *)EVERT_CONNECTION_DONE));
}

static void answer_and_close(struct recorder *recorder, const char *data,
			     size_t length)
{
	(void)data;
	(void)length;
	recorder_write(recorder, "answer");
	evert_transport_lose_connection(recorder->base.transport);
}

Test(unix_endpoint, p83_an_answer_survives_a_peer_that_still_sends)
{
	static const struct recorder_hooks hooks = {
		.received = answer_and_close,
	};
	struct recorder *client;
	int i;

	servers.hooks = &hooks;
	port = listen_on(endpoint(""));
	client = connect_to(endpoint(""));
	for (i = 0; i < 100 && !client->lost; i++) {
		evert_transport_write(client->base.transport, "more", 4);
		turn(reactor);
	}
	turn_until_count(reactor, &client->destroyed, 1);
	cr_assert(eq(str, client->data, "answer"));
}

/* ---- Options ---- */

Test(unix_endpoint, p80_sets_mode_owner_and_group_from_the_string)
{
	struct stat status;
	char more[64];

	snprintf(more, sizeof(more), ":mode=606:owner=%u:group=%u:backlog=3",
		 (unsigned)getuid(), (unsigned)getgid());
	port = listen_on(endpoint(more));
	cr_assert(zero(int, lstat(unix_path("socket"), &status)));
	cr_assert(eq(u32, status.st_mode, S_IFSOCK | 0606));
}

Test(unix_endpoint, p80_sets_the_mode_from_the_options)
{
	static const struct evert_socket_options options = {
		.mode = 0660,
		.send_buffer = 65536,
	};
	struct evert_deferred *d = evert_listen_with(
		reactor, endpoint(""), &servers.base, &options);

	evert_result_release(turn_until_fired(reactor, d));
	cr_assert(eq(u32, unix_mode("socket"), S_IFSOCK | 0660));
}

static int options_fail(const struct evert_socket_options *options,
			const struct evert_error *kind)
{
	return failed(evert_listen_with(reactor, endpoint(""), &servers.base,
					options),
		      kind);
}

Test(unix_endpoint, refuses_options_that_are_wrong)
{
	static char name[65];

	memset(name, 'n', sizeof(name) - 1);
	options_fail(&(struct evert_socket_options){ .mode = 010000 },
		     EVERT_BAD_OPTION);
	cr_assert(eq(str, message, "bad socket option: mode is 10000"));
	options_fail(&(struct evert_socket_options){ .owner = name },
		     EVERT_BAD_OPTION);
	options_fail(&(struct evert_socket_options){ .group = name },
		     EVERT_BAD_OPTION);
	cr_assert(eq(int,
		     options_fail(&(struct evert_socket_options){
					  .no_delay = EVERT_ON },
				  EVERT_LISTEN_FAILED),
		     EOPNOTSUPP));
	cr_assert(zero(u32, unix_mode("socket")));
}

Test(unix_endpoint, says_which_option_could_not_be_set)
{
	char expected[256];

	cr_assert(eq(int,
		     listen_fails(endpoint(":owner=no such user"),
				  EVERT_LISTEN_FAILED),
		     EINVAL));
	snprintf(expected, sizeof(expected),
		 "cannot listen on unix:%s (owner can't be set): "
		 "Invalid argument",
		 unix_path("socket"));
	cr_assert(eq(str, message, expected));
}

Test(unix_endpoint, refuses_what_it_cannot_have)
{
	static char long_path[256] = "unix:";

	memset(long_path + 5, 'p', 109);
	listen_fails(long_path, EVERT_BAD_ENDPOINT);
	connect_fails(long_path, EVERT_BAD_ENDPOINT);
	snprintf(long_path, sizeof(long_path), "unix-abstract:%0107d", 0);
	connect_fails(long_path, EVERT_CONNECT_FAILED);
	snprintf(long_path, sizeof(long_path), "unix-abstract:%0108d", 0);
	listen_fails(long_path, EVERT_BAD_ENDPOINT);
	connect_fails(long_path, EVERT_BAD_ENDPOINT);
	listen_fails("unix:", EVERT_BAD_ENDPOINT);
	connect_fails("unix-abstract:", EVERT_BAD_ENDPOINT);
	listen_fails("unix-abstract:x:mode=600", EVERT_BAD_ENDPOINT);
	connect_fails(endpoint(":mode=600"), EVERT_BAD_ENDPOINT);
	listen_fails(endpoint(":timeout=1"), EVERT_BAD_ENDPOINT);
	listen_fails(endpoint(":mode=888"), EVERT_BAD_ENDPOINT);
	listen_fails(endpoint(":mode=000"), EVERT_BAD_ENDPOINT);
	cr_assert(zero(u32, unix_mode("socket")));
	listen_fails(endpoint(":no-delay=yes"), EVERT_BAD_ENDPOINT);
}

Test(unix_endpoint, p80_takes_a_path_with_colons_when_they_are_quoted)
{
	char text[256];

	snprintf(text, sizeof(text), "unix:%s", unix_path("a\\:b\\=c"));
	port = listen_on(text);
	cr_assert(eq(u32, unix_mode("a:b=c") & S_IFMT, S_IFSOCK));
	expect_talk(connect_to(text), &servers.recorders[0]);
}

Test(unix_endpoint, says_what_has_failed)
{
	char expected[256];

	cr_assert(eq(int, connect_fails(endpoint(""), EVERT_CONNECT_FAILED),
		     ENOENT));
	snprintf(expected, sizeof(expected), "cannot connect to unix:%s: "
		 "No such file or directory",
		 unix_path("socket"));
	cr_assert(eq(str, message, expected));
	cr_assert(eq(int,
		     listen_fails("unix:/does/not/exist", EVERT_LISTEN_FAILED),
		     ENOENT));
}

/* ---- A full backlog ---- */

/* A server that does not accept, and whose backlog is full; its socket. */
static int full_server(int *waiting)
{
	struct evert_address address = unix_address("socket");
	int fd = unix_bound(SOCK_STREAM, &address);

	cr_assert(ge(int, fd, 0));
	cr_assert(zero(int, listen(fd, 0)));
	*waiting = unix_connected(SOCK_STREAM, &address);
	cr_assert(ge(int, *waiting, 0));
	cr_assert(eq(int, unix_connected(SOCK_STREAM, &address), -EAGAIN));
	return fd;
}

static size_t connects(void)
{
	return atomic_load(&kernel.plans[CALL_CONNECT].calls);
}

Test(unix_endpoint, waits_for_a_full_backlog_doubling_from_10_milliseconds)
{
	int waiting, fd = full_server(&waiting);
	size_t waits;
	struct evert_deferred *d =
		evert_connect(reactor, endpoint(""), &clients.base);

	cr_assert(eq(sz, connects(), 1));
	turn_for(reactor, 0.009);
	cr_assert(eq(sz, connects(), 1));
	turn_for(reactor, 0.002);
	cr_assert(eq(sz, connects(), 2));
	waits = test_system_waits(&kernel);
	turn_for(reactor, 0.018);
	cr_assert(eq(sz, connects(), 2));
	/* It sleeps meanwhile. */
	cr_assert(le(sz, test_system_waits(&kernel), waits + 4));
	turn_for(reactor, 0.002);
	cr_assert(eq(sz, connects(), 3));
	turn_for(reactor, 9);
	cr_assert(le(sz, connects(), 17));
	close(accept(fd, NULL, NULL));
	evert_result_release(turn_until_fired(reactor, d));
	cr_assert(eq(sz, clients.recorders[0].made, 1));
	close(waiting);
	close(fd);
}

Test(unix_endpoint, a_full_backlog_counts_for_the_timeout)
{
	int waiting, fd = full_server(&waiting);

	cr_assert(eq(int,
		     connect_fails(endpoint(":timeout=2"),
				   EVERT_CONNECT_TIMED_OUT),
		     ETIMEDOUT));
	close(waiting);
	close(fd);
}

Test(unix_endpoint, a_server_that_goes_while_its_backlog_is_full_is_told)
{
	int waiting, fd = full_server(&waiting);
	struct evert_deferred *d =
		evert_connect(reactor, endpoint(""), &clients.base);

	turn_for(reactor, 1);
	close(fd);
	cr_assert(eq(int, failed(d, EVERT_CONNECT_FAILED), ECONNREFUSED));
	close(waiting);
}

Test(unix_endpoint, p61_waiting_for_a_full_backlog_can_be_cancelled)
{
	size_t descriptors = count_descriptors(), before;
	int waiting, fd = full_server(&waiting);
	struct evert_deferred *d =
		evert_connect(reactor, endpoint(""), &clients.base);

	turn_for(reactor, 0.005);
	evert_deferred_cancel(d);
	failed(d, EVERT_CANCELLED);
	before = connects();
	close(waiting);
	close(fd);
	cr_assert(eq(sz, count_descriptors(), descriptors));
	turn_for(reactor, 1);
	cr_assert(eq(sz, connects(), before));
}

Test(unix_endpoint, waiting_for_a_full_backlog_ends_with_the_reactor)
{
	int waiting, fd = full_server(&waiting);
	struct evert_deferred *d =
		evert_connect(reactor, endpoint(""), &clients.base);

	evert_reactor_stop(reactor);
	run_reactor(reactor);
	failed(d, EVERT_REACTOR_STOPPED);
	close(waiting);
	close(fd);
}

/* ---- Whatever fails ---- */

static void memory_scenario(void *arg)
{
	int waiting, fd;
	struct evert_deferred *d;

	(void)arg;
	unix_folder_make();
	fd = full_server(&waiting);
	reactor = evert_reactor_create(NULL);
	recorder_factory_init(&clients, NULL, NULL);
	if (reactor) {
		d = evert_connect(reactor, endpoint(""), &clients.base);
		evert_reactor_turn(reactor, 0);
		evert_deferred_cancel(d);
		evert_deferred_release(d);
		evert_reactor_destroy(reactor);
	}
	close(fd);
	close(waiting);
	unix_folder_remove();
}

Test(unix_endpoint_sweep, leaves_nothing_whatever_allocation_fails)
{
	size_t before = count_descriptors();

	ignore_unhandled();
	fail_every_allocation(memory_scenario, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}
