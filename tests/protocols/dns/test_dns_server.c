/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/firing_queue.h"
#include "../../../protocols/dns/server.h"
#include "../../../reactor/endpoint/datagram_endpoint.h"
#include "../../../reactor/endpoint/listen.h"
#include "../../../reactor/reason.h"
#include "../../support/dns_client.h"
#include "../../support/memory.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct evert_dns_server *server;
static struct dns_client client;
static size_t asked, unhandled;
static bool destroys;

enum { MOST_SLOW = 8 };
static struct evert_firing *slots[MOST_SLOW];
static struct evert_dns_request *slow[MOST_SLOW];
static size_t slow_count, cancelled_count;

static bool cancelled(struct evert_deferred *deferred, void *arg)
{
	(void)deferred;
	cancelled_count++;
	evert_deferred_abandon(arg);
	return false;
}

/* Of the name's first letter: Slow, Fails, Large, None, Bad data, a UNIX socket;
   else an address. */
static struct evert_result answer(struct evert_dns_request *request, void *arg)
{
	static const struct evert_dns_record bad = {
		.name = (const uint8_t *)"",
		.data = (const uint8_t *)"x",
		.length = 1,
		.type = EVERT_DNS_A,
		.dns_class = EVERT_DNS_CLASS_IN,
	};
	struct evert_address address;
	struct evert_firing **slot;
	unsigned i;

	(void)arg;
	asked++;
	if (destroys)
		evert_dns_server_destroy(server);
	evert_address_parse(&address, "192.0.2.1", 0);
	switch (request->question.name[1]) {
	case 's':
		slow[slow_count] = request;
		slot = &slots[slow_count++];
		return evert_result_wait(evert_deferred_create_cancellable(
			slot, cancelled, slot));
	case 'f':
		return evert_result_fail(EVERT_ERROR, 0, "no such table");
	case 'l':
		for (i = 0; i < 200; i++) {
			address.as.ip4.sin_addr.s_addr++;
			evert_dns_request_add_address(request, 9, &address);
		}
		return evert_result_none();
	case 'n':
		request->rcode = EVERT_DNS_NXDOMAIN;
		return evert_result_none();
	case 'u':
		evert_address_unix(&address, "/tmp/a", 6);
		cr_assert(eq(int,
			     evert_dns_request_add_address(request, 9, &address),
			     -EAFNOSUPPORT));
		return evert_result_none();
	case 'b':
		evert_dns_request_add(request, EVERT_DNS_ANSWER, &bad, 1);
		return evert_result_none();
	}
	request->is_authoritative = true;
	evert_dns_request_add_address(request, 9, &address);
	return evert_result_integer(1);
}

static void give(size_t number)
{
	struct evert_address address;

	evert_address_parse(&address, "192.0.2.7", 0);
	evert_dns_request_add_address(slow[number], 5, &address);
	evert_deferred_fire(&slots[number], evert_result_none());
}

static void count_unhandled(const struct evert_unhandled *report, void *arg)
{
	(void)report;
	(void)arg;
	unhandled++;
}

static void start(const struct evert_dns_server_options *options)
{
	struct evert_result number;

	server = evert_dns_server_create(reactor, answer, NULL, options);
	cr_assert(server != NULL);
	number = turn_until_fired(
		reactor, evert_dns_server_listen(server, "127.0.0.1", 0));
	dns_client_init(&client, reactor,
			(uint16_t)evert_result_as_integer(&number));
}

static void begin(void)
{
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	evert_set_unhandled_hook(count_unhandled, NULL);
}

static void finish(void)
{
	dns_client_finish(&client);
	evert_dns_server_destroy(server);
	evert_reactor_destroy(reactor);
}

TestSuite(dns_server, .init = begin, .fini = finish);

static void answers(const char *question, const char *wanted)
{
	cr_assert(eq(str, (char *)dns_ask(&client, question), (char *)wanted));
}

static void sent(const char *bytes, size_t length, const char *wanted)
{
	cr_assert(eq(str, (char *)dns_send_bytes(&client, bytes, length),
		     (char *)wanted));
}

#define SENT(bytes, wanted) sent(bytes, sizeof(bytes) - 1, wanted)

/* ---- Answers ---- */

Test(dns_server, answers_over_udp)
{
	start(NULL);
	answers("a. A", "NOERROR aa; a. 9 IN A 192.0.2.1");
	answers("n. A", "NXDOMAIN");
	cr_assert(eq(ulong, evert_dns_server_answered(server), 2));
}

Test(dns_server, answers_over_tcp)
{
	start(NULL);
	dns_stream_ask(&client, "a. A");
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR aa; a. 9 IN A 192.0.2.1"));
}

Test(dns_server, an_address_answers_only_who_asks_for_its_kind)
{
	start(NULL);
	answers("a. AAAA", "NOERROR aa");
	answers("a. ANY", "NOERROR aa; a. 9 IN A 192.0.2.1");
}

Test(dns_server, a_failure_is_servfail_and_reported)
{
	start(NULL);
	answers("f. A", "SERVFAIL");
	cr_assert(eq(sz, unhandled, 1));
}

Test(dns_server, data_that_is_not_as_its_type_is_servfail)
{
	start(NULL);
	answers("b. A", "SERVFAIL");
}

Test(dns_server, what_is_no_address_of_ip_is_not_in_the_answer)
{
	start(NULL);
	answers("u. A", "NOERROR");
	answers("u. ANY", "NOERROR");
}

Test(dns_server, too_much_for_a_datagram_is_truncated)
{
	start(NULL);
	cr_assert(strncmp(dns_ask(&client, "l. A"), "NOERROR tc", 10) == 0);
	client.edns_size = 65535;
	cr_assert(strncmp(dns_ask(&client, "l. A"), "NOERROR tc", 10) == 0);
	dns_stream_ask(&client, "l. A");
	cr_assert(strncmp(dns_stream_answer(&client), "NOERROR; l.", 11) == 0);
}

/* ---- What is no question ---- */

#define HEADER(flags, questions) \
	"\x12\x34" flags "\0" questions "\0\0\0\0\0\0"
#define QUESTION "\1a\0\0\1\0\1"

Test(dns_server, what_is_no_question_is_told_so)
{
	start(NULL);
	SENT(HEADER("\0\0", "\1") QUESTION,
	     "NOERROR aa; a. 9 IN A 192.0.2.1");
	SENT(HEADER("\0\0", "\0"), "FORMERR");
	SENT(HEADER("\0\0", "\2") QUESTION QUESTION, "FORMERR");
	SENT(HEADER("\0\0", "\1") "\1a\0\0\1", "FORMERR");
	SENT(HEADER("\0\0", "\1") "\xc0\x0c\0\1\0\1", "FORMERR");
	SENT(HEADER("\x08\0", "\1") QUESTION, "NOTIMP");
	SENT(HEADER("\x10\0", "\1") QUESTION, "NOTIMP");
	SENT(HEADER("\x28\0", "\1") "\1a\0\0\6\0\1", "NOTIMP");
	SENT(HEADER("\x30\0", "\0"), "NOTIMP");
	cr_assert(eq(sz, asked, 1));
}

Test(dns_server, responses_and_scraps_are_not_answered)
{
	start(NULL);
	SENT(HEADER("\x80\0", "\1") QUESTION, "nothing");
	SENT("\x12\x34\0\0\0\1\0\0\0\0\0", "nothing");
	SENT("", "nothing");
	cr_assert(eq(sz, asked, 0));
}

Test(dns_server, classes_and_types_that_are_not_data_are_refused)
{
	start(NULL);
	answers("a. TXT CH", "REFUSED");
	answers("a. A ANY", "REFUSED");
	answers("a. AXFR", "REFUSED");
	answers("a. IXFR", "REFUSED");
	answers("a. OPT", "FORMERR");
	answers("a. TYPE249", "NOTIMP");
	answers("a. TYPE254", "NOTIMP");
	answers("a. TYPE65280", "NOERROR aa");
	cr_assert(eq(sz, asked, 1));
}

Test(dns_server, another_version_of_edns_is_badvers)
{
	start(NULL);
	SENT("\x12\x34\0\0\0\1\0\0\0\0\0\1" QUESTION
	     "\0\0\x29\4\xd0\0\1\0\0\0\0",
	     "BADVERS");
	SENT("\x12\x34\0\0\0\1\0\0\0\0\0\1" QUESTION
	     "\0\0\x29\4\xd0\0\0\0\0\0\0",
	     "NOERROR aa; a. 9 IN A 192.0.2.1");
	SENT("\x12\x34\0\0\0\1\0\0\0\0\0\2" QUESTION
	     "\0\0\x29\4\xd0\0\0\0\0\0\0\0\0\x29\4\xd0\0\0\0\0\0\0",
	     "FORMERR");
}

/* ---- Answers that are waited for ---- */

Test(dns_server, others_are_answered_while_one_is_waited_for)
{
	start(NULL);
	answers("s. A", "nothing");
	answers("a. A", "NOERROR aa; a. 9 IN A 192.0.2.1");
	give(0);
	cr_assert(eq(str, (char *)dns_send_bytes(&client, "", 0),
		     "NOERROR; s. 5 IN A 192.0.2.7"));
}

Test(dns_server, over_tcp_answers_come_as_they_are_known)
{
	start(NULL);
	dns_stream_ask(&client, "s1. A");
	dns_stream_ask(&client, "s2. A");
	dns_stream_ask(&client, "a. A");
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR aa; a. 9 IN A 192.0.2.1"));
	give(1);
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR; s2. 5 IN A 192.0.2.7"));
	give(0);
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR; s1. 5 IN A 192.0.2.7"));
}

Test(dns_server, a_failure_that_comes_late_is_servfail_and_reported)
{
	start(NULL);
	answers("s. A", "nothing");
	evert_deferred_fire(&slots[0],
			    evert_result_fail(EVERT_ERROR, 0, "gone"));
	cr_assert(eq(str, (char *)dns_send_bytes(&client, "", 0), "SERVFAIL"));
	cr_assert(eq(sz, unhandled, 1));
}

Test(dns_server, what_a_client_asked_before_it_ended_is_answered)
{
	start(NULL);
	dns_stream_ask(&client, "s. A");
	shutdown(client.tcp, SHUT_WR);
	turn_until_count(reactor, &slow_count, 1);
	turn_until_idle(reactor);
	give(0);
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR; s. 5 IN A 192.0.2.7"));
	cr_assert(eq(str, (char *)dns_stream_answer(&client), "end"));
}

Test(dns_server, what_a_client_that_is_gone_asked_is_cancelled)
{
	struct linger reset = { 1, 0 };

	start(NULL);
	dns_stream_ask(&client, "s. A");
	turn_until_count(reactor, &slow_count, 1);
	setsockopt(client.tcp, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(client.tcp);
	client.tcp = -1;
	turn_until_count(reactor, &cancelled_count, 1);
	cr_assert(eq(sz, unhandled, 0));
}

/* ---- Limits ---- */

Test(dns_server, too_many_that_wait_are_servfail)
{
	struct evert_dns_server_options options = { .waiting = 2 };

	start(&options);
	answers("s. A", "nothing");
	answers("s. A", "nothing");
	answers("s. A", "SERVFAIL");
	cr_assert(eq(sz, cancelled_count, 1));
	answers("a. A", "NOERROR aa; a. 9 IN A 192.0.2.1");
}

Test(dns_server, a_connection_with_too_many_that_wait_is_not_read)
{
	struct evert_dns_server_options options = { .waiting_each = 2 };

	start(&options);
	dns_stream_ask(&client, "s1. A");
	dns_stream_ask(&client, "s2. A");
	dns_stream_ask(&client, "a. A");
	turn_until_count(reactor, &slow_count, 2);
	turn_until_idle(reactor);
	cr_assert(eq(sz, asked, 2));
	give(1);
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR; s2. 5 IN A 192.0.2.7"));
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR aa; a. 9 IN A 192.0.2.1"));
}

Test(dns_server, one_connection_too_many_is_closed)
{
	struct evert_dns_server_options options = { .connections = 1 };
	int first;

	start(&options);
	dns_stream_ask(&client, "a. A");
	cr_assert(strcmp(dns_stream_answer(&client), "end") != 0);
	first = client.tcp;
	client.tcp = -1;
	dns_stream_write(&client, "", 0);
	cr_assert(eq(str, (char *)dns_stream_answer(&client), "end"));
	close(first);
}

Test(dns_server, an_idle_connection_is_closed)
{
	struct evert_dns_server_options options = { .idle_seconds = 3 };

	test_system_stop_time(&kernel);
	start(&options);
	dns_stream_ask(&client, "s. A");
	turn_until_count(reactor, &slow_count, 1);
	/* A turn with nothing to do is as long as the wait is. */
	turn(reactor);
	give(0);
	cr_assert(eq(str, (char *)dns_stream_answer(&client),
		     "NOERROR; s. 5 IN A 192.0.2.7"));
	cr_assert(eq(str, (char *)dns_stream_answer(&client), "end"));
}

Test(dns_server, a_connection_is_idle_from_its_last_question_on)
{
	struct evert_dns_server_options options = { .idle_seconds = 3 };
	int i;

	test_system_stop_time(&kernel);
	start(&options);
	for (i = 0; i < 4; i++) {
		dns_stream_ask(&client, "a. A");
		cr_assert(eq(str, (char *)dns_stream_answer(&client),
			     "NOERROR aa; a. 9 IN A 192.0.2.1"));
		kernel.now += 2000000000;
	}
	cr_assert(eq(str, (char *)dns_stream_answer(&client), "end"));
}

Test(dns_server, options_out_of_range_are_refused)
{
	struct evert_dns_server_options options = { .datagram_size = 511 };

	cr_assert(evert_dns_server_create(reactor, answer, NULL, &options) ==
		  NULL);
	cr_assert(eq(int, errno, EINVAL));
	options = (struct evert_dns_server_options){ .idle_seconds = -1 };
	cr_assert(evert_dns_server_create(reactor, answer, NULL, &options) ==
		  NULL);
	options.idle_seconds = INFINITY;
	cr_assert(evert_dns_server_create(reactor, answer, NULL, &options) ==
		  NULL);
}

/* ---- The end ---- */

Test(dns_server, destroyed_it_cancels_what_is_waited_for)
{
	start(NULL);
	answers("s. A", "nothing");
	dns_stream_ask(&client, "s. A");
	turn_until_count(reactor, &slow_count, 2);
	evert_dns_server_destroy(server);
	server = NULL;
	cr_assert(eq(sz, cancelled_count, 2));
	cr_assert(eq(str, (char *)dns_stream_answer(&client), "end"));
	cr_assert(eq(sz, unhandled, 0));
}

Test(dns_server, may_be_destroyed_by_who_answers)
{
	start(NULL);
	destroys = true;
	answers("a. A", "nothing");
	server = NULL;
	turn_until_idle(reactor);
}

Test(dns_server, p84_may_outlive_its_reactor)
{
	start(NULL);
	dns_stream_ask(&client, "s. A");
	turn_until_count(reactor, &slow_count, 1);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(sz, cancelled_count, 1));
}

Test(dns_server, where_a_port_is_taken_it_does_not_listen)
{
	struct evert_result number;
	struct evert_dns_server *other;

	start(NULL);
	other = evert_dns_server_create(reactor, answer, NULL, NULL);
	cr_assert(turn_until_failed(reactor, evert_dns_server_listen(
						     other, "127.0.0.1",
						     client.port)) ==
		  EVERT_LISTEN_FAILED);
	number = turn_until_fired(reactor, evert_dns_server_listen(
						   other, "127.0.0.1", 0));
	cr_assert(ne(int, (int)evert_result_as_integer(&number), client.port));
	evert_dns_server_destroy(other);
}

static bool was_refused_for_udp(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct evert_result result;
	bool for_udp;

	cr_assert(bind(fd, (struct sockaddr *)&address, length) == 0);
	getsockname(fd, (struct sockaddr *)&address, &length);
	result = turn_until_fired(
		reactor, evert_dns_server_listen(server, "127.0.0.1",
						 ntohs(address.sin_port)));
	cr_assert(evert_result_failed_with(&result, EVERT_LISTEN_FAILED));
	for_udp = strstr(evert_result_as_failure(&result)->message, ", UDP");
	evert_result_release(result);
	close(fd);
	return for_udp;
}

Test(dns_server, a_port_that_is_taken_for_udp_is_told_as_such)
{
	int tries = 0;

	server = evert_dns_server_create(reactor, answer, NULL, NULL);
	/* Another program may have that port of TCP. */
	while (!was_refused_for_udp())
		cr_assert(tries++ < 20);
}

/* That of TCP was free. */
Test(dns_server, a_port_that_is_picked_is_another_where_it_is_taken_for_udp)
{
	test_system_fail(&kernel, CALL_BIND, 2, EADDRINUSE, false);
	start(NULL);
	cr_assert(eq(sz, atomic_load(&kernel.plans[CALL_BIND].calls), 4));
	answers("a. A", "NOERROR aa; a. 9 IN A 192.0.2.1");
}

Test(dns_server, destroyed_before_it_listens_it_does_not)
{
	size_t descriptors = count_descriptors();
	struct evert_deferred *d;

	server = evert_dns_server_create(reactor, answer, NULL, NULL);
	d = evert_dns_server_listen(server, "localhost", 0);
	evert_dns_server_destroy(server);
	server = NULL;
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(dns_server, a_datagram_endpoint_that_failed_leaves_nothing_to_close)
{
	start(NULL);
	cr_assert(turn_until_failed(
			  reactor,
			  evert_listen_datagram(
				  reactor, "udp:192.0.2.1:53",
				  evert_dns_server_datagram_protocol(
					  server))) == EVERT_LISTEN_FAILED);
	answers("a. A", "NOERROR aa; a. 9 IN A 192.0.2.1");
}

/* ---- Memory ---- */

static struct evert_result stop(struct evert_result *in, void *arg)
{
	(void)in;
	evert_reactor_stop(arg);
	return evert_result_none();
}

static void serve_and_end(void *arg)
{
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_dns_server *dns = NULL;
	struct evert_deferred *d = NULL;

	(void)arg;
	if (own)
		dns = evert_dns_server_create(own, answer, NULL, NULL);
	if (dns)
		d = evert_dns_server_listen(dns, "127.0.0.1", 0);
	if (d) {
		evert_deferred_add_both(d, stop, own);
		evert_deferred_release(d);
		evert_reactor_run(own);
	}
	evert_dns_server_destroy(dns);
	evert_reactor_destroy(own);
}

Test(dns_server_memory, p96_wherever_memory_runs_out_all_is_released)
{
	fail_every_allocation(serve_and_end, NULL);
}
