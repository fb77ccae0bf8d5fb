/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/connect.h"
#include "../../../reactor/transport/connection_internal.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/routes.h"
#include "../../support/system.h"
#include "../../support/unhandled.h"

static struct evert_system_ops *ops;
static struct test_system network;

static struct evert_reactor *reactor;
static struct evert_port *port;
static struct recorder_factory clients, servers;
static struct evert_deferred *connecting;
static struct evert_result outcome;
static size_t outcomes;
static size_t descriptors; /* open before the connect */

/* ---- Tests of one connect ---- */

static void begin(void)
{
	struct evert_result result;

	test_system_init(&network);
	ops = routes_begin(&network);
	network.virtual_time = true;
	reactor = make_reactor(&network.base);
	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, NULL, NULL);
	result = turn_until_fired(
		reactor, evert_listen(reactor, "tcp:0.0.0.0:0", &servers.base));
	port = evert_port_take(&result);
}

static void finish(void)
{
	evert_deferred_release(connecting);
	evert_result_release(outcome);
	evert_reactor_destroy(reactor);
	routes_end();
}

TestSuite(connect, .init = begin, .fini = finish);
TestSuite(connects);

static struct evert_result keep(struct evert_result *in, void *arg)
{
	(void)arg;
	outcomes++;
	outcome = evert_result_take(in);
	return evert_result_none();
}

static void connect_to(const char *endpoint)
{
	descriptors = count_descriptors();
	connecting = evert_connect(reactor, endpoint, &clients.base);
	evert_deferred_add_both(connecting, keep, NULL);
}

/* "tcp:HOST:" and the port that the server listens on. */
static const char *served_by(const char *host)
{
	static char text[300];

	snprintf(text, sizeof(text), "tcp:%s:%u", host,
		 evert_address_port(evert_port_address(port)));
	return text;
}

/* The name has these addresses. */
static void begin_to(const char *const *addresses)
{
	network.addresses = addresses;
	atomic_store(&network.threads_work, true);
	routes_use_any_family();
	connect_to(served_by("name.example"));
}

static void connect_to_name(const char *const *addresses)
{
	begin_to(addresses);
	turn_until_count(reactor, &outcomes, 1);
}

static const struct evert_failure *failure(void)
{
	return evert_result_as_failure(&outcome);
}

static bool failed_with(const struct evert_error *kind)
{
	return outcomes == 1 && evert_result_failed_with(&outcome, kind);
}

/* Nothing more happens, and nothing stays behind. */
static bool left_nothing(void)
{
	turn_until_idle(reactor);
	return outcomes == 1 &&
	       count_descriptors() == descriptors + routes_open_ends();
}

/* ---- One address ---- */

Test(connect, fires_with_the_protocol_after_its_connection_made)
{
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(eq(ptr, recorder_of(&outcome), &clients.recorders[0]));
	cr_assert(eq(str, clients.recorders[0].events, "M"));
}

Test(connect, never_fires_before_it_returns_when_the_kernel_is_fast)
{
	connect_to(served_by("127.0.0.1"));
	cr_assert(eq(sz, outcomes, 0));
	turn_until_count(reactor, &outcomes, 1);
}

Test(connect, tells_the_factory_the_address_of_the_peer)
{
	char text[EVERT_ADDRESS_TEXT_SIZE], expected[64];

	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u",
		 evert_address_port(evert_port_address(port)));
	cr_assert(eq(str,
		     (char *)evert_address_text(&clients.recorders[0].peer,
						text, sizeof(text)),
		     expected));
}

Test(connect, goes_on_when_nobody_waits_for_it)
{
	evert_deferred_release(
		evert_connect(reactor, served_by("127.0.0.1"), &clients.base));
	turn_until_count(reactor, &servers.built, 1);
	cr_assert(eq(str, clients.recorders[0].events, "M"));
}

Test(connect, p76_a_numeric_address_needs_no_lookup)
{
	connect_to(served_by("127.0.0.1"));
	cr_assert(eq(sz, network.plans[CALL_GETADDRINFO].calls, 0));
	cr_assert(eq(sz, network.plans[CALL_SOCKET].calls, 2));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(eq(sz, network.plans[CALL_START_THREAD].calls, 0));
}

Test(connect, p76_a_name_is_looked_up)
{
	connect_to(served_by("localhost"));
	atomic_store(&network.threads_work, true);
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
	cr_assert(eq(sz, network.plans[CALL_GETADDRINFO].calls, 1));
}

Test(connect, fails_when_nobody_listens)
{
	char message[400];
	const char *endpoint = served_by("127.0.0.1");

	evert_deferred_release(evert_port_stop_listening(port));
	turn_until_idle(reactor);
	connect_to(endpoint);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECT_FAILED));
	cr_assert(eq(int, failure()->error, ECONNREFUSED));
	snprintf(message, sizeof(message),
		 "cannot connect to %s: Connection refused", endpoint + 4);
	cr_assert(eq(str, (char *)failure()->message, message));
	cr_assert(eq(ptr, failure()->cause, NULL));
	cr_assert(left_nothing());
}

static int be_connected_to_oneself(struct evert_system *base, int fd,
				   struct sockaddr *address, socklen_t *length)
{
	struct evert_system *kernel = evert_system_real();

	(void)base;
	return kernel->ops->getpeername(kernel, fd, address, length);
}

Test(connect, that_met_itself_is_refused)
{
	ops->getsockname = be_connected_to_oneself;
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECT_FAILED));
	cr_assert(eq(int, failure()->error, ECONNREFUSED));
}

static int connect_interrupted(struct evert_system *base, int fd,
			       const struct sockaddr *address, socklen_t length)
{
	struct evert_system *kernel = evert_system_real();

	(void)base;
	kernel->ops->connect(kernel, fd, address, length);
	return -EINTR;
}

Test(connect, goes_on_when_a_signal_interrupts_it)
{
	ops->connect = connect_interrupted;
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
}

Test(connect, refuses_an_endpoint_that_is_none)
{
	connect_to("tcp:localhost:http");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)failure()->message,
		     "bad endpoint \"tcp:localhost:http\" at character 15: a "
		     "port is a decimal number up to 65535; the form is "
		     "tcp:HOST:PORT, an IPv6 address in brackets"));
	cr_assert(left_nothing());
}

Test(connect, refuses_an_endpoint_without_a_host)
{
	connect_to("tcp::80");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)failure()->message,
		     "bad endpoint \"tcp::80\" at character 5: to connect, it "
		     "needs a host"));
}

Test(connect, refuses_an_endpoint_without_a_port)
{
	connect_to("tcp:[::1]:0");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_BAD_ENDPOINT));
	cr_assert(eq(str, (char *)failure()->message,
		     "bad endpoint \"tcp:[::1]:0\" at character 11: to "
		     "connect, it needs a port"));
}

Test(connect, p58_is_aborted_when_the_factory_refuses)
{
	clients.refuses = true;
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECTION_ABORTED));
	cr_assert(eq(sz, clients.asked, 1));
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	cr_assert(left_nothing());
}

static size_t again; /* how often it is to be tried */

static struct evert_result connect_again(struct evert_result *in, void *arg)
{
	struct evert_deferred *d;

	(void)arg;
	outcomes++;
	if (!again--)
		return evert_result_none();
	d = evert_connect(reactor, "tcp::1", &clients.base);
	cr_assert(not(evert_deferred_has_fired(d)));
	evert_deferred_add_errback(d, connect_again, NULL);
	evert_deferred_release(d);
	(void)in;
	return evert_result_none();
}

/* Promise 87. */
Test(connect, p87_that_fails_at_once_and_is_tried_again_takes_turns)
{
	struct evert_result first = evert_result_none();

	again = 10000;
	connect_again(&first, NULL);
	turn_until_count(reactor, &outcomes, 10001);
}

/* Promise 87: no stack, but a message. */
static void stop_and_connect_again(void *arg)
{
	struct evert_result first = evert_result_none();

	(void)arg;
	again = SIZE_MAX;
	connect_again(&first, NULL);
	evert_reactor_stop(reactor);
	evert_reactor_run(reactor);
}

Test(connect, p87_that_is_tried_again_without_end_while_the_reactor_stops_is_a_bug)
{
	dies(stop_and_connect_again, NULL, SIGABRT,
	     "has to look for EVERT_REACTOR_STOPPED");
}

Test(connect, that_has_failed_and_is_not_told_yet_can_be_cancelled)
{
	connect_to("tcp::1");
	evert_deferred_cancel(connecting);
	cr_assert(failed_with(EVERT_CANCELLED));
	cr_assert(left_nothing());
}

/* ---- Options ---- */

static struct evert_result
connect_with(const struct evert_socket_options *options)
{
	return turn_until_fired(
		reactor, evert_connect_with(reactor, served_by("127.0.0.1"),
					    &clients.base, options));
}

static int option_of(const struct recorder *recorder, int level, int option)
{
	struct evert_transport *transport = recorder->base.transport;
	struct evert_connection *c = evert_connection_from(transport);
	int value = 0;
	socklen_t length = sizeof(value);

	cr_assert(getsockopt(c->watch.fd, level, option, &value, &length) ==
		  0);
	return value;
}

Test(connect, p91_sets_its_options_before_it_connects)
{
	static const struct evert_socket_options options = {
		.keep_alive_idle = 41,
		.keep_alive_interval = 7,
		.keep_alive_count = 3,
		.no_delay = EVERT_OFF,
		.local_host = "127.0.0.3",
	};
	struct evert_result result = connect_with(&options);
	struct recorder *client = recorder_of(&result);
	char text[EVERT_ADDRESS_TEXT_SIZE];

	cr_assert(eq(int, option_of(client, SOL_SOCKET, SO_KEEPALIVE), 1));
	cr_assert(eq(int, option_of(client, IPPROTO_TCP, TCP_KEEPIDLE), 41));
	cr_assert(eq(int, option_of(client, IPPROTO_TCP, TCP_KEEPINTVL), 7));
	cr_assert(eq(int, option_of(client, IPPROTO_TCP, TCP_KEEPCNT), 3));
	cr_assert(eq(int, option_of(client, IPPROTO_TCP, TCP_NODELAY), 0));
	turn_until_count(reactor, &servers.built, 1);
	evert_address_text(&servers.recorders[0].peer, text, sizeof(text));
	cr_assert(strncmp(text, "127.0.0.3:", 10) == 0, "%s", text);
}

Test(connect, p91_names_the_option_that_is_wrong)
{
	static const struct {
		struct evert_socket_options options;
		const char *message;
	} wrong[] = {
		{ { .keep_alive_count = -1 },
		  "bad socket option: keep_alive_count is -1" },
		{ { .no_delay = (enum evert_choice)3 },
		  "bad socket option: no_delay is 3" },
		{ { .local_host = "localhost" },
		  "bad socket option: local_host \"localhost\" is no numeric "
		  "address" },
	};
	struct evert_result result;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		result = connect_with(&wrong[i].options);
		cr_assert(evert_result_failed_with(&result, EVERT_BAD_OPTION));
		cr_assert(eq(str,
			     (char *)evert_result_as_failure(&result)->message,
			     (char *)wrong[i].message));
		evert_result_release(result);
	}
}

Test(connect, p91_names_the_option_that_the_system_refuses)
{
	static const struct evert_socket_options options = {
		.keep_alive_idle = 2000000000,
	};
	struct evert_result result = connect_with(&options);

	cr_assert(evert_result_failed_with(&result, EVERT_CONNECT_FAILED));
	cr_assert(strstr(evert_result_as_failure(&result)->message,
			 " (keep_alive_idle can't be set): Invalid argument") != NULL);
	evert_result_release(result);
}

/* ---- Several addresses ---- */

/* Promise 91: facts tell of 127.0.0.1 twice. */
Test(connect, p91_tries_an_address_that_is_named_twice_once)
{
	static const char *const addresses[] = {
		"127.0.0.2", "127.0.0.2", "::ffff:127.0.0.2", NULL,
	};
	static const struct route refused = {
		.host = "127.0.0.2",
		.error = ECONNREFUSED,
	};

	routes[0] = refused;
	connect_to_name(addresses);
	cr_assert(eq(str, attempts, "127.0.0.2@0"));
	cr_assert(left_nothing());
}

Test(connect, p77_tries_the_families_in_turn_at_once_after_a_refusal)
{
	static const char *const addresses[] = {
		"::2", "::3", "::4", "127.0.0.2", "127.0.0.3", NULL,
	};
	static const struct route refused[] = {
		{ .host = "[::2]", .error = ECONNREFUSED },
		{ .host = "[::3]", .error = ECONNREFUSED },
		{ .host = "[::4]", .error = ENETUNREACH },
		{ .host = "127.0.0.2", .error = ECONNREFUSED },
		{ .host = "127.0.0.3", .error = ECONNREFUSED },
	};

	memcpy(routes, refused, sizeof(refused));
	connect_to_name(addresses);
	cr_assert(eq(str, attempts,
		     "[::2]@0 127.0.0.2@0 [::3]@0 127.0.0.3@0 [::4]@0"));
	cr_assert(left_nothing());
}

Test(connect, p77_begins_with_the_family_that_the_system_prefers)
{
	static const char *const addresses[] = {
		"127.0.0.2",
		"::2",
		NULL,
	};
	static const struct route refused[] = {
		{ .host = "[::2]", .error = ECONNREFUSED },
		{ .host = "127.0.0.2", .error = ECONNREFUSED },
	};

	memcpy(routes, refused, sizeof(refused));
	connect_to_name(addresses);
	cr_assert(eq(str, attempts, "127.0.0.2@0 [::2]@0"));
}

Test(connect, p77_begins_the_next_after_100_ms_and_the_first_success_wins)
{
	static const char *const addresses[] = {
		"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", NULL,
	};
	static const struct route two_hang[] = {
		{ .host = "127.0.0.2", .hangs = true },
		{ .host = "127.0.0.3", .hangs = true },
		{ .host = "127.0.0.4" },
		{ .host = "127.0.0.5" },
	};

	memcpy(routes, two_hang, sizeof(two_hang));
	connect_to_name(addresses);
	recorder_of(&outcome);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@100 127.0.0.4@150"));
	cr_assert(route_is_closed(&routes[0]));
	cr_assert(route_is_closed(&routes[1]));
	turn_until_count(reactor, &servers.built, 1);
	cr_assert(eq(sz, evert_clock_pending(evert_reactor_clock(reactor)), 0));
}

static const char *const three[] = {
	"127.0.0.2",
	"127.0.0.3",
	"127.0.0.4",
	NULL,
};
static const struct route three_hang[] = {
	{ .host = "127.0.0.2", .hangs = true },
	{ .host = "127.0.0.3", .hangs = true },
	{ .host = "127.0.0.4", .hangs = true },
};

static void begin_to_three_that_hang(void)
{
	memcpy(routes, three_hang, sizeof(three_hang));
	begin_to(three);
	while (!*attempts)
		turn(reactor);
}

Test(connect, p77_after_a_failure_the_next_begins_at_once_and_waiting_anew)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.07);
	route_fail(&routes[0]);
	turn_for(reactor, 0.5);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@70 127.0.0.4@120"));
	cr_assert(eq(sz, outcomes, 0));
}

Test(connect, p77_an_early_attempt_may_win_after_later_ones_have_begun)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.12);
	route_succeed("127.0.0.2");
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@100"));
	cr_assert(route_is_closed(&routes[1]));
	cr_assert(not(route_is_closed(&routes[0])));
	turn_for(reactor, 1);
	cr_assert(eq(sz, outcomes, 1));
}

Test(connect, p77_the_failure_of_a_late_attempt_leaves_the_others_alone)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.6);
	route_fail(&routes[2]);
	route_fail(&routes[0]);
	turn_until_idle(reactor);
	cr_assert(eq(sz, outcomes, 0));
	route_succeed("127.0.0.3");
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
}

Test(connect, p77_two_that_succeed_in_the_same_turn_make_one_connection)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.6);
	route_succeed("127.0.0.2");
	route_succeed("127.0.0.3");
	route_succeed("127.0.0.4");
	turn_until_count(reactor, &outcomes, 1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, clients.asked, 1));
	cr_assert(eq(sz, outcomes, 1));
}

Test(connect, p77_when_all_fail_the_failure_lists_every_attempt)
{
	static const struct route all_fail[] = {
		{ .host = "127.0.0.2", .error = ENETUNREACH },
		{ .host = "127.0.0.3", .hangs = true },
		{ .host = "127.0.0.4", .error = ECONNREFUSED },
	};
	const struct evert_failure *cause;
	char message[128];

	memcpy(routes, all_fail, sizeof(all_fail));
	begin_to(three);
	while (!strstr(attempts, "127.0.0.3"))
		turn(reactor);
	route_fail(&routes[1]);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECT_FAILED));
	cr_assert(strstr(failure()->message,
			 "cannot connect to name.example:") != NULL);
	cause = failure()->cause;
	cr_assert(eq(int, cause->error, ENETUNREACH));
	cr_assert(eq(sz, cause->index, 0));
	cause = cause->next;
	cr_assert(eq(int, cause->error, ECONNRESET));
	cr_assert(eq(sz, cause->index, 1));
	cause = cause->next;
	cr_assert(eq(int, cause->error, ECONNREFUSED));
	snprintf(message, sizeof(message),
		 "cannot connect to 127.0.0.4:%u: Connection refused",
		 evert_address_port(evert_port_address(port)));
	cr_assert(eq(str, (char *)cause->message, message));
	cr_assert(eq(ptr, cause->next, NULL));
	cr_assert(left_nothing());
}

Test(connect, p77_an_attempt_that_finds_no_descriptor_is_a_failed_one)
{
	static const struct route routes_[] = {
		{ .host = "127.0.0.2" },
		{ .host = "127.0.0.3" },
	};

	memcpy(routes, routes_, sizeof(routes_));
	network.addresses = three;
	atomic_store(&network.threads_work, true);
	test_system_fail(&network, CALL_SOCKET, 1, EMFILE, false);
	connect_to(served_by("name.example"));
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
	cr_assert(eq(str, attempts, "127.0.0.3@0"));
}

/* ---- Ended before its time ---- */

static void cancel(void *deferred)
{
	evert_deferred_cancel(*(struct evert_deferred **)deferred);
}

static bool was_cancelled(void)
{
	return failed_with(EVERT_CANCELLED) && left_nothing();
}

Test(connect, p61_is_cancelled_while_the_name_is_looked_up)
{
	atomic_store(&network.lookups_blocked, true);
	begin_to(three);
	while (!network.plans[CALL_GETADDRINFO].calls)
		sched_yield();
	evert_deferred_cancel(connecting);
	cr_assert(was_cancelled());
	atomic_store(&network.lookups_blocked, false);
	/* The thread drops what it found. */
	while (atomic_load(&network.threads_work))
		sched_yield();
	cr_assert(was_cancelled());
	cr_assert(eq(str, attempts, ""));
}

static struct evert_result ignore(struct evert_result *failure, void *arg)
{
	(void)failure;
	(void)arg;
	return evert_result_none();
}

Test(connect, p61_is_cancelled_while_the_name_waits_to_be_looked_up)
{
	struct evert_deferred *before[4];
	size_t i;

	atomic_store(&network.lookups_blocked, true);
	network.addresses = three;
	for (i = 0; i < 4; i++)
		before[i] = evert_connect(reactor, served_by("other.example"),
					  &clients.base);
	while (network.plans[CALL_GETADDRINFO].calls < 4)
		sched_yield();
	begin_to(three);
	evert_deferred_cancel(connecting);
	cr_assert(was_cancelled());
	for (i = 0; i < 4; i++) {
		evert_deferred_cancel(before[i]);
		evert_deferred_add_errback(before[i], ignore, NULL);
		evert_deferred_release(before[i]);
	}
	atomic_store(&network.lookups_blocked, false);
	cr_assert(eq(sz, network.plans[CALL_GETADDRINFO].calls, 4));
}

Test(connect, p61_is_cancelled_when_the_answer_waits_to_be_read)
{
	size_t wakes = network.plans[CALL_WRITE].calls;

	begin_to(three);
	while (network.plans[CALL_WRITE].calls == wakes)
		sched_yield();
	evert_deferred_cancel(connecting);
	turn_until_idle(reactor);
	cr_assert(was_cancelled());
	cr_assert(eq(str, attempts, ""));
	/* The answer was released when it came. */
	cr_assert(not(atomic_load(&network.threads_work)));
}

Test(connect, p61_is_cancelled_while_attempts_are_under_way)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.12);
	evert_deferred_cancel(connecting);
	cr_assert(route_is_closed(&routes[0]));
	cr_assert(route_is_closed(&routes[1]));
	cr_assert(was_cancelled());
	turn_for(reactor, 1);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@100"));
}

Test(connect, p61_is_cancelled_when_it_has_succeeded_but_was_not_told)
{
	connect_to(served_by("127.0.0.1"));
	evert_deferred_cancel(connecting);
	cr_assert(failed_with(EVERT_CANCELLED));
	cr_assert(eq(sz, clients.asked, 0));
	turn_until_idle(reactor);
	cr_assert(eq(sz, outcomes, 1));
	cr_assert(eq(sz, clients.asked, 0));
}

static void cancel_it(struct recorder_factory *factory)
{
	(void)factory;
	cancel(&connecting);
}

Test(connect, p61_is_cancelled_while_the_protocol_is_built)
{
	clients.building = cancel_it;
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CANCELLED));
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	cr_assert(eq(str, clients.recorders[0].events, "MLX"));
	cr_assert(was_cancelled());
}

Test(connect, p61_is_cancelled_by_a_factory_that_refuses)
{
	clients.building = cancel_it;
	clients.refuses = true;
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	cr_assert(was_cancelled());
}

static void cancel_when_made(struct recorder *recorder)
{
	(void)recorder;
	cancel(&connecting);
}

static const struct recorder_hooks cancelling = { .made = cancel_when_made };

Test(connect, p61_is_cancelled_by_its_connection_made)
{
	recorder_factory_init(&clients, &cancelling, NULL);
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &servers.recorders[0].destroyed, 1);
	cr_assert(eq(str, clients.recorders[0].events, "MLX"));
	cr_assert(was_cancelled());
}

Test(connect, p61_cancelling_it_when_it_has_connected_does_nothing)
{
	connect_to(served_by("127.0.0.1"));
	turn_until_count(reactor, &outcomes, 1);
	evert_deferred_cancel(connecting);
	turn_until_idle(reactor);
	cr_assert(eq(sz, outcomes, 1));
	cr_assert(eq(str, clients.recorders[0].events, "M"));
}

static void time_out(double seconds)
{
	evert_deferred_release(connecting);
	connecting = evert_connect(reactor, served_by("name.example"),
				   &clients.base);
	evert_deferred_add_timeout(connecting, seconds,
				   evert_reactor_clock(reactor));
	evert_deferred_add_both(connecting, keep, NULL);
}

Test(connect, p61_times_out_while_the_name_is_looked_up)
{
	atomic_store(&network.lookups_blocked, true);
	network.addresses = three;
	descriptors = count_descriptors();
	time_out(5);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_TIMED_OUT));
	cr_assert(left_nothing());
	atomic_store(&network.lookups_blocked, false);
}

Test(connect, p61_times_out_while_attempts_are_under_way)
{
	memcpy(routes, three_hang, sizeof(three_hang));
	network.addresses = three;
	descriptors = count_descriptors();
	atomic_store(&network.threads_work, true);
	time_out(0.12);
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_TIMED_OUT));
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@100"));
	cr_assert(left_nothing());
}

/* ---- Options of the endpoint ---- */

static const char *served_with(const char *host, const char *options)
{
	static char text[400];

	snprintf(text, sizeof(text), "%s:%s", served_by(host), options);
	return text;
}

static void begin_with(const char *const *addresses, const char *options)
{
	network.addresses = addresses;
	atomic_store(&network.threads_work, true);
	routes_use_any_family();
	connect_to(served_with("name.example", options));
}

Test(connect, p61_has_a_timeout_of_its_endpoint_for_the_lookup)
{
	atomic_store(&network.lookups_blocked, true);
	network.addresses = three;
	connect_to("tcp:name.example:80:timeout=5");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECT_TIMED_OUT));
	cr_assert(failed_with(EVERT_CONNECT_FAILED));
	cr_assert(eq(int, failure()->error, ETIMEDOUT));
	cr_assert(eq(str, (char *)failure()->message,
		     "cannot connect to name.example:80 within 5 seconds: its "
		     "name was not looked up by then"));
	cr_assert(left_nothing());
	atomic_store(&network.lookups_blocked, false);
}

Test(connect, p61_has_a_timeout_of_its_endpoint_for_the_attempts)
{
	static const struct route some[] = {
		{ .host = "127.0.0.2", .error = ECONNREFUSED },
		{ .host = "127.0.0.3", .hangs = true },
		{ .host = "127.0.0.4", .hangs = true },
	};
	const struct evert_failure *cause;
	char message[128];

	memcpy(routes, some, sizeof(some));
	begin_with(three, "timeout=0.4");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_CONNECT_TIMED_OUT));
	cause = failure()->cause;
	cr_assert(eq(int, cause->error, ECONNREFUSED));
	cause = cause->next;
	snprintf(message, sizeof(message), "no answer from 127.0.0.3:%u",
		 evert_address_port(evert_port_address(port)));
	cr_assert(eq(str, (char *)cause->message, message));
	cr_assert(eq(ptr, cause->next->next, NULL));
	cr_assert(left_nothing());
}

Test(connect, p61_that_is_in_time_forgets_its_timeout)
{
	connect_to(served_with("127.0.0.1", "timeout=5"));
	turn_until_count(reactor, &outcomes, 1);
	recorder_of(&outcome);
	cr_assert(eq(sz, evert_clock_pending(evert_reactor_clock(reactor)), 0));
	turn_for(reactor, 6);
	cr_assert(eq(sz, outcomes, 1));
}

Test(connect, p77_has_the_attempt_delay_of_its_endpoint)
{
	memcpy(routes, three_hang, sizeof(three_hang));
	begin_with(three, "attempt-delay=0.05");
	turn_for(reactor, 0.2);
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@50 127.0.0.4@100"));
}

static struct evert_socket_options its_options(void)
{
	struct evert_connection *c = evert_connection_from(
		recorder_of(&outcome)->base.transport);
	struct evert_socket_options is = { .backlog = 0 };
	socklen_t length = sizeof(int);
	struct evert_address host;
	int on = 0;

	getsockopt(c->watch.fd, SOL_SOCKET, SO_KEEPALIVE, &on, &length);
	is.keep_alive = on;
	getsockopt(c->watch.fd, IPPROTO_TCP, TCP_KEEPIDLE,
		   &is.keep_alive_idle, &length);
	getsockopt(c->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, &length);
	is.no_delay = on ? EVERT_ON : EVERT_OFF;
	cr_assert(evert_transport_host(&c->base, &host) == 0);
	is.local_port = (uint16_t)(ntohl(host.as.ip4.sin_addr.s_addr) & 0xff);
	return is;
}

Test(connect, p91_sets_the_options_of_its_endpoint)
{
	struct evert_socket_options is;

	connect_to(served_with("127.0.0.1", "bind=127.0.0.7:no-delay=no:"
					    "keep-alive-idle=77"));
	turn_until_count(reactor, &outcomes, 1);
	is = its_options();
	cr_assert(is.keep_alive);
	cr_assert(eq(int, is.keep_alive_idle, 77));
	cr_assert(eq(int, is.no_delay, EVERT_OFF));
	cr_assert(eq(int, is.local_port, 7));
}

/* One that is free now. */
static unsigned free_port(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t length = sizeof(any);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(zero(int, bind(fd, (struct sockaddr *)&any, sizeof(any))));
	getsockname(fd, (struct sockaddr *)&any, &length);
	close(fd);
	return ntohs(any.sin_port);
}

Test(connect, p91_begins_at_the_port_of_its_endpoint_at_any_address)
{
	struct evert_address host;
	unsigned own = free_port();
	char options[32];

	snprintf(options, sizeof(options), "bind-port=%u", own);
	connect_to(served_with("127.0.0.1", options));
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(zero(int, evert_transport_host(
				    recorder_of(&outcome)->base.transport,
				    &host)));
	cr_assert(eq(uint, evert_address_port(&host), own));
}

Test(connect, p91_takes_from_the_struct_what_its_endpoint_does_not_say)
{
	static const struct evert_socket_options options = {
		.local_host = "127.0.0.8",
		.no_delay = EVERT_OFF,
		.keep_alive_idle = 55,
	};
	struct evert_socket_options is;

	connecting = evert_connect_with(
		reactor, served_with("127.0.0.1", "keep-alive=no:no-delay=yes"),
		&clients.base, &options);
	evert_deferred_add_both(connecting, keep, NULL);
	turn_until_count(reactor, &outcomes, 1);
	is = its_options();
	cr_assert(not(is.keep_alive));
	cr_assert(eq(int, is.no_delay, EVERT_ON));
	cr_assert(eq(int, is.local_port, 8));
}

Test(connect, refuses_options_that_contradict_each_other)
{
	connect_to("tcp:127.0.0.1:80:keep-alive=no:keep-alive-idle=5");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_BAD_ENDPOINT));
	cr_assert(strstr(failure()->message, "at character 48: \"keep-alive-"
					     "idle\" stands beside "
					     "keep-alive=no") != NULL);
}

static void refuse_all(const char *endpoint)
{
	static const char *const addresses[] = { "::2", "127.0.0.2", "::3",
						 "127.0.0.3", NULL };
	static const struct route refused[] = {
		{ .host = "[::2]", .error = ECONNREFUSED },
		{ .host = "[::3]", .error = ECONNREFUSED },
		{ .host = "127.0.0.2", .error = ECONNREFUSED },
		{ .host = "127.0.0.3", .error = ECONNREFUSED },
	};

	memcpy(routes, refused, sizeof(refused));
	network.addresses = addresses;
	atomic_store(&network.threads_work, true);
	routes_use_any_family();
	connect_to(endpoint);
	turn_until_count(reactor, &outcomes, 1);
}

Test(connect, tries_the_addresses_of_ipv6_only)
{
	refuse_all("tcp6:name.example:80");
	cr_assert(eq(str, attempts, "[::2]@0 [::3]@0"));
}

Test(connect, tries_the_addresses_of_ipv4_only)
{
	refuse_all("tcp4:name.example:80");
	cr_assert(eq(str, attempts, "127.0.0.2@0 127.0.0.3@0"));
}

Test(connect, says_that_there_is_no_address_of_that_family)
{
	connect_to("tcp6:127.0.0.1:80");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_LOOKUP_FAILED));
	cr_assert(eq(str, (char *)failure()->message,
		     "cannot look up 127.0.0.1: it has no IPv6 address"));
}

Test(connect, says_that_a_name_has_no_address_of_that_family)
{
	static const char *const addresses[] = { "127.0.0.2", NULL };

	network.addresses = addresses;
	atomic_store(&network.threads_work, true);
	connect_to("tcp6:name.example:80");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(failed_with(EVERT_LOOKUP_FAILED));
	cr_assert(eq(str, (char *)failure()->message,
		     "cannot look up name.example: it has no IPv6 address"));
}

/* ---- Six addresses ---- */

static const char *const six[] = {
	"127.0.0.2", "127.0.0.3", "127.0.0.4",
	"127.0.0.5", "127.0.0.6", "127.0.0.7", NULL,
};

static void route_six(const struct route *like)
{
	static char hosts[6][16];
	size_t i;

	for (i = 0; i < 6; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "127.0.0.%zu", i + 2);
		routes[i] = like[i];
		routes[i].host = hosts[i];
	}
}

Test(connect, p77_is_there_in_300_ms_when_five_of_six_refuse_or_hang)
{
	static const struct route five[6] = {
		{ .error = ECONNREFUSED }, { .error = ENETUNREACH },
		{ .hangs = true },	   { .error = ECONNREFUSED },
		{ .error = EHOSTUNREACH }, { .hangs = false },
	};

	route_six(five);
	connect_to_name(six);
	recorder_of(&outcome);
	cr_assert(network.now - first_attempt < 300 * 1000000LL);
}

static const struct route only_the_last_does_not_hang[6] = {
	{ .hangs = true }, { .hangs = true }, { .hangs = true },
	{ .hangs = true }, { .hangs = true }, { .hangs = false },
};

Test(connect, p77_is_there_in_300_ms_when_five_of_six_hang)
{
	route_six(only_the_last_does_not_hang);
	connect_to_name(six);
	recorder_of(&outcome);
	cr_assert(eq(str, attempts,
		     "127.0.0.2@0 127.0.0.3@100 127.0.0.4@150 127.0.0.5@175 "
		     "127.0.0.6@188 127.0.0.7@198"));
}

Test(connect, p77_waits_each_time_as_its_endpoint_says)
{
	route_six(only_the_last_does_not_hang);
	begin_with(six, "attempt-delay=0.3");
	turn_until_count(reactor, &outcomes, 1);
	cr_assert(eq(str, attempts,
		     "127.0.0.2@0 127.0.0.3@300 127.0.0.4@600 127.0.0.5@900 "
		     "127.0.0.6@1200 127.0.0.7@1500"));
}

Test(connect, p77_lists_six_reasons_when_all_six_fail)
{
	static const struct route none[6] = {
		{ .error = ECONNREFUSED }, { .error = ENETUNREACH },
		{ .error = EACCES },	   { .error = ECONNREFUSED },
		{ .error = EHOSTUNREACH }, { .error = ETIMEDOUT },
	};
	const struct evert_failure *cause;
	size_t count = 0;

	route_six(none);
	connect_to_name(six);
	for (cause = failure()->cause; cause; cause = cause->next)
		cr_assert(eq(int, cause->error, none[count++].error));
	cr_assert(eq(sz, count, 6));
}

static struct evert_deferred *both[2];

static struct evert_result cancel_the_other(struct evert_result *in, void *arg)
{
	outcomes++;
	evert_deferred_cancel(both[arg == both]);
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

Test(connect, p61_one_may_cancel_another_that_is_ready_in_the_same_turn)
{
	int i;

	for (i = 0; i < 2; i++)
		both[i] = evert_connect(reactor, served_by("127.0.0.1"),
					&clients.base);
	for (i = 0; i < 2; i++)
		evert_deferred_add_both(both[i], cancel_the_other, &both[i]);
	turn_until_count(reactor, &outcomes, 2);
	turn_until_idle(reactor);
	cr_assert(eq(sz, outcomes, 2));
	cr_assert(eq(sz, clients.built, 1));
	evert_deferred_release(both[0]);
	evert_deferred_release(both[1]);
}

/* ---- Ended with the reactor ---- */

static bool was_stopped(void)
{
	evert_reactor_destroy(reactor);
	reactor = NULL;
	return failed_with(EVERT_REACTOR_STOPPED);
}

Test(connect, fails_when_the_reactor_goes_while_the_name_is_looked_up)
{
	atomic_store(&network.lookups_blocked, true);
	begin_to(three);
	while (!network.plans[CALL_GETADDRINFO].calls)
		sched_yield();
	cr_assert(was_stopped());
	atomic_store(&network.lookups_blocked, false);
	while (atomic_load(&network.threads_work))
		sched_yield();
}

Test(connect, fails_when_the_reactor_goes_while_the_answer_waits_to_be_read)
{
	size_t wakes = network.plans[CALL_WRITE].calls;

	begin_to(three);
	while (network.plans[CALL_WRITE].calls == wakes)
		sched_yield();
	cr_assert(was_stopped());
	cr_assert(not(atomic_load(&network.threads_work)));
}

Test(connect, fails_when_the_reactor_goes_while_attempts_are_under_way)
{
	begin_to_three_that_hang();
	turn_for(reactor, 0.3);
	cr_assert(was_stopped());
	cr_assert(route_is_closed(&routes[0]));
	cr_assert(route_is_closed(&routes[1]));
}

Test(connect, fails_when_the_reactor_stops_while_attempts_are_under_way)
{
	begin_to_three_that_hang();
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(failed_with(EVERT_REACTOR_STOPPED));
	cr_assert(route_is_closed(&routes[0]));
}

static struct evert_result connect_anew(struct evert_result *in, void *arg)
{
	struct evert_deferred *d =
		evert_connect(reactor, served_by("127.0.0.1"), &clients.base);

	(void)arg;
	cr_assert(not(evert_deferred_has_fired(d)));
	evert_deferred_add_both(d, keep, NULL);
	evert_deferred_release(d);
	return *in;
}

Test(connect, that_is_begun_because_the_reactor_stops_fails)
{
	memcpy(routes, three_hang, sizeof(three_hang));
	connecting =
		evert_connect(reactor, served_by("127.0.0.2"), &clients.base);
	evert_deferred_add_errback(connecting, connect_anew, NULL);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(failed_with(EVERT_REACTOR_STOPPED));
	evert_result_release(turn_until_fired(reactor, connecting));
	connecting = NULL;
}

/* ---- Trouble at every step ---- */

static struct evert_result end(struct evert_result *in, void *arg)
{
	evert_reactor_stop(arg);
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

/* Listens, connects by the name, and ends whatever comes of it. */
static void serve_and_connect(struct evert_reactor *own)
{
	static struct recorder_factory factory;
	struct evert_deferred *d;
	struct evert_result result;

	recorder_factory_init(&factory, NULL, NULL);
	result = turn_until_fired(
		own, evert_listen(own, "tcp:127.0.0.1:0", &factory.base));
	if (evert_result_is_failure(&result)) {
		evert_result_release(result);
		return;
	}
	port = evert_port_take(&result);
	d = evert_connect(own, served_by("name.example"), &factory.base);
	evert_deferred_add_timeout(d, 5, evert_reactor_clock(own));
	evert_deferred_add_both(d, end, own);
	evert_deferred_release(d);
	evert_reactor_run(own);
}

static void use(struct test_system *system)
{
	static const char *const addresses[] = {
		"127.0.0.1",
		"127.0.0.1",
		NULL,
	};
	struct evert_reactor_options options = { .system = &system->base };
	struct evert_reactor *own;

	system->virtual_time = true;
	system->addresses = addresses;
	atomic_store(&system->threads_work, true);
	own = evert_reactor_create(&options);
	if (own)
		serve_and_connect(own);
	evert_reactor_destroy(own);
}

Test(connects, leave_no_descriptor_open_whichever_system_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKET, EMFILE },
		{ CALL_BIND, EADDRINUSE },
		{ CALL_LISTEN, EADDRINUSE },
		{ CALL_CONNECT, ENETUNREACH },
		{ CALL_ACCEPT, ECONNABORTED },
		{ CALL_GETSOCKOPT, ENOBUFS },
		{ CALL_SETSOCKOPT, ENOPROTOOPT },
		{ CALL_GETSOCKNAME, ENOBUFS },
		{ CALL_CLOSE, EIO },
		{ CALL_EPOLL_CTL, ENOSPC },
		{ CALL_GETADDRINFO, EIO },
		{ CALL_START_THREAD, EAGAIN },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, use);
}

Test(connects, leave_nothing_behind_whichever_allocation_fails)
{
	size_t before = count_descriptors();

	ignore_unhandled();
	fail_every_allocation_on(NULL, use);
	cr_assert(eq(sz, count_descriptors(), before));
}

/* ---- The chain, and data ---- */

static void say_hello(struct recorder *recorder)
{
	recorder_write(recorder, "hello");
}

static struct evert_result is_before_data(struct evert_result *in, void *arg)
{
	const struct recorder *recorder = recorder_of(in);

	cr_assert(eq(sz, recorder->made, 1));
	cr_assert(eq(sz, recorder->received, 0));
	*(bool *)arg = true;
	return *in;
}

/* Though the server's data is there. */
Test(connect_chain, runs_before_data_is_delivered)
{
	static const struct recorder_hooks greeting = { .made = say_hello };
	struct evert_reactor *own = make_reactor(NULL);
	struct evert_port *listening;
	struct evert_deferred *d;
	bool has_run = false;

	recorder_factory_init(&clients, NULL, NULL);
	recorder_factory_init(&servers, &greeting, NULL);
	listening = listen_here(own, &servers);
	d = evert_connect(own, endpoint_of(listening), &clients.base);
	evert_deferred_add_callback(d, is_before_data, &has_run);
	evert_deferred_release(d);
	turn_until(own, &has_run);
	turn_until_count(own, &clients.recorders[0].received, 5);
	evert_reactor_destroy(own);
}
