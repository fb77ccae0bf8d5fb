/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/combine.h"
#include "../../../deferred/queue.h"
#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/reactor_internal.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"
#include "../../support/unhandled.h"

static struct test_system kernel; /* with a time of its own */
static struct evert_reactor *reactor;
static struct recorder_factory clients, servers;
static struct evert_port *port;
static char events[16]; /* what happened, a letter each */

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
}

static void begin_listening(void)
{
	begin();
	port = listen_here(reactor, &servers);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
}

/* What there is at one port of 127.0.0.1; and other listening. */
TestSuite(port, .init = begin_listening, .fini = finish);
TestSuite(listen, .init = begin, .fini = finish);
TestSuite(listens);

static struct evert_result listen_on(const char *endpoint)
{
	return turn_until_fired(reactor,
				evert_listen(reactor, endpoint, &servers.base));
}

static char *address_text(void)
{
	static char text[EVERT_ADDRESS_TEXT_SIZE];

	return (char *)evert_address_text(evert_port_address(port), text,
					  sizeof(text));
}

/* Connects to our port by `host`; the client. */
static struct recorder *connect_by(const char *host)
{
	char endpoint[64];
	struct evert_result result;

	snprintf(endpoint, sizeof(endpoint), "tcp:%s:%u", host,
		 evert_address_port(evert_port_address(port)));
	result = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));
	return recorder_of(&result);
}

/* ---- Listening ---- */

Test(listen, on_a_numeric_address_fires_at_once)
{
	struct evert_deferred *d =
		evert_listen(reactor, "tcp:127.0.0.1:0", &servers.base);

	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
	cr_assert(eq(sz, kernel.plans[CALL_GETADDRINFO].calls, 0));
}

Test(listen, on_port_0_tells_the_port_that_was_picked)
{
	struct evert_result result = listen_on("tcp:127.0.0.1:0");

	port = evert_port_take(&result);
	cr_assert(evert_address_port(evert_port_address(port)) != 0);
	cr_assert(strncmp(address_text(), "127.0.0.1:", 10) == 0);
}

static bool has_ip6(void)
{
	struct evert_result result = listen_on("tcp:[::1]:0");
	bool has = !evert_result_is_failure(&result);

	evert_result_release(result);
	return has;
}

Test(listen, on_an_ipv6_address)
{
	struct evert_result result;

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	result = listen_on("tcp:[::1]:0");
	port = evert_port_take(&result);
	cr_assert(strncmp(address_text(), "[::1]:", 6) == 0);
	connect_by("[::1]");
}

Test(listen, on_every_address_takes_both_families)
{
	struct evert_result result = listen_on("tcp::0");

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	port = evert_port_take(&result);
	connect_by("127.0.0.1");
	connect_by("[::1]");
}

Test(listen, on_every_address_where_there_is_no_ipv6_takes_ipv4)
{
	struct evert_result result;

	test_system_fail(&kernel, CALL_SOCKET, 1, EAFNOSUPPORT, false);
	result = listen_on("tcp::0");
	port = evert_port_take(&result);
	cr_assert(strncmp(address_text(), "0.0.0.0:", 8) == 0);
	connect_by("127.0.0.1");
}

/* Promise 91. */
Test(listen, p91_every_ipv4_and_every_ipv6_address_stand_side_by_side)
{
	struct evert_result result;
	char endpoint[32];

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	result = listen_on("tcp:[::]:0");
	port = evert_port_take(&result);
	snprintf(endpoint, sizeof(endpoint), "tcp:0.0.0.0:%u",
		 evert_address_port(evert_port_address(port)));
	result = listen_on(endpoint);
	cr_assert(not(evert_result_is_failure(&result)));
	evert_result_release(result);
}

static struct evert_result
listen_with(const char *endpoint, const struct evert_socket_options *options)
{
	return turn_until_fired(reactor,
				evert_listen_with(reactor, endpoint,
						  &servers.base, options));
}

/* Promise 91. */
Test(listen, p91_on_ipv6_takes_ipv4_if_asked_and_tells_it_as_ipv4)
{
	static const struct evert_socket_options both = {
		.ipv6_only = EVERT_OFF,
	};
	struct evert_result result;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	result = listen_with("tcp:[::]:0", &both);
	port = evert_port_take(&result);
	connect_by("127.0.0.1");
	turn_until_count(reactor, &servers.built, 1);
	evert_address_text(&servers.recorders[0].peer, text, sizeof(text));
	cr_assert(strncmp(text, "127.0.0.1:", 10) == 0, "%s", text);
}

Test(listen, on_every_address_by_one_socket_if_asked)
{
	static const struct evert_socket_options both = {
		.ipv6_only = EVERT_OFF,
	};
	struct evert_result result;

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	result = listen_with("tcp::0", &both);
	port = evert_port_take(&result);
	cr_assert(eq(sz, evert_port_address_count(port), 1));
	connect_by("127.0.0.1");
	connect_by("[::1]");
}

Test(listen, on_every_address_tells_both)
{
	struct evert_result result;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	result = listen_on("tcp::0");
	port = evert_port_take(&result);
	cr_assert(eq(sz, evert_port_address_count(port), 2));
	cr_assert(strncmp(address_text(), "[::]:", 5) == 0);
	evert_address_text(evert_port_address_at(port, 1), text, sizeof(text));
	cr_assert(strncmp(text, "0.0.0.0:", 8) == 0);
	cr_assert(evert_address_port(evert_port_address_at(port, 1)) ==
		  evert_address_port(evert_port_address(port)));
	cr_assert(evert_port_address_at(port, 2) == NULL);
}

Test(listen, picks_another_number_when_one_is_taken_at_a_later_address)
{
	struct evert_result result;

	test_system_fail(&kernel, CALL_BIND, 2, EADDRINUSE, false);
	result = listen_on("tcp::0");
	cr_assert(not(evert_result_is_failure(&result)));
	evert_result_release(result);
	cr_assert(eq(sz, kernel.plans[CALL_BIND].calls, 4));
}

static size_t tried; /* numbers, by IPv4 */

static int bind_by_ip6(struct evert_system *system, int fd,
		       const struct sockaddr *address, socklen_t length)
{
	if (address->sa_family == AF_INET) {
		tried++;
		return -EADDRINUSE;
	}
	return evert_system_real()->ops->bind(system, fd, address, length);
}

Test(listen, gives_up_when_no_number_is_free_at_all_addresses)
{
	static struct evert_system_ops ops;
	struct evert_result result;

	if (!has_ip6())
		cr_skip_test("no IPv6 here");
	ops = *kernel.base.ops;
	ops.bind = bind_by_ip6;
	kernel.base.ops = &ops;
	result = listen_on("tcp::0");
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, EADDRINUSE));
	evert_result_release(result);
	cr_assert(gt(sz, tried, 1));
	cr_assert(lt(sz, tried, 100));
}

Test(listen, sets_its_options_before_it_binds)
{
	static const struct evert_socket_options options = {
		.reuse_port = true,
		.backlog = 7,
	};
	struct evert_result result = listen_with("tcp:127.0.0.1:0", &options);
	struct evert_result beside;

	port = evert_port_take(&result);
	beside = listen_with(endpoint_of(port), &options);
	cr_assert(not(evert_result_is_failure(&beside)));
	evert_result_release(beside);
}

Test(listen, names_the_option_that_is_wrong)
{
	static const struct evert_socket_options options = {
		.backlog = -3,
	};
	struct evert_result result = listen_with("tcp::0", &options);

	cr_assert(evert_result_failed_with(&result, EVERT_BAD_OPTION));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     "bad socket option: backlog is -3"));
	evert_result_release(result);
}

static const char *const here_second[] = {
	"127.0.0.2",
	"127.0.0.1",
	NULL,
};

static struct evert_result listen_on_name(void)
{
	kernel.addresses = here_second;
	atomic_store(&kernel.threads_work, true);
	return listen_on("tcp:name.example:0");
}

Test(listen, p91_on_a_name_passes_over_an_address_that_is_elsewhere)
{
	struct evert_result result;

	test_system_fail(&kernel, CALL_BIND, 1, EADDRNOTAVAIL, false);
	result = listen_on_name();
	port = evert_port_take(&result);
	cr_assert(strncmp(address_text(), "127.0.0.1:", 10) == 0);
	cr_assert(eq(sz, evert_port_address_count(port), 1));
}

Test(listen, p91_on_a_name_takes_all_addresses_and_doubles_once)
{
	static const char *const doubled[] = {
		"127.0.0.2", "127.0.0.1", "127.0.0.1", "::ffff:127.0.0.2",
		NULL,
	};
	struct evert_result result;

	kernel.addresses = doubled;
	atomic_store(&kernel.threads_work, true);
	result = listen_on("tcp:name.example:0");
	port = evert_port_take(&result);
	cr_assert(eq(sz, evert_port_address_count(port), 2));
	connect_by("127.0.0.1");
	connect_by("127.0.0.2");
}

Test(listen, on_a_name_leaves_nothing_open_when_its_second_address_is_taken)
{
	size_t before = count_descriptors();
	struct evert_result result;

	test_system_fail(&kernel, CALL_LISTEN, 2, EADDRINUSE, true);
	result = listen_on_name();
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	evert_result_release(result);
	cr_assert(eq(sz, count_descriptors(), before));
}

Test(listen, on_a_name_fails_when_its_address_is_taken)
{
	struct evert_result result;

	test_system_fail(&kernel, CALL_BIND, 1, EADDRINUSE, false);
	result = listen_on_name();
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, EADDRINUSE));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     "cannot listen on name.example:0: Address already in "
		     "use"));
	evert_result_release(result);
	cr_assert(eq(sz, kernel.plans[CALL_BIND].calls, 1));
}

Test(listen, on_a_name_can_be_cancelled)
{
	struct evert_deferred *d;

	atomic_store(&kernel.lookups_blocked, true);
	kernel.addresses = here_second;
	d = evert_listen(reactor, "tcp:name.example:0", &servers.base);
	evert_deferred_cancel(d);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_CANCELLED));
	atomic_store(&kernel.lookups_blocked, false);
}

Test(listen, on_a_name_fails_when_the_reactor_goes_first)
{
	struct evert_deferred *d;

	atomic_store(&kernel.lookups_blocked, true);
	kernel.addresses = here_second;
	d = evert_listen(reactor, "tcp:name.example:0", &servers.base);
	evert_reactor_destroy(reactor);
	reactor = make_reactor(NULL);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_REACTOR_STOPPED));
	atomic_store(&kernel.lookups_blocked, false);
}

Test(listen, refuses_an_endpoint_that_is_none)
{
	struct evert_result result = listen_on("tcp:8080");

	cr_assert(evert_result_failed_with(&result, EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     "bad endpoint \"tcp:8080\" at character 9: its port is "
		     "missing; the form is tcp:HOST:PORT, "
		     "an IPv6 address in brackets"));
	evert_result_release(result);
}

Test(port, can_not_be_taken_twice)
{
	struct evert_result result;
	char message[128];

	result = listen_on(endpoint_of(port));
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	snprintf(message, sizeof(message),
		 "cannot listen on %s: Address already in use",
		 endpoint_of(port) + 4);
	cr_assert(eq(str, (char *)evert_result_as_failure(&result)->message,
		     message));
	evert_result_release(result);
}

/* ---- Accepting ---- */

Test(port, makes_a_protocol_for_each_connection_and_tells_who_it_is)
{
	struct evert_address host;
	char text[EVERT_ADDRESS_TEXT_SIZE], expected[EVERT_ADDRESS_TEXT_SIZE];
	struct recorder *client = connect_by("127.0.0.1");

	connect_by("127.0.0.1");
	turn_until_count(reactor, &servers.built, 2);
	cr_assert(eq(str, servers.recorders[0].events, "M"));
	cr_assert(eq(str, servers.recorders[1].events, "M"));
	evert_transport_host(client->base.transport, &host);
	cr_assert(eq(
		str,
		(char *)evert_address_text(&servers.recorders[0].peer, text,
					   sizeof(text)),
		(char *)evert_address_text(&host, expected, sizeof(expected))));
}

Test(port, p58_a_connection_that_the_factory_refuses_is_closed_at_once)
{
	size_t before = count_descriptors();
	struct recorder *client;

	servers.refuses = true;
	client = connect_by("127.0.0.1");
	turn_until_count(reactor, &client->destroyed, 1);
	cr_assert(eq(sz, servers.asked, 1));
	cr_assert(eq(ptr, (void *)client->lost_kind,
		     (void *)EVERT_CONNECTION_DONE));
	cr_assert(eq(sz, count_descriptors(), before));
	servers.refuses = false;
	connect_by("127.0.0.1");
	turn_until_count(reactor, &servers.built, 1);
}

/* Connects without the reactor. */
static int connect_raw(void)
{
	const struct evert_address *address = evert_port_address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert(fd >= 0);
	cr_assert(connect(fd, &address->as.any, address->length) == 0);
	return fd;
}

Test(port, takes_so_many_connections_in_a_turn_that_others_have_theirs)
{
	int fds[100];
	size_t i;

	servers.refuses = true;
	for (i = 0; i < 100; i++)
		fds[i] = connect_raw();
	turn(reactor);
	cr_assert(gt(sz, servers.asked, 1));
	cr_assert(lt(sz, servers.asked, 100));
	turn_until_count(reactor, &servers.asked, 100);
	for (i = 0; i < 100; i++)
		close(fds[i]);
}

/* ---- Running out ---- */

/* Accepting fails for a while, then works again. */
static void survive(int error)
{
	size_t before = test_system_waits(&kernel);
	int fd = connect_raw();

	test_system_fail(&kernel, CALL_ACCEPT, 1, error, true);
	turn_for(reactor, 1);
	cr_assert(eq(sz, servers.built, 0));
	/* Ten tries, and two turns for each at most. */
	cr_assert(le(sz, test_system_waits(&kernel) - before, 22));
	cr_assert(le(sz, kernel.plans[CALL_ACCEPT].failed, 11));
	test_system_fail(&kernel, CALL_ACCEPT, 0, 0, false);
	turn_until_count(reactor, &servers.built, 1);
	cr_assert(eq(str, servers.recorders[0].events, "M"));
	close(fd);
}

Test(port, p59_survives_emfile_without_spinning)
{
	survive(EMFILE);
}

Test(port, p59_survives_enfile_without_spinning)
{
	survive(ENFILE);
}

Test(port, p59_survives_enobufs_without_spinning)
{
	survive(ENOBUFS);
}

Test(port, p59_survives_enomem_without_spinning)
{
	survive(ENOMEM);
}

Test(port, p59_survives_an_error_nobody_has_heard_of_without_spinning)
{
	survive(EXFULL);
}

Test(port, p59_a_connection_that_was_aborted_holds_up_nobody)
{
	int64_t begun = kernel.now;
	int fd = connect_raw();

	test_system_fail(&kernel, CALL_ACCEPT, 1, ECONNABORTED, false);
	turn_until_count(reactor, &servers.built, 1);
	cr_assert(eq(i64, kernel.now, begun));
	close(fd);
}

Test(port, p59_that_can_not_be_watched_tries_again)
{
	struct evert_result result;
	int fd;

	if (!kernel.plans[CALL_EPOLL_CREATE].calls)
		cr_skip_test("poll can watch everything");
	test_system_fail(&kernel, CALL_EPOLL_CTL, 1, ENOSPC, false);
	result = listen_on("tcp:127.0.0.1:0");
	port = evert_port_take(&result);
	fd = connect_raw();
	turn_until_count(reactor, &servers.built, 1);
	close(fd);
}

Test(listens, p59_survive_when_there_is_no_memory_even_to_pause)
{
	struct evert_deferred *d;
	int fd, turns;

	failing_allocator_start(0, false);
	begin();
	d = evert_listen(reactor, "tcp:127.0.0.1:0", &servers.base);
	port = evert_result_as_port(evert_deferred_result(d));
	evert_deferred_release(d);
	fd = connect_raw();
	test_system_fail(&kernel, CALL_ACCEPT, 1, ENOMEM, true);
	failing_allocator_fail(1, true);
	for (turns = 0; turns < 10; turns++)
		evert_reactor_turn(reactor, -1);
	cr_assert(eq(sz, kernel.plans[CALL_ACCEPT].failed, 1));
	failing_allocator_fail(0, false);
	test_system_fail(&kernel, CALL_ACCEPT, 0, 0, false);
	turn_until_count(reactor, &servers.built, 1);
	close(fd);
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(port, stopped_while_it_is_paused_stays_stopped)
{
	int fd = connect_raw();

	test_system_fail(&kernel, CALL_ACCEPT, 1, EMFILE, false);
	turn(reactor);
	evert_result_release(
		turn_until_fired(reactor, evert_port_stop_listening(port)));
	cr_assert(eq(sz, evert_clock_pending(evert_reactor_clock(reactor)), 0));
	turn_for(reactor, 1);
	cr_assert(eq(sz, servers.asked, 0));
	close(fd);
}

/* ---- Stopping ---- */

static bool refuses_connections(const char *endpoint)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_connect(reactor, endpoint, &clients.base));
	bool refused = evert_result_failed_with(&result, EVERT_CONNECT_FAILED);

	evert_result_release(result);
	return refused;
}

Test(port, p60_fires_when_it_is_closed_and_refuses_then)
{
	const char *endpoint = endpoint_of(port);
	size_t before = count_descriptors();
	struct evert_deferred *d = evert_port_stop_listening(port);
	struct evert_result result;

	cr_assert(not(evert_deferred_has_fired(d)));
	result = turn_until_fired(reactor, d);
	cr_assert(evert_result_is_none(&result));
	cr_assert(eq(sz, count_descriptors(), before - 1));
	cr_assert(refuses_connections(endpoint));
}

Test(port, p60_established_connections_stay)
{
	struct recorder *client = connect_by("127.0.0.1");

	turn_until_count(reactor, &servers.built, 1);
	evert_result_release(
		turn_until_fired(reactor, evert_port_stop_listening(port)));
	recorder_write(client, "still here");
	turn_until_count(reactor, &servers.recorders[0].received, 10);
	cr_assert(eq(sz, client->lost, 0));
}

static struct evert_result note(struct evert_result *in, void *letter)
{
	events[strlen(events)] = *(const char *)letter;
	return *in;
}

static void stop_and_note(const char *letter)
{
	struct evert_deferred *d = evert_port_stop_listening(port);

	evert_deferred_add_callback(d, note, (void *)letter);
	evert_deferred_release(d);
}

Test(port, p60_calling_it_twice_is_harmless_and_both_are_told)
{
	stop_and_note("a");
	stop_and_note("b");
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "ab"));
}

static struct evert_result stop_again(struct evert_result *in, void *arg)
{
	(void)arg;
	stop_and_note("b");
	return *in;
}

Test(port, p60_calling_it_again_because_it_is_closed_is_harmless)
{
	struct evert_deferred *d = evert_port_stop_listening(port);

	evert_deferred_add_callback(d, stop_again, NULL);
	evert_deferred_add_callback(d, note, "a");
	evert_deferred_release(d);
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "ba"));
}

static void stop_while_building(struct recorder_factory *factory)
{
	(void)factory;
	stop_and_note("a");
}

Test(port, p60_may_be_called_while_a_protocol_is_built)
{
	int fds[3] = { connect_raw(), connect_raw(), connect_raw() };
	int i;

	servers.building = stop_while_building;
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "a"));
	cr_assert(eq(sz, servers.built, 1));
	cr_assert(eq(str, servers.recorders[0].events, "M"));
	for (i = 0; i < 3; i++)
		close(fds[i]);
}

static void stop_when_made(struct recorder *recorder)
{
	(void)recorder;
	stop_and_note("a");
}

static const struct recorder_hooks stopping = { .made = stop_when_made };

Test(port, p60_may_be_called_by_a_connection_made)
{
	int fd = connect_raw();

	recorder_factory_init(&servers, &stopping, NULL);
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "a"));
	cr_assert(eq(str, servers.recorders[0].events, "M"));
	close(fd);
}

Test(port, p60_the_waiting_can_be_cancelled)
{
	struct evert_deferred *d = evert_port_stop_listening(port);

	stop_and_note("a");
	evert_deferred_cancel(d);
	cr_assert(eq(ptr, (void *)turn_until_failed(reactor, d),
		     (void *)EVERT_CANCELLED));
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "a"));
}

Test(port, closed_tells_when_it_is_closed_without_stopping_it)
{
	struct evert_deferred *d = evert_port_closed(port);

	evert_deferred_add_callback(d, note, "c");
	connect_by("127.0.0.1");
	cr_assert(eq(str, events, ""));
	stop_and_note("a");
	turn_until_idle(reactor);
	cr_assert(eq(str, events, "ca"));
	evert_deferred_release(d);
}

Test(port, tells_who_waits_for_its_end_when_the_reactor_goes)
{
	struct evert_deferred *d = evert_port_closed(port);

	evert_deferred_add_callback(d, note, "c");
	evert_deferred_release(d);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, events, "c"));
}

/* ---- Trouble at every step ---- */

static struct evert_deferred *closing;

static void listen_and_stop(struct test_system *system)
{
	struct evert_reactor_options options = { .system = &system->base };
	struct evert_reactor *own = evert_reactor_create(&options);
	struct evert_deferred *d;
	const struct evert_result *result;

	if (!own)
		return;
	recorder_factory_init(&servers, NULL, NULL);
	d = evert_listen(own, "tcp::0", &servers.base);
	result = d ? evert_deferred_result(d) : NULL;
	if (result && !evert_result_is_failure(result)) {
		closing =
			evert_port_stop_listening(evert_result_as_port(result));
		evert_deferred_release(closing);
	}
	evert_deferred_release(d);
	evert_reactor_stop(own);
	evert_reactor_run(own);
	evert_reactor_destroy(own);
}

Test(listens, leave_no_descriptor_open_whichever_system_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKET, EMFILE },     { CALL_BIND, EADDRINUSE },
		{ CALL_LISTEN, EADDRINUSE }, { CALL_SETSOCKOPT, ENOPROTOOPT },
		{ CALL_CLOSE, EIO },	     { CALL_GETSOCKNAME, ENOBUFS },
		{ CALL_EPOLL_CTL, ENOSPC },
		{ .error = 0 },
	};

	ignore_unhandled();
	fail_every_fault(faults, NULL, listen_and_stop);
}

static void listen_with_little_memory(void *arg)
{
	(void)arg;
	test_system_init(&kernel);
	listen_and_stop(&kernel);
}

Test(listens, leave_nothing_behind_whichever_allocation_fails)
{
	size_t before = count_descriptors();

	ignore_unhandled();
	fail_every_allocation(listen_with_little_memory, NULL);
	cr_assert(eq(sz, count_descriptors(), before));
}

/* ---- A port that nobody was given ---- */

static size_t count_members(void)
{
	struct evert_list_node *node;
	size_t count = 0;

	for (node = reactor->members.next; node != &reactor->members;
	     node = node->next)
		count++;
	return count;
}

static void expect_ports_after_a_turn(size_t ports)
{
	evert_reactor_take_turn(reactor, 0);
	cr_assert(eq(sz, count_members(), ports));
}

static struct evert_deferred *listen_at_once(void)
{
	return evert_listen(reactor, "tcp:127.0.0.1:0", &servers.base);
}

Test(listen, p89_a_port_whose_result_is_released_listens_on)
{
	evert_deferred_release(listen_at_once());
	expect_ports_after_a_turn(1);
}

Test(listen, p89_a_port_that_lost_a_race_is_closed)
{
	struct evert_deferred *two[] = {
		evert_deferred_create_fired(evert_result_integer(1)),
		listen_at_once(),
	};

	evert_deferred_release(evert_race(two, 2));
	expect_ports_after_a_turn(0);
}

Test(listen, p89_a_port_among_others_that_failed_is_closed)
{
	struct evert_deferred *two[] = {
		listen_at_once(),
		evert_listen(reactor, "tcp:nothing", &servers.base),
	};
	struct evert_deferred *all = evert_gather(two, 2, 0);
	struct evert_result r = turn_until_fired(reactor, all);

	cr_assert(evert_result_is_failure(&r));
	evert_result_release(r);
	expect_ports_after_a_turn(0);
}

Test(listen, p89_a_port_in_a_queue_that_is_destroyed_is_closed)
{
	struct evert_queue *queue = evert_queue_create(1, 0);
	struct evert_result r = turn_until_fired(reactor, listen_at_once());

	cr_assert(zero(int, evert_queue_put(queue, r)));
	evert_queue_destroy(queue);
	expect_ports_after_a_turn(0);
}

Test(listen, p85_the_result_of_a_port_outlives_it)
{
	struct evert_result r = turn_until_fired(reactor, listen_at_once());

	evert_deferred_release(
		evert_port_stop_listening(evert_result_as_port(&r)));
	expect_ports_after_a_turn(0);
	cr_assert(zero(ptr, evert_result_as_port(&r)));
	evert_result_release(r);
}
