/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/endpoint/datagram_endpoint.h"
#include "../../support/datagrams.h"
#include "../../support/memory.h"
#include "../../support/unhandled.h"
#include "../../support/unix.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct datagram_recorder server, client;
static struct evert_datagram_factory factory;
static bool refuses;
static struct evert_port *port;

static struct evert_datagram_protocol *
build(struct evert_datagram_factory *self, const struct evert_address *peer)
{
	(void)self, (void)peer;
	return refuses ? NULL : &server.base;
}

static void begin(void)
{
	unix_folder_make();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&server);
	datagram_recorder_init(&client);
	factory.build_protocol = build;
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	unix_folder_remove();
}

TestSuite(seqpacket, .init = begin, .fini = finish);
TestSuite(seqpackets);

static const char *endpoint(const char *options)
{
	static char text[256];

	snprintf(text, sizeof(text), "unix-seqpacket:%s%s", unix_path("s"),
		 options);
	return text;
}

static void listen_here_(const char *options)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen_seqpacket(reactor, endpoint(options),
						&factory));

	port = evert_port_take(&result);
	cr_assert(port != NULL);
}

static struct evert_datagram_transport *connect_here(const char *options)
{
	evert_result_release(turn_until_fired(
		reactor, evert_connect_datagram(reactor, endpoint(options),
						&client.base)));
	return client.base.transport;
}

/* Both sides. */
static void open_both(void)
{
	listen_here_("");
	cr_assert(connect_here("") != NULL);
	while (!server.base.transport)
		turn(reactor);
}

static int say(struct datagram_recorder *who, const char *text)
{
	return evert_datagram_send(who->base.transport, text, strlen(text));
}

static void answer(struct datagram_recorder *self,
		   const struct evert_datagram *datagram)
{
	(void)self;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

Test(seqpacket, p75_messages_keep_their_boundaries_and_empty_ones_are_some)
{
	server.received = answer;
	open_both();
	cr_assert(zero(int, say(&client, "a")));
	cr_assert(zero(int, say(&client, "")));
	cr_assert(zero(int, say(&client, "bc")));
	turn_until_count(reactor, &client.datagrams, 3);
	cr_assert(eq(sz, server.bytes, 3));
	cr_assert(eq(str, client.text, "bc"));
	cr_assert(eq(str, client.events, "BD"));
	cr_assert(eq(str, server.events, "BD"));
}

Test(seqpacket, p53_the_peers_end_is_told_when_all_before_it_was_delivered)
{
	open_both();
	cr_assert(zero(int, say(&client, "last")));
	cr_assert(zero(int, say(&client, "")));
	evert_datagram_close(client.base.transport);
	turn_until_count(reactor, &server.destroyed, 1);
	cr_assert(eq(sz, server.datagrams, 2));
	cr_assert(eq(str, server.events, "BDSX"));
	cr_assert(server.stopped_kind == EVERT_CONNECTION_DONE);
}

Test(seqpacket, p82_what_is_queued_is_sent_before_the_end)
{
	static char much[50000];
	size_t sent = 0;

	open_both();
	evert_datagram_pause_reading(server.base.transport);
	while (!evert_datagram_send(client.base.transport, much, sizeof(much)))
		sent++;
	evert_datagram_close(client.base.transport);
	turn(reactor);
	evert_datagram_resume_reading(server.base.transport);
	turn_until_count(reactor, &server.stopped, 1);
	cr_assert(gt(sz, sent, 10));
	cr_assert(eq(sz, server.datagrams, sent));
	cr_assert(eq(sz, client.paused, 1));
	cr_assert(zero(sz, client.failed));
}

Test(seqpacket, p54_paused_the_end_waits)
{
	open_both();
	evert_datagram_pause_reading(server.base.transport);
	say(&client, "x");
	evert_datagram_close(client.base.transport);
	turn_until_count(reactor, &client.stopped, 1);
	turn_until_idle(reactor);
	cr_assert(eq(str, server.events, "B"));
	evert_datagram_resume_reading(server.base.transport);
	turn_until_count(reactor, &server.destroyed, 1);
	cr_assert(eq(str, server.events, "BDSX"));
}

Test(seqpacket, p75_one_too_large_for_the_socket_is_told_and_the_rest_goes_on)
{
	static char much[300000];

	listen_here_("");
	cr_assert(connect_here(":send-buffer=5000") != NULL);
	cr_assert(zero(int, evert_datagram_send(client.base.transport, much,
						12000)));
	cr_assert(zero(int, say(&client, "on")));
	turn_until_count(reactor, &server.datagrams, 1);
	cr_assert(eq(str, server.text, "on"));
	cr_assert(eq(sz, client.failed, 1));
	cr_assert(eq(int, client.error, EMSGSIZE));
}

Test(seqpacket, p75_one_longer_than_wanted_comes_truncated)
{
	open_both();
	evert_datagram_abort(client.base.transport);
	turn_until_count(reactor, &server.destroyed, 1);
	datagram_recorder_init(&client);
	datagram_recorder_init(&server);
	connect_here(":largest=3");
	while (!server.base.transport)
		turn(reactor);
	say(&server, "hello");
	turn_until_count(reactor, &client.datagrams, 1);
	cr_assert(eq(str, client.text, "hel"));
	cr_assert(client.last.truncated);
}

Test(seqpacket, p84_a_peer_that_has_not_read_all_is_told_behind_what_it_sent)
{
	open_both();
	evert_datagram_pause_reading(server.base.transport);
	say(&client, "unread");
	say(&server, "read");
	turn(reactor);
	evert_datagram_abort(server.base.transport);
	turn_until_count(reactor, &client.destroyed, 1);
	cr_assert(eq(str, client.events, "BDSX"));
	cr_assert(client.stopped_kind == EVERT_CONNECTION_LOST);
	cr_assert(eq(int, client.stopped_error, ECONNRESET));
}

Test(seqpacket, what_is_sent_to_one_that_has_gone_is_told)
{
	open_both();
	evert_datagram_pause_reading(client.base.transport);
	evert_datagram_close(server.base.transport);
	turn_until_count(reactor, &server.destroyed, 1);
	cr_assert(zero(int, say(&client, "anybody?")));
	turn_until_count(reactor, &client.failed, 1);
	cr_assert(eq(int, client.error, EPIPE));
	evert_datagram_resume_reading(client.base.transport);
	turn_until_count(reactor, &client.destroyed, 1);
}

Test(seqpacket, p58_a_factory_that_refuses_closes)
{
	refuses = true;
	listen_here_("");
	connect_here("");
	turn_until_count(reactor, &client.stopped, 1);
	cr_assert(client.stopped_kind == EVERT_CONNECTION_DONE);
}

Test(seqpacket, p80_the_path_has_its_mode_and_is_removed)
{
	listen_here_(":mode=600");
	cr_assert(eq(u32, unix_mode("s") & 0777, 0600));
	evert_result_release(turn_until_fired(
		reactor, evert_port_stop_listening(port)));
	cr_assert(zero(u32, unix_mode("s")));
}

Test(seqpacket, one_that_is_there_already_is_adopted)
{
	char form[32];
	int fds[2];

	cr_assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	snprintf(form, sizeof(form), "fd:%d", fds[0]);
	evert_result_release(turn_until_fired(
		reactor,
		evert_connect_datagram(reactor, form, &client.base)));
	cr_assert(send(fds[1], "", 0, 0) == 0);
	cr_assert(send(fds[1], "x", 1, 0) == 1);
	turn_until_count(reactor, &client.datagrams, 2);
	close(fds[1]);
	turn_until_count(reactor, &client.stopped, 1);
}

static void refused_to_listen(const char *text, const char *part)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_listen_seqpacket(reactor, text, &factory));

	cr_assert(evert_result_is_failure(&result));
	cr_assert(strstr(evert_result_as_failure(&result)->message, part) !=
			  NULL,
		  "%s", evert_result_as_failure(&result)->message);
	evert_result_release(result);
}

Test(seqpacket, is_not_for_streams)
{
	static struct recorder_factory streams;
	struct evert_result result;

	recorder_factory_init(&streams, NULL, NULL);
	result = turn_until_fired(
		reactor, evert_listen(reactor, endpoint(""), &streams.base));
	cr_assert(evert_result_failed_with(&result, EVERT_BAD_ENDPOINT));
	cr_assert(strstr(evert_result_as_failure(&result)->message,
			 "\"unix-seqpacket\" is for seqpacket") != NULL);
	evert_result_release(result);
}

Test(seqpacket, wrong_strings_are_refused)
{
	refused_to_listen("unix:/tmp/x", "\"unix\" is not for seqpacket");
	refused_to_listen("unix-seqpacket:", "its path is empty");
	refused_to_listen("unix-seqpacket:x:largest=5",
			  "\"largest\" is not for listening");
	refused_to_listen("unix-seqpacket:/nowhere/x", "cannot listen on");
	cr_assert(turn_until_failed(reactor,
				    evert_connect_datagram(
					    reactor, endpoint(""),
					    &client.base)) ==
		  EVERT_CONNECT_FAILED);
	cr_assert(eq(sz, client.destroyed, 1));
}

/* ---- Whatever fails ---- */

static void use_once(struct evert_system *system)
{
	struct evert_reactor_options options = { .system = system };
	struct evert_deferred *d;
	int turns;

	datagram_recorder_init(&server);
	datagram_recorder_init(&client);
	factory.build_protocol = build;
	reactor = evert_reactor_create(&options);
	if (!reactor)
		return;
	d = evert_listen_seqpacket(reactor, "unix-seqpacket-abstract:",
				   &factory);
	evert_deferred_release(d);
	d = evert_listen_seqpacket(reactor, endpoint(""), &factory);
	evert_deferred_release(d);
	d = evert_connect_datagram(reactor, endpoint(""), &client.base);
	evert_deferred_release(d);
	for (turns = 0; turns < 3 && !evert_reactor_turn(reactor, 0); turns++)
		if (client.base.transport && !client.stopped)
			say(&client, "x");
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, client.destroyed, d ? 1 : client.destroyed));
}

static void use(struct test_system *system)
{
	use_once(&system->base);
}

static void use_with_little_memory(void *arg)
{
	use_once(arg);
}

Test(seqpackets, p82_leave_nothing_behind_whatever_fails)
{
	size_t before = count_descriptors();

	ignore_unhandled();
	unix_folder_make();
	fail_every_allocation(use_with_little_memory, NULL);
	fail_every_call(CALL_SOCKET, EMFILE, NULL, use);
	fail_every_call(CALL_SETSOCKOPT, ENOPROTOOPT, NULL, use);
	fail_every_call(CALL_CONNECT, EAGAIN, NULL, use);
	fail_every_call(CALL_ACCEPT, EMFILE, NULL, use);
	fail_every_call(CALL_GETSOCKNAME, ENOBUFS, NULL, use);
	fail_every_call(CALL_GETSOCKOPT, ENOBUFS, NULL, use);
	fail_every_call(CALL_RECVMMSG, ECONNRESET, NULL, use);
	fail_every_call(CALL_RECVMMSG, ENOMEM, NULL, use);
	fail_every_call(CALL_SENDMSG, EPIPE, NULL, use);
	unix_folder_remove();
	cr_assert(eq(sz, count_descriptors(), before));
}
