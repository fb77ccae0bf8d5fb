/* SPDX-License-Identifier: MIT */
/* Datagrams by endpoint strings. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/datagram_endpoint.h"
#include "../../../reactor/endpoint/options_internal.h"
#include "../../support/datagrams.h"
#include "../../support/memory.h"
#include "../../support/unix.h"

static struct test_system kernel;
static struct evert_system_ops ops;
static struct evert_reactor *reactor;
static struct datagram_recorder server, client;
static size_t descriptors;

static void begin(void)
{
	unix_folder_make();
	test_system_init(&kernel);
	ops = *kernel.base.ops;
	kernel.base.ops = &ops;
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&server);
	datagram_recorder_init(&client);
	descriptors = count_descriptors();
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

TestSuite(datagram_endpoint, .init = begin, .fini = finish);
TestSuite(datagram_endpoints);

static void answer(struct datagram_recorder *self,
		   const struct evert_datagram *datagram)
{
	(void)self;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

/* The transport that it fires with; its result is released. */
static struct evert_datagram_transport *opened(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(reactor, d);
	struct evert_datagram_transport *transport;

	if (evert_result_is_failure(&result))
		cr_fatal("%s", evert_result_as_failure(&result)->message);
	transport = evert_result_as_datagram_transport(&result);
	evert_result_release(result);
	return transport;
}

static struct evert_datagram_transport *listen_on(const char *endpoint)
{
	server.received = answer;
	return opened(evert_listen_datagram(reactor, endpoint, &server.base));
}

static struct evert_datagram_transport *connect_to(const char *endpoint)
{
	return opened(evert_connect_datagram(reactor, endpoint, &client.base));
}

/* FORM with the port of the transport for its %u. */
static const char *with_port(const char *form,
			     const struct evert_datagram_transport *transport)
{
	static char text[300];
	const char *u = strstr(form, "%u");
	struct evert_address address;

	cr_assert(evert_datagram_host(transport, &address) == 0);
	snprintf(text, sizeof(text), "%.*s%u%s", (int)(u - form), form,
		 evert_address_port(&address), u + 2);
	return text;
}

/* The client asks, and is answered. */
static void talk(void)
{
	size_t before = client.datagrams;

	cr_assert(evert_datagram_send(client.base.transport, "hello", 5) == 0);
	turn_until_count(reactor, &client.datagrams, before + 1);
	cr_assert(eq(str, client.text, "hello"));
}

Test(datagram_endpoint, binds_the_port_that_its_endpoint_says)
{
	struct evert_datagram_transport *there = listen_on("udp:127.0.0.1:0");
	char to[64], text[EVERT_ADDRESS_TEXT_SIZE];
	struct evert_datagram_transport *taken;
	struct evert_address host;
	uint16_t port;

	snprintf(to, sizeof(to), "%s", with_port("udp:127.0.0.1:%u", there));
	taken = connect_to(to);
	cr_assert(zero(int, evert_datagram_host(taken, &host)));
	port = evert_address_port(&host);
	evert_datagram_close(taken);
	turn_until_idle(reactor);
	datagram_recorder_init(&client);
	snprintf(to + strlen(to), sizeof(to) - strlen(to), ":bind-port=%u",
		 port);
	cr_assert(zero(int, evert_datagram_host(connect_to(to), &host)));
	snprintf(to, sizeof(to), "127.0.0.1:%u", port);
	cr_assert(eq(str, (char *)evert_address_text(&host, text, sizeof(text)),
		     to));
	talk();
}

/* It fails so, the message ends so; the protocol is gone, and it was never
   started. */
static void refused(struct evert_deferred *d,
		    struct datagram_recorder *recorder,
		    const struct evert_error *kind, const char *message)
{
	struct evert_result result = turn_until_fired(reactor, d);
	const struct evert_failure *failure;
	size_t length;

	cr_assert(evert_result_failed_with(&result, kind));
	failure = evert_result_as_failure(&result);
	length = strlen(failure->message);
	cr_assert(length >= strlen(message), "%s", failure->message);
	cr_assert(eq(str, (char *)failure->message + length - strlen(message),
		     (char *)message));
	evert_result_release(result);
	cr_assert(eq(str, recorder->events, "X"));
	memset(recorder->events, 0, sizeof(recorder->events));
	recorder->destroyed = 0;
}

static void refused_to_listen(const char *endpoint,
			      const struct evert_error *kind,
			      const char *message)
{
	refused(evert_listen_datagram(reactor, endpoint, &server.base), &server,
		kind, message);
}

static void refused_to_connect(const char *endpoint,
			       const struct evert_error *kind,
			       const char *message)
{
	refused(evert_connect_datagram(reactor, endpoint, &client.base),
		&client, kind, message);
}

/* ---- UDP ---- */

Test(datagram_endpoint, listens_at_once_and_connects_from_the_loop)
{
	struct evert_deferred *d = evert_listen_datagram(
		reactor, "udp:127.0.0.1:0", &server.base);

	cr_assert(evert_deferred_has_fired(d));
	cr_assert(eq(str, server.events, "B"));
	server.received = answer;
	d = evert_connect_datagram(
		reactor, with_port("udp:127.0.0.1:%u", opened(d)),
		&client.base);
	cr_assert(not(evert_deferred_has_fired(d)));
	cr_assert(eq(str, client.events, ""));
	opened(d);
	talk();
}

Test(datagram_endpoint, without_a_host_one_socket_hears_both_families)
{
	struct evert_datagram_transport *transport = listen_on("udp::0");

	connect_to(with_port("udp:127.0.0.1:%u", transport));
	talk();
	cr_assert(server.peer.as.any.sa_family == AF_INET);
	datagram_recorder_init(&client);
	connect_to(with_port("udp6:[::1]:%u", transport));
	talk();
	cr_assert(server.peer.as.any.sa_family == AF_INET6);
}

static int no_ip6(struct evert_system *system, int family, int type,
		  int protocol)
{
	if (family == AF_INET6)
		return -EAFNOSUPPORT;
	(void)system;
	family = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	return family < 0 ? -errno : family;
}

Test(datagram_endpoint, without_ipv6_no_host_is_ipv4)
{
	struct evert_address address;

	ops.socket = no_ip6;
	evert_datagram_host(listen_on("udp::0"), &address);
	cr_assert(address.as.any.sa_family == AF_INET);
}

Test(datagram_endpoint, is_of_one_family)
{
	struct evert_address address;

	evert_datagram_host(listen_on("udp4::0"), &address);
	cr_assert(address.as.any.sa_family == AF_INET);
	refused_to_connect("udp6:127.0.0.1:9", EVERT_LOOKUP_FAILED,
			   "it has no IPv6 address");
	refused_to_connect("udp4:[::1]:9", EVERT_LOOKUP_FAILED,
			   "it has no IPv4 address");
}

Test(datagram_endpoint, listens_on_the_first_address_of_a_name_that_is_here)
{
	static const char *const addresses[] = { "192.0.2.1", "127.0.0.3",
						 "127.0.0.1", NULL };
	struct evert_address address;
	char text[EVERT_ADDRESS_TEXT_SIZE];

	kernel.addresses = addresses;
	atomic_store(&kernel.threads_work, true);
	evert_datagram_host(listen_on("udp:name.example:0"), &address);
	*strrchr(evert_address_text(&address, text, sizeof(text)), ':') = '\0';
	cr_assert(eq(str, text, "127.0.0.3"));
}

Test(datagram_endpoint, an_address_that_is_taken_is_told)
{
	static const char *const addresses[] = { "127.0.0.1", "127.0.0.2",
						 NULL };
	int fd = open_peer("127.0.0.1");
	struct evert_address taken = address_of(fd);
	char endpoint[64], message[64];

	kernel.addresses = addresses;
	atomic_store(&kernel.threads_work, true);
	snprintf(endpoint, sizeof(endpoint), "udp:name.example:%u",
		 evert_address_port(&taken));
	snprintf(message, sizeof(message), "name.example:%u: %s",
		 evert_address_port(&taken), strerror(EADDRINUSE));
	refused_to_listen(endpoint, EVERT_LISTEN_FAILED, message);
	close(fd);
}

static size_t unreachable; /* addresses, from the first */

static int no_way(struct evert_system *system, int fd,
		  const struct sockaddr *address, socklen_t length)
{
	(void)system;
	if (unreachable) {
		unreachable--;
		return -ENETUNREACH;
	}
	return connect(fd, address, length) ? -errno : 0;
}

static const char *const two[] = { "127.0.0.7", "127.0.0.1", NULL };

Test(datagram_endpoint, connects_to_the_first_address_that_there_is_a_way_to)
{
	struct evert_datagram_transport *transport =
		listen_on("udp:127.0.0.1:0");

	kernel.addresses = two;
	atomic_store(&kernel.threads_work, true);
	unreachable = 1;
	ops.connect = no_way;
	connect_to(with_port("udp:name.example:%u", transport));
	talk();
}

Test(datagram_endpoint, each_address_is_a_cause_where_there_is_no_way)
{
	struct evert_result result;
	const struct evert_failure *failure;

	kernel.addresses = two;
	atomic_store(&kernel.threads_work, true);
	unreachable = 2;
	ops.connect = no_way;
	result = turn_until_fired(
		reactor, evert_connect_datagram(reactor, "udp:name.example:9",
						&client.base));
	failure = evert_result_as_failure(&result);
	cr_assert(evert_failure_is(failure, EVERT_CONNECT_FAILED));
	cr_assert(eq(int, failure->error, ENETUNREACH));
	cr_assert(failure->cause && failure->cause->next &&
		  !failure->cause->next->next);
	cr_assert(eq(str, (char *)failure->message,
		     "cannot connect to name.example:9: "
		     "Network is unreachable"));
	cr_assert(eq(str, (char *)failure->cause->message,
		     "cannot connect to 127.0.0.7:9: Network is unreachable"));
	cr_assert(eq(str, (char *)failure->cause->next->message,
		     "cannot connect to 127.0.0.1:9: Network is unreachable"));
	evert_result_release(result);
	cr_assert(eq(str, client.events, "X"));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, connects_from_the_address_that_is_asked_for)
{
	struct evert_datagram_transport *transport =
		listen_on("udp:127.0.0.1:0");
	char text[EVERT_ADDRESS_TEXT_SIZE];

	connect_to(with_port("udp:127.0.0.1:%u:bind=127.0.0.5", transport));
	talk();
	evert_address_text(&server.peer, text, sizeof(text));
	cr_assert(eq(int, strncmp(text, "127.0.0.5:", 10), 0));
}

/* ---- Options ---- */

static const char options_text[] =
	"udp:127.0.0.1:0:reuse-address=yes:reuse-port=yes:ipv6-only=no:"
	"broadcast=yes:interface=lo:tell-host=no:tell-tos=yes:gather=yes:"
	"join=yes:send-buffer=5000:receive-buffer=6000:largest=700:"
	"queue-most=80000:when-full=drop-oldest";

Test(datagram_endpoint, has_every_option_by_name)
{
	const struct evert_endpoint *endpoint;
	struct evert_datagram_options o, given = { .largest = 1, .mode = 07 };

	cr_assert(evert_endpoint_parse(&endpoint, options_text,
				       EVERT_OPERATION_LISTEN_DATAGRAM,
				       "here") == NULL);
	cr_assert(evert_take_datagram_options(&o, &given, endpoint, "here") ==
		  NULL);
	cr_assert(o.reuse_address && o.reuse_port && o.broadcast);
	cr_assert(o.ipv6_only == EVERT_OFF && o.tell_host == EVERT_OFF);
	cr_assert(eq(str, (char *)o.interface, "lo"));
	cr_assert(o.tell_tos && o.gather && o.join);
	cr_assert(eq(int, o.send_buffer, 5000));
	cr_assert(eq(int, o.receive_buffer, 6000));
	cr_assert(eq(sz, o.largest, 700));
	cr_assert(eq(sz, o.queue_most, 80000));
	cr_assert(eq(int, o.when_full, EVERT_DATAGRAM_DROP_OLDEST));
	cr_assert(eq(uint, o.mode, 07));
	evert_endpoint_release(endpoint);
}

Test(datagram_endpoint, options_take_effect)
{
	struct evert_datagram_options longest = { .largest = 100 };
	int fd = open_peer("127.0.0.1");
	struct evert_address host;
	struct evert_datagram_transport *transport =
		opened(evert_listen_datagram_with(
			reactor, "udp:127.0.0.1:0:largest=3", &server.base,
			&longest));

	host = address_at(transport, "127.0.0.1");
	peer_send_to(fd, "hello", &host);
	turn_until_count(reactor, &server.datagrams, 1);
	cr_assert(server.last.truncated);
	cr_assert(eq(str, server.text, "hel"));
	close(fd);
}

Test(datagram_endpoint, wrong_strings_are_refused_with_their_protocol)
{
	static const char *const wrong[][2] = {
		{ "udp:127.0.0.1", "its port is missing; the form is "
				   "udp:HOST:PORT, an IPv6 address in "
				   "brackets" },
		{ "udp:127.0.0.1:0:when-full=drop",
		  "at character 27: \"when-full\" is refuse, drop-newest or "
		  "drop-oldest" },
		{ "udp:127.0.0.1:0:interface=a-very-long-name-of-one",
		  "\"interface\" has 1 to 15 bytes" },
		{ "udp:127.0.0.1:0:interface=", "\"interface\" has 1 to 15 "
						"bytes" },
		{ "udp:127.0.0.1:0:largest=70000",
		  "\"largest\" is a number from 1 to 65535" },
		{ "udp:127.0.0.1:0:gather=maybe", "\"gather\" is yes or no" },
		{ "udp::0:ipv6-only=yes",
		  "at character 18: without a host it is IPv4 as well; "
		  "\"udp6\" is IPv6 only" },
		{ "udp:127.0.0.1:0:ipv6-only=no",
		  "at character 27: \"ipv6-only\" stands beside IPv4" },
		{ "udp4:localhost:0:ipv6-only=yes",
		  "\"ipv6-only\" stands beside IPv4" },
		{ "udp:127.0.0.1:0:bind=127.0.0.1",
		  "\"bind\" is not for listening" },
		{ "unix-datagram:", "its path is empty" },
		{ "tcp:127.0.0.1:0", "\"tcp\" is not for datagrams" },
		{ "unix:/tmp/x", "\"unix\" is not for datagrams" },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused_to_listen(wrong[i][0], EVERT_BAD_ENDPOINT, wrong[i][1]);
	refused_to_listen(NULL, EVERT_BAD_ENDPOINT, "there is none");
}

Test(datagram_endpoint, what_is_not_to_be_connected_to_is_refused)
{
	static const char *const wrong[][2] = {
		{ "udp::9", "to connect, it needs a host" },
		{ "udp:127.0.0.1:0", "to connect, it needs a port" },
		{ "udp:127.0.0.1:9:ipv6-only=no",
		  "\"ipv6-only\" is not for connecting" },
		{ "tcp:127.0.0.1:9", "\"tcp\" is not for datagrams" },
		{ "unix-datagram:x:bind=", "its bind is empty" },
		{ "unix-datagram:x:mode=600",
		  "to connect, \"mode\" is of the path that \"bind\" gives" },
		{ "unix-datagram-abstract:", "its name is empty" },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refused_to_connect(wrong[i][0], EVERT_BAD_ENDPOINT,
				   wrong[i][1]);
}

Test(datagram_endpoint, a_stream_is_not_for_schemes_of_datagrams)
{
	static struct recorder_factory factory;
	struct evert_result result;

	recorder_factory_init(&factory, NULL, NULL);
	result = turn_until_fired(
		reactor, evert_connect(reactor, "udp:a:9", &factory.base));
	cr_assert(evert_result_failed_with(&result, EVERT_BAD_ENDPOINT));
	evert_result_release(result);
	result = turn_until_fired(
		reactor, evert_listen(reactor, "udp:a:9", &factory.base));
	cr_assert(evert_result_failed_with(&result, EVERT_BAD_ENDPOINT));
	cr_assert(strstr(evert_result_as_failure(&result)->message,
			 "\"udp\" is for datagrams") != NULL);
	evert_result_release(result);
}

Test(datagram_endpoint, an_option_out_of_range_is_told_by_name)
{
	struct evert_datagram_options wrong = { .largest = 70000 };
	struct evert_datagram_options path = { .owner = NULL };
	char longest[100] = "";

	refused(evert_listen_datagram_with(reactor, "udp:127.0.0.1:0",
					   &server.base, &wrong),
		&server, EVERT_BAD_OPTION, "largest is out of range");
	memset(longest, 'a', 99);
	path.owner = longest;
	refused(evert_listen_datagram_with(reactor, "udp:127.0.0.1:0",
					   &server.base, &path),
		&server, EVERT_BAD_OPTION, "is too long");
}

/* ---- UNIX sockets ---- */

/* SCHEME:VALUE and what follows. */
static const char *unix_endpoint(const char *scheme, const char *name,
				 const char *rest)
{
	static char text[300];

	snprintf(text, sizeof(text), "%s:%s%s", scheme, unix_path(name), rest);
	return text;
}

Test(datagram_endpoint, a_client_of_a_path_is_answered)
{
	listen_on(unix_endpoint("unix-datagram", "server", ":mode=600"));
	cr_assert(eq(uint, unix_mode("server"), 0140600));
	connect_to(unix_endpoint("unix-datagram", "server", ""));
	talk();
}

Test(datagram_endpoint, a_client_has_a_path_of_its_own)
{
	char rest[200];

	listen_on(unix_endpoint("unix-datagram", "server", ""));
	snprintf(rest, sizeof(rest), ":bind=%s:mode=620", unix_path("client"));
	connect_to(unix_endpoint("unix-datagram", "server", rest));
	talk();
	cr_assert(eq(uint, unix_mode("client"), 0140620));
	cr_assert(eq(str, server.peer.as.local.sun_path, unix_path("client")));
}

Test(datagram_endpoint, a_client_of_an_abstract_name_is_answered)
{
	char endpoint[100];

	snprintf(endpoint, sizeof(endpoint), "unix-datagram-abstract:evert-%d",
		 (int)getpid());
	listen_on(endpoint);
	connect_to(endpoint);
	talk();
}

Test(datagram_endpoint, nobody_at_a_path_is_told)
{
	char message[200];

	snprintf(message, sizeof(message), "%s: %s", unix_path("nobody"),
		 strerror(ENOENT));
	refused_to_connect(unix_endpoint("unix-datagram", "nobody", ""),
			   EVERT_CONNECT_FAILED, message);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

/* ---- Sockets that are there already ---- */

static const char *fd_endpoint(int fd)
{
	static char text[32];

	snprintf(text, sizeof(text), "fd:%d", fd);
	return text;
}

Test(datagram_endpoint, a_bound_socket_is_listened_on)
{
	connect_to(with_port("udp:127.0.0.1:%u",
			     listen_on(fd_endpoint(open_peer("127.0.0.1")))));
	talk();
}

Test(datagram_endpoint, a_socket_of_all_addresses_answers_from_the_one_asked)
{
	connect_to(with_port("udp:127.0.0.4:%u",
			     listen_on(fd_endpoint(open_peer("0.0.0.0")))));
	talk();
}

Test(datagram_endpoint, a_connected_socket_is_connected_to)
{
	struct evert_address to =
		address_at(listen_on("udp:127.0.0.1:0"), "127.0.0.1");
	int fd = open_peer("127.0.0.1");

	cr_assert(connect(fd, &to.as.any, to.length) == 0);
	connect_to(fd_endpoint(fd));
	talk();
}

Test(datagram_endpoint, one_end_of_a_socketpair_is_connected_to)
{
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	evert_datagram_send(connect_to(fd_endpoint(pair[0])), "hi", 2);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(pair[1], NULL), "hi"));
	close(pair[1]);
}

Test(datagram_endpoint, what_is_no_such_socket_is_refused_and_stays_open)
{
	int stream = socket(AF_INET, SOCK_STREAM, 0), pipes[2];
	int unbound = socket(AF_INET, SOCK_DGRAM, 0);
	int bound = open_peer("127.0.0.1"), pair[2];

	cr_assert(pipe(pipes) == 0);
	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	descriptors = count_descriptors();
	refused_to_listen(fd_endpoint(stream), EVERT_LISTEN_FAILED,
			  "it is no datagram socket");
	refused_to_listen(fd_endpoint(pipes[0]), EVERT_LISTEN_FAILED,
			  "it is no socket");
	refused_to_listen(fd_endpoint(unbound), EVERT_LISTEN_FAILED,
			  "it is neither bound nor connected");
	refused_to_listen(fd_endpoint(pair[0]), EVERT_LISTEN_FAILED,
			  "it is connected");
	refused_to_listen("fd:999", EVERT_LISTEN_FAILED, "it is not open");
	refused_to_connect(fd_endpoint(bound), EVERT_CONNECT_FAILED,
			   "it is not connected");
	cr_assert(eq(sz, count_descriptors(), descriptors));
	listen_on(fd_endpoint(bound));
	refused(evert_listen_datagram(reactor, fd_endpoint(bound),
				      &client.base),
		&client, EVERT_LISTEN_FAILED, "the reactor has it already");
	close(stream), close(pipes[0]), close(pipes[1]), close(unbound);
	close(pair[0]), close(pair[1]);
}

Test(datagram_endpoint, a_socket_that_is_there_takes_no_options)
{
	struct evert_datagram_options none = { .largest = 0 };
	int fd = open_peer("127.0.0.1");

	refused(evert_listen_datagram_with(reactor, fd_endpoint(fd),
					   &server.base, &none),
		&server, EVERT_BAD_OPTION, "takes none");
	close(fd);
}

Test(datagram_endpoint, cancelled_a_socket_that_is_there_is_closed)
{
	struct evert_deferred *d;
	int pair[2];

	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	d = evert_connect_datagram(reactor, fd_endpoint(pair[0]),
				   &client.base);
	evert_deferred_cancel(d);
	refused(d, &client, EVERT_CANCELLED, "");
	close(pair[1]);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

/* ---- Ending early ---- */

static struct evert_deferred *look_up(const char *endpoint)
{
	struct evert_deferred *d;

	atomic_store(&kernel.lookups_blocked, true);
	kernel.addresses = two;
	d = evert_connect_datagram(reactor, endpoint, &client.base);
	while (!kernel.plans[CALL_GETADDRINFO].calls)
		sched_yield();
	return d;
}

Test(datagram_endpoint, p61_is_cancelled_while_the_name_is_looked_up)
{
	struct evert_deferred *d = look_up("udp:name.example:9");

	evert_deferred_cancel(d);
	refused(d, &client, EVERT_CANCELLED, "");
	atomic_store(&kernel.lookups_blocked, false);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, p61_is_cancelled_before_the_loop_has_told_it)
{
	struct evert_deferred *d = evert_connect_datagram(
		reactor, "udp:127.0.0.1:9", &client.base);

	evert_deferred_cancel(d);
	refused(d, &client, EVERT_CANCELLED, "");
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, times_out_while_the_name_is_looked_up)
{
	refused(look_up("udp:name.example:9:timeout=2"), &client,
		EVERT_CONNECT_TIMED_OUT, "its name was not looked up by then");
	atomic_store(&kernel.lookups_blocked, false);
}

Test(datagram_endpoint, fails_when_the_reactor_stops)
{
	struct evert_reactor *own = make_reactor(NULL);
	struct evert_deferred *d = evert_connect_datagram(
		own, "udp:127.0.0.1:9", &client.base);

	evert_reactor_destroy(own);
	refused(d, &client, EVERT_REACTOR_STOPPED, "");
}

static struct evert_deferred *cancelled_in_started;

static void cancel_in_started(struct evert_datagram_protocol *base)
{
	(void)base;
	evert_deferred_cancel(cancelled_in_started);
}

Test(datagram_endpoint, cancelled_in_started_the_transport_is_aborted)
{
	struct evert_datagram_protocol_ops own = *client.base.ops;

	own.started = cancel_in_started;
	client.base.ops = &own;
	cancelled_in_started = evert_connect_datagram(
		reactor, "udp:127.0.0.1:9", &client.base);
	cr_assert(turn_until_failed(reactor, cancelled_in_started) ==
		  EVERT_CANCELLED);
	turn_until_count(reactor, &client.destroyed, 1);
	cr_assert(eq(str, client.events, "SX"));
	cr_assert(client.stopped_kind == EVERT_CONNECTION_ABORTED);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, a_result_outlives_the_transport)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen_datagram(reactor, "udp:127.0.0.1:0",
					       &server.base));

	evert_datagram_close(evert_result_as_datagram_transport(&result));
	turn_until_count(reactor, &server.destroyed, 1);
	cr_assert(evert_datagram_is_closing(
		evert_result_as_datagram_transport(&result)));
	evert_result_release(result);
}

/* ---- To be awaited ---- */

static struct evert_datagram_socket *take(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(reactor, d);

	cr_assert(not(evert_result_is_failure(&result)));
	return evert_datagram_socket_take(&result);
}

Test(datagram_endpoint, sockets_await_datagrams)
{
	struct evert_datagram_socket *one = take(evert_listen_datagram_socket(
		reactor, "udp:127.0.0.1:0", NULL, 0));
	struct evert_datagram_socket *other =
		take(evert_connect_datagram_socket(
			reactor,
			with_port("udp:127.0.0.1:%u",
				  evert_datagram_socket_transport(one)),
			NULL, 0));
	struct evert_result result;

	evert_datagram_send(evert_datagram_socket_transport(other), "hi", 2);
	result = turn_until_fired(reactor, evert_datagram_receive(one));
	cr_assert(eq(sz, evert_result_as_datagram(&result)->length, 2));
	evert_result_release(result);
	evert_datagram_socket_close(one);
	evert_datagram_socket_close(other);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, a_socket_that_nobody_takes_is_closed)
{
	evert_result_release(turn_until_fired(
		reactor, evert_listen_datagram_socket(
				 reactor, "udp:127.0.0.1:0", NULL, 0)));
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, a_socket_that_cannot_be_is_a_failure)
{
	cr_assert(turn_until_failed(reactor, evert_listen_datagram_socket(
						     reactor, "udp:x", NULL,
						     0)) == EVERT_BAD_ENDPOINT);
	cr_assert(turn_until_failed(reactor,
				    evert_connect_datagram_socket(
					    reactor, "tcp:x:1", NULL, 0)) ==
		  EVERT_BAD_ENDPOINT);
}

/* ---- A scheme of one's own, over udp; adopting without a string ---- */

static char seen[32];

static struct evert_deferred *
named_listen(struct evert_reactor *own, const struct evert_endpoint *endpoint,
	     struct evert_datagram_protocol *protocol,
	     const struct evert_datagram_options *options, const char *place)
{
	snprintf(seen, sizeof(seen), "%s",
		 evert_endpoint_value(endpoint, "name"));
	return evert_endpoint_listen_datagram(own,
					      evert_endpoint_below(endpoint),
					      protocol, options, place);
}

static const struct evert_endpoint_parameter named_parameters[] = {
	{ .name = "name", .kind = EVERT_VALUE_TEXT, .mandatory = true },
	{ .name = NULL },
};

static struct evert_endpoint_scheme named = {
	.name = "named",
	.form = "named:NAME:HOST:PORT",
	.parameters = named_parameters,
	.over = "udp",
	.listen_datagram = named_listen,
};

Test(datagram_endpoint, a_scheme_of_ones_own_is_over_udp)
{
	cr_assert(eq(int, evert_endpoint_register(&named), 0));
	refused_to_connect("named:echo:127.0.0.1:9", EVERT_BAD_ENDPOINT,
			   "\"named\" is not for datagrams");
	connect_to(with_port("udp:127.0.0.1:%u",
			     listen_on("named:echo:127.0.0.1:0:largest=100")));
	talk();
	cr_assert(eq(str, seen, "echo"));
}

Test(datagram_endpoint, what_is_not_adopted_stays_the_callers)
{
	int stream = socket(AF_INET, SOCK_STREAM, 0);
	int fd = open_peer("127.0.0.1");

	cr_assert(evert_datagram_adopt(reactor, stream, &server.base) == NULL);
	cr_assert(eq(int, errno, EPROTOTYPE));
	cr_assert(evert_datagram_adopt(reactor, -1, &server.base) == NULL);
	cr_assert(eq(int, errno, EBADF));
	cr_assert(eq(str, server.events, ""));
	cr_assert(evert_datagram_adopt(reactor, fd, &server.base) ==
		  server.base.transport);
	evert_datagram_close(server.base.transport);
	turn_until_count(reactor, &server.destroyed, 1);
	close(stream);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(datagram_endpoint, an_adopted_socket_that_gathers_is_taken_apart)
{
	int fd = open_peer("127.0.0.1"), on = 1, peer = open_peer("127.0.0.1");
	struct evert_address host = address_of(fd);

	setsockopt(fd, IPPROTO_UDP, 104 /* UDP_GRO */, &on, sizeof(on));
	cr_assert(evert_datagram_adopt(reactor, fd, &server.base) != NULL);
	peer_send_to(peer, "one", &host);
	peer_send_to(peer, "two", &host);
	turn_until_count(reactor, &server.datagrams, 2);
	cr_assert(eq(str, server.text, "two"));
	close(peer);
}

/* ---- Whatever fails ---- */

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in;
	*(size_t *)arg += 1;
	return evert_result_none();
}

static void watch_end(struct evert_deferred *d, size_t *ends)
{
	evert_deferred_add_both(d, forget, ends);
	evert_deferred_release(d);
}

/* A server, its client, an adopted one, a socket; each ends once. */
static void use(struct test_system *system)
{
	struct evert_reactor_options with = { .system = &system->base };
	struct evert_reactor *own = evert_reactor_create(&with);
	struct evert_datagram_options options = { .mode = 0600,
						  .interface = "lo" };
	size_t ends = 0, i;
	int pair[2];

	datagram_recorder_init(&server);
	datagram_recorder_init(&client);
	if (!own)
		return;
	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	watch_end(evert_listen_datagram_with(own, "udp::0", &server.base,
					     &options),
		  &ends);
	watch_end(evert_connect_datagram_with(own, fd_endpoint(pair[0]),
					      &client.base, NULL),
		  &ends);
	watch_end(evert_connect_datagram_socket(
			  own, "udp:127.0.0.1:9:timeout=5", NULL, 3),
		  &ends);
	for (i = 0; i < 20; i++)
		evert_reactor_turn(own, 0);
	evert_reactor_destroy(own);
	cr_assert(eq(sz, ends, 3));
	cr_assert(eq(sz, server.destroyed, 1));
	cr_assert(eq(sz, client.destroyed, 1));
	cr_assert(eq(sz, server.stopped, strchr(server.events, 'B') != NULL));
	/* It was closed, or left: adopted too late. */
	close(pair[0]);
	close(pair[1]);
}

Test(datagram_endpoints, leave_no_descriptor_open_whichever_system_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_SOCKET, EMFILE },	{ CALL_BIND, EADDRINUSE },
		{ CALL_CONNECT, ENETUNREACH },	{ CALL_GETSOCKOPT, ENOBUFS },
		{ CALL_SETSOCKOPT, ENOPROTOOPT }, { CALL_FCNTL, EIO },
		{ CALL_GETSOCKNAME, ENOBUFS },	{ CALL_GETPEERNAME, ENOBUFS },
		{ CALL_EPOLL_CTL, ENOSPC },	{ CALL_CLOSE, EIO },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, use);
}

Test(datagram_endpoints, leave_nothing_behind_whichever_allocation_fails)
{
	size_t before = count_descriptors();

	fail_every_allocation_on(NULL, use);
	cr_assert(eq(sz, count_descriptors(), before));
}
