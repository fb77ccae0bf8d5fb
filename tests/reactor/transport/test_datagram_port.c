/* SPDX-License-Identifier: MIT */
/* Datagrams over the kernel's sockets: their life. */
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/dump.h"
#include "../../../reactor/reactor_internal.h"
#include "../../../reactor/stats.h"
#include "../../../reactor/transport/datagram_internal.h"
#include "../../support/child.h"
#include "../../support/datagrams.h"
#include "../../support/memory.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct datagram_recorder recorder;
static struct evert_datagram_transport *transport;
static struct evert_address here;  /* the transport's */
static struct evert_address there; /* the peer's */
static int peer;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&recorder);
	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	here = address_at(transport, "127.0.0.1");
	peer = open_peer("127.0.0.1");
	there = address_of(peer);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(peer);
}

TestSuite(datagram_port, .init = begin, .fini = finish);

static size_t calls(enum test_call call)
{
	return atomic_load(&kernel.plans[call].calls);
}

/* ---- Coming ---- */

Test(datagram_port, p75_keeps_the_boundaries)
{
	peer_send_to(peer, "one", &here);
	peer_send_to(peer, "three", &here);
	turn_until_count(reactor, &recorder.datagrams, 2);
	cr_assert(eq(sz, recorder.bytes, 8));
	cr_assert(eq(str, recorder.text, "three"));
	cr_assert(evert_address_is_equal(&recorder.peer, &there));
	cr_assert(evert_address_is_equal(&recorder.host, &here));
}

static void expect_next(struct datagram_recorder *who, size_t length,
			bool truncated)
{
	size_t before = who->datagrams, bytes = who->bytes;

	turn_until_count(reactor, &who->datagrams, before + 1);
	cr_assert(eq(sz, who->bytes - bytes, length));
	cr_assert(eq(int, who->last.truncated, truncated));
	cr_assert(evert_address_is_equal(&who->peer, &there));
}

/* They share the room into which the kernel writes. */
Test(datagram_port, transports_of_one_reactor_each_get_theirs_whole)
{
	static struct datagram_recorder small, told;
	const struct evert_datagram_options few = { .largest = 3 };
	const struct evert_datagram_options much = { .tell_host = EVERT_ON,
						     .tell_tos = true };
	struct evert_address to_small, to_told;
	size_t seen = 0;
	int i, j;

	datagram_recorder_init(&small);
	datagram_recorder_init(&told);
	to_small = address_at(open_at(reactor, "127.0.0.1", &few, &small),
			      "127.0.0.1");
	to_told = address_at(open_at(reactor, "127.0.0.1", &much, &told),
			     "127.0.0.1");
	for (i = 0; i < 3; i++) {
		for (j = 0; j <= i; j++)
			peer_send_to(peer, "hello", &to_small);
		turn_until_count(reactor, &small.datagrams, seen += i + 1);
		cr_assert(eq(sz, small.bytes, 3 * seen));
		cr_assert(small.last.truncated);
		cr_assert(evert_address_is_equal(&small.peer, &there));
		peer_send_to(peer, "hello", &to_told);
		expect_next(&told, 5, false);
		cr_assert(evert_address_is_equal(&told.host, &to_told));
		peer_send_to(peer, "hello", &here);
		expect_next(&recorder, 5, false);
	}
}

Test(datagram_port, p75_delivers_empty_ones)
{
	peer_send_to(peer, "", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(sz, recorder.bytes, 0));
	cr_assert(not(recorder.last.truncated));
}

static void answer_with_length(struct datagram_recorder *self,
			       const struct evert_datagram *datagram)
{
	char text[16];

	(void)self;
	snprintf(text, sizeof(text), "%zu", datagram->length);
	evert_datagram_answer(datagram, text, strlen(text));
}

Test(datagram_port, answers_who_has_asked)
{
	struct evert_address from;

	recorder.received = answer_with_length;
	peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(str, (char *)peer_take(peer, &from), "5"));
	cr_assert(evert_address_is_equal(&from, &here));
}

Test(datagram_port, takes_and_answers_many_by_one_call_each)
{
	size_t received = calls(CALL_RECVMMSG), sent = calls(CALL_SENDMMSG);
	int i;

	recorder.received = answer_with_length;
	for (i = 0; i < 32; i++)
		peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &recorder.datagrams, 32);
	cr_assert(eq(sz, calls(CALL_RECVMMSG) - received, 1));
	cr_assert(eq(sz, calls(CALL_SENDMMSG) - sent, 1));
	cr_assert(eq(sz, calls(CALL_SENDMSG), 0));
	for (i = 0; i < 32; i++)
		cr_assert(peer_take(peer, NULL) != NULL);
	cr_assert(peer_take(peer, NULL) == NULL);
}

static size_t answered; /* of two that have each heard one */

static void answer_and_look(struct datagram_recorder *self,
			    const struct evert_datagram *datagram)
{
	if (peer_take(peer, NULL))
		answered++;
	answer_with_length(self, datagram);
}

Test(datagram_port, what_it_answers_is_sent_before_others_hear_theirs)
{
	static struct datagram_recorder other;
	struct evert_address to_other;

	datagram_recorder_init(&other);
	to_other = address_at(open_at(reactor, "127.0.0.1", NULL, &other),
			      "127.0.0.1");
	turn_until_idle(reactor); /* both are watched */
	recorder.received = other.received = answer_and_look;
	peer_send_to(peer, "hello", &here);
	peer_send_to(peer, "hello", &to_other);
	turn(reactor);
	cr_assert(eq(sz, recorder.datagrams + other.datagrams, 2));
	cr_assert(eq(sz, answered, 1));
}

Test(datagram_port, leaves_the_others_their_turn)
{
	int i;

	for (i = 0; i < 100; i++)
		peer_send_to(peer, "hello", &here);
	turn(reactor);
	cr_assert(recorder.datagrams < 100);
	turn_until_count(reactor, &recorder.datagrams, 100);
}

static void close_at_second(struct datagram_recorder *self,
			    const struct evert_datagram *datagram)
{
	if (self->datagrams == 2)
		evert_datagram_close(datagram->transport);
}

Test(datagram_port, delivers_nothing_after_a_close)
{
	recorder.received = close_at_second;
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	peer_send_to(peer, "3", &here);
	turn_until_count(reactor, &recorder.destroyed, 1);
	cr_assert(eq(sz, recorder.datagrams, 2));
	cr_assert(eq(str, recorder.events, "BDSX"));
}

Test(datagram_port, delivers_nothing_while_paused_and_loses_nothing)
{
	evert_datagram_pause_reading(transport);
	peer_send_to(peer, "1", &here);
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.datagrams, 0));
	evert_datagram_resume_reading(transport);
	turn_until_count(reactor, &recorder.datagrams, 1);
}

static void pause_at_the_first(struct datagram_recorder *self,
			       const struct evert_datagram *datagram)
{
	if (self->datagrams == 1)
		evert_datagram_pause_reading(datagram->transport);
}

Test(datagram_port, loses_nothing_when_it_is_paused_in_the_middle)
{
	recorder.received = pause_at_the_first;
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "22", &here);
	peer_send_to(peer, "333", &here);
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.datagrams, 1));
	peer_send_to(peer, "4444", &here);
	evert_datagram_resume_reading(transport);
	turn_until_count(reactor, &recorder.datagrams, 4);
	cr_assert(eq(sz, recorder.bytes, 10));
	cr_assert(eq(str, recorder.text, "4444"));
}

Test(datagram_port, delivers_none_of_those_it_has_kept_after_a_close)
{
	recorder.received = pause_at_the_first;
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	turn_until_idle(reactor);
	evert_datagram_resume_reading(transport);
	evert_datagram_close(transport);
	turn_until_count(reactor, &recorder.stopped, 1);
	cr_assert(eq(sz, recorder.datagrams, 1));
}

Test(datagram_port, p75_tells_of_one_that_is_too_long)
{
	struct evert_datagram_options options = { .largest = 4 };
	static struct datagram_recorder other;

	datagram_recorder_init(&other);
	transport = open_at(reactor, "127.0.0.1", &options, &other);
	here = address_at(transport, "127.0.0.1");
	peer_send_to(peer, "hello", &here);
	peer_send_to(peer, "four", &here);
	turn_until_count(reactor, &other.datagrams, 2);
	cr_assert(eq(sz, other.bytes, 8));
	cr_assert(not(other.last.truncated));
}

static void expect_truncated(struct datagram_recorder *self,
			     const struct evert_datagram *datagram)
{
	(void)self;
	cr_assert(datagram->truncated);
	cr_assert(eq(sz, datagram->length, 4));
}

Test(datagram_port, p75_gives_the_beginning_of_one_that_is_too_long)
{
	struct evert_datagram_options options = { .largest = 4 };
	static struct datagram_recorder other;

	datagram_recorder_init(&other);
	other.received = expect_truncated;
	transport = open_at(reactor, "127.0.0.1", &options, &other);
	here = address_at(transport, "127.0.0.1");
	peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &other.datagrams, 1);
}

Test(datagram_port, takes_the_longest_there_is)
{
	static char longest[65508];

	memset(longest, 'x', 65507);
	peer_send_to(peer, longest, &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(sz, recorder.bytes, 65507));
	cr_assert(not(recorder.last.truncated));
}

Test(datagram_port, reads_one_by_one_where_the_system_has_no_better)
{
	recorder.received = answer_with_length;
	test_system_fail(&kernel, CALL_RECVMMSG, 1, ENOSYS, true);
	test_system_fail(&kernel, CALL_SENDMMSG, 1, ENOSYS, true);
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	turn_until_count(reactor, &recorder.datagrams, 2);
	peer_send_to(peer, "3", &here);
	turn_until_count(reactor, &recorder.datagrams, 3);
	cr_assert(eq(sz, kernel.plans[CALL_RECVMMSG].calls, 1));
	cr_assert(eq(sz, kernel.plans[CALL_SENDMMSG].calls, 1));
	cr_assert(peer_take(peer, NULL) != NULL);
	cr_assert(peer_take(peer, NULL) != NULL);
	cr_assert(peer_take(peer, NULL) != NULL);
}

Test(datagram_port, waits_and_goes_on_when_there_is_no_memory_to_read)
{
	int64_t began = kernel.now;
	size_t waits;

	turn_until_idle(reactor);
	waits = test_system_waits(&kernel);
	test_system_fail(&kernel, CALL_RECVMMSG, 1, ENOMEM, false);
	peer_send_to(peer, "1", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(sz, recorder.stopped, 0));
	cr_assert(ge(i64, kernel.now - began, 10000000));
	cr_assert(eq(sz, test_system_waits(&kernel), waits + 3));
}

Test(datagram_port, stops_when_its_descriptor_is_none)
{
	test_system_fail(&kernel, CALL_RECVMMSG, 1, ENOTSOCK, false);
	peer_send_to(peer, "1", &here);
	turn_until_count(reactor, &recorder.stopped, 1);
	cr_assert(eq(ptr, (void *)recorder.stopped_kind,
		     (void *)EVERT_CONNECTION_LOST));
	cr_assert(eq(int, recorder.stopped_error, ENOTSOCK));
}

/* ---- Its end ---- */

Test(datagram_port, sends_before_it_closes)
{
	send_text(transport, "bye", &there);
	evert_datagram_close(transport);
	cr_assert(eq(int, evert_datagram_send_to(transport, "x", 1, &there),
		     -EPIPE));
	cr_assert(eq(sz, recorder.stopped, 0));
	turn_until_count(reactor, &recorder.destroyed, 1);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bye"));
	cr_assert(eq(ptr, (void *)recorder.stopped_kind,
		     (void *)EVERT_CONNECTION_DONE));
}

Test(datagram_port, drops_what_is_queued_when_it_is_aborted)
{
	send_text(transport, "bye", &there);
	evert_datagram_abort(transport);
	cr_assert(eq(u64, evert_datagram_dropped(transport), 1));
	turn_until_count(reactor, &recorder.destroyed, 1);
	cr_assert(peer_take(peer, NULL) == NULL);
	cr_assert(eq(ptr, (void *)recorder.stopped_kind,
		     (void *)EVERT_CONNECTION_ABORTED));
}

Test(datagram_port, drops_nothing_of_others_when_it_is_aborted)
{
	static struct datagram_recorder other;
	struct evert_datagram_transport *aborted;

	datagram_recorder_init(&other);
	aborted = open_at(reactor, "127.0.0.1", NULL, &other);
	send_text(transport, "hello", &there);
	evert_datagram_abort(aborted);
	turn_until_count(reactor, &other.destroyed, 1);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "hello"));
}

Test(datagram_port, leaves_no_timer_when_it_is_aborted)
{
	struct evert_stats stats;

	test_system_fail(&kernel, CALL_SENDMSG, 1, ENOBUFS, true);
	send_text(transport, "bye", &there);
	turn_until_idle(reactor);
	evert_reactor_stats(reactor, &stats);
	cr_assert(eq(sz, stats.timers, 1));
	evert_datagram_abort(transport);
	evert_reactor_stats(reactor, &stats);
	cr_assert(eq(sz, stats.timers, 0));
}

Test(datagram_port, fires_when_it_is_closed)
{
	struct evert_deferred *closed = evert_datagram_closed(transport);

	evert_datagram_close(transport);
	evert_result_release(turn_until_fired(reactor, closed));
	cr_assert(eq(sz, recorder.stopped, 1));
}

Test(datagram_port, p82_sends_what_is_queued_when_the_reactor_stops)
{
	send_text(transport, "bye", &there);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bye"));
	cr_assert(eq(str, recorder.events, "BSX"));
	cr_assert(eq(ptr, (void *)recorder.stopped_kind,
		     (void *)EVERT_REACTOR_STOPPED));
}

Test(datagram_port, p82_tells_what_was_given_up_when_the_reactor_stops)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, EAGAIN, true);
	cr_assert(eq(int, evert_reactor_set_closing_time(reactor, -1), 0));
	send_text(transport, "bye", &there);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(ptr, (void *)recorder.stopped_kind,
		     (void *)EVERT_REACTOR_STOPPED));
	cr_assert(eq(int, recorder.stopped_error, ETIMEDOUT));
	test_system_fail(&kernel, CALL_SENDMSG, 0, 0, false);
}

Test(datagram_port, p82_is_waited_for_no_longer_than_it_takes)
{
	int64_t began;

	test_system_stop_time(&kernel);
	began = kernel.now;
	test_system_fail(&kernel, CALL_SENDMSG, 1, EAGAIN, false);
	send_text(transport, "bye", &there);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bye"));
	cr_assert(kernel.now - began < 100000000, "it waited for nothing");
}

Test(datagram_port, p82_waits_for_memory_when_the_reactor_stops)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, ENOBUFS, false);
	send_text(transport, "bye", &there);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bye"));
	cr_assert(zero(int, recorder.stopped_error));
}

Test(datagram_port, gives_up_when_closing_takes_too_long)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, ENOBUFS, true);
	send_text(transport, "bye", &there);
	turn_until_idle(reactor);
	evert_datagram_close(transport);
	turn_until_count(reactor, &recorder.destroyed, 1);
	cr_assert(eq(int, recorder.stopped_error, ETIMEDOUT));
}

/* ---- After a fork ---- */

static bool gives_up(void)
{
	evert_reactor_destroy(reactor);
	return recorder.stopped_kind == EVERT_REACTOR_STOPPED;
}

Test(datagram_port, p48_a_child_that_gives_it_up_leaves_the_parents_alone)
{
	send_text(transport, "1", &there);
	cr_assert(child(gives_up));
	cr_assert(peer_take(peer, NULL) == NULL);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "1"));
	cr_assert(peer_take(peer, NULL) == NULL);
}

static bool sends_its_own(void)
{
	send_text(transport, "child", &there);
	turn_until_idle(reactor);
	return true;
}

Test(datagram_port, p81_what_was_sent_before_a_fork_goes_out_once)
{
	send_text(transport, "parent", &there);
	cr_assert(child(sends_its_own));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "child"));
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "parent"));
	cr_assert(peer_take(peer, NULL) == NULL);
}

static bool leaves(void)
{
	evert_reactor_destroy(reactor);
	return true;
}

static void answer_after_a_fork(struct datagram_recorder *self,
				const struct evert_datagram *datagram)
{
	cr_assert(self->datagrams != 2 || child(leaves));
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

Test(datagram_port, p81_a_child_may_give_it_up_in_the_middle_of_what_has_come)
{
	recorder.received = answer_after_a_fork;
	peer_send_to(peer, "1", &here);
	peer_send_to(peer, "2", &here);
	peer_send_to(peer, "3", &here);
	turn_until_count(reactor, &recorder.datagrams, 3);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "1"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "2"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "3"));
	cr_assert(peer_take(peer, NULL) == NULL);
}

static struct evert_datagram *copy;

static void keep(struct datagram_recorder *self,
		 const struct evert_datagram *datagram)
{
	(void)self;
	copy = evert_datagram_copy(datagram);
}

Test(datagram_port, a_copy_can_be_answered_later)
{
	recorder.received = keep;
	peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	cr_assert(eq(int, evert_datagram_answer(copy, copy->data, copy->length),
		     0));
	evert_datagram_release(copy);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "hello"));
}

Test(datagram_port, p85_a_copy_outlives_its_transport_and_the_reactor)
{
	recorder.received = keep;
	peer_send_to(peer, "hello", &here);
	turn_until_count(reactor, &recorder.datagrams, 1);
	evert_reactor_destroy(reactor);
	cr_assert(eq(int, evert_datagram_answer(copy, "late", 4), -EPIPE));
	evert_datagram_close(copy->transport);
	evert_datagram_abort(copy->transport);
	evert_datagram_pause_reading(copy->transport);
	evert_datagram_resume_reading(copy->transport);
	evert_datagram_set_write_marks(copy->transport, 1, 1);
	evert_deferred_release(evert_datagram_closed(copy->transport));
	evert_datagram_release(copy);
	reactor = NULL;
}

static void open_nowhere(void *unused)
{
	struct evert_address address = parse_address("127.0.0.1", 0);
	struct evert_datagram_transport *made;
	static struct datagram_recorder other;
	struct evert_reactor *own = NULL;
	int peer_fd;

	(void)unused;
	datagram_recorder_init(&other);
	own = evert_reactor_create(NULL);
	if (!own)
		return;
	made = evert_datagram_open(own, &address, NULL, NULL, &other.base);
	if (made) {
		peer_fd = open_peer("127.0.0.1");
		address = address_of(peer_fd);
		evert_datagram_send_to(made, "hello", 5, &address);
		evert_deferred_release(evert_datagram_closed(made));
		close(peer_fd);
	} else {
		cr_assert(eq(int, errno, ENOMEM));
		cr_assert(eq(str, other.events, ""));
	}
	evert_reactor_destroy(own);
	cr_assert(eq(sz, other.destroyed, made ? 1 : 0));
}

Test(datagram_ports, survive_any_allocation_that_fails)
{
	fail_every_allocation(open_nowhere, NULL);
}

Test(datagram_ports, need_an_address)
{
	static struct datagram_recorder other;
	struct evert_reactor *own = make_reactor(NULL);

	datagram_recorder_init(&other);
	cr_assert(evert_datagram_open(own, NULL, NULL, NULL, &other.base) ==
		  NULL);
	cr_assert(eq(int, errno, EINVAL));
	evert_reactor_destroy(own);
}

/* The field that is wrong is told. */
static void is_wrong(struct evert_datagram_options options, const char *field)
{
	static struct datagram_recorder other;
	const char *wrong = evert_datagram_options_wrong(&options);

	cr_assert(eq(str, (char *)wrong, (char *)field));
	datagram_recorder_init(&other);
	cr_assert(evert_datagram_open(reactor, &here, NULL, &options,
				      &other.base) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	cr_assert(eq(str, other.events, ""));
}

#define WRONG(field, value) \
	is_wrong((struct evert_datagram_options){ .field = value }, #field)

Test(datagram_port, refuses_options_that_are_none)
{
	here = parse_address("127.0.0.1", 0);
	WRONG(ipv6_only, (enum evert_choice)3);
	WRONG(tell_host, (enum evert_choice)-1);
	WRONG(when_full, (enum evert_datagram_full)7);
	WRONG(send_buffer, -1);
	WRONG(receive_buffer, -1);
	WRONG(mode, 010000);
	WRONG(largest, EVERT_DATAGRAM_LARGEST + 1);
	WRONG(interface, "a-name-that-no-interface-has");
}

static int option_of(struct evert_datagram_transport *of, int level, int option)
{
	struct evert_datagram_port *port = evert_datagram_port_from(of);
	int value = -1;
	socklen_t length = sizeof(value);

	cr_assert(eq(int,
		     getsockopt(port->watch.fd, level, option, &value, &length),
		     0));
	return value;
}

static struct evert_datagram_transport *
open_as(const struct evert_datagram_options *options)
{
	static struct datagram_recorder other;
	struct evert_datagram_transport *made;

	datagram_recorder_init(&other);
	here = parse_address("127.0.0.1", 0);
	made = evert_datagram_open(reactor, &here, NULL, options, &other.base);
	cr_assert(made != NULL);
	return made;
}

Test(datagram_port, its_options_are_those_of_its_socket)
{
	static const struct evert_datagram_options options = {
		.reuse_address = true,
		.reuse_port = true,
		.broadcast = true,
		.send_buffer = 20000,
		.receive_buffer = 30000,
	};
	struct evert_datagram_transport *plain = open_as(NULL);
	struct evert_datagram_transport *other;

	cr_assert(eq(int, option_of(plain, SOL_SOCKET, SO_REUSEADDR), 0));
	cr_assert(eq(int, option_of(plain, SOL_SOCKET, SO_REUSEPORT), 0));
	cr_assert(eq(int, option_of(plain, SOL_SOCKET, SO_BROADCAST), 0));
	evert_datagram_abort(plain);
	turn_until_idle(reactor);
	other = open_as(&options);
	cr_assert(eq(int, option_of(other, SOL_SOCKET, SO_REUSEADDR), 1));
	cr_assert(eq(int, option_of(other, SOL_SOCKET, SO_REUSEPORT), 1));
	cr_assert(eq(int, option_of(other, SOL_SOCKET, SO_BROADCAST), 1));
	/* Linux counts what it needs itself, too. */
	cr_assert(eq(int, option_of(other, SOL_SOCKET, SO_SNDBUF), 40000));
	cr_assert(eq(int, option_of(other, SOL_SOCKET, SO_RCVBUF), 60000));
	evert_datagram_abort(other);
	turn_until_idle(reactor);
}

Test(datagram_port, the_kernel_joins_what_comes_only_if_asked_to)
{
	static const struct evert_datagram_options options = { .gather = true };
	struct evert_datagram_transport *joined;

	cr_assert(eq(int, option_of(transport, IPPROTO_UDP, UDP_GRO), 0));
	joined = open_as(&options);
	cr_assert(eq(int, option_of(joined, IPPROTO_UDP, UDP_GRO), 1));
}

Test(datagram_port, none_is_opened_while_the_reactor_shuts_down)
{
	static struct datagram_recorder other;

	datagram_recorder_init(&other);
	here = parse_address("127.0.0.1", 0);
	reactor->shutting_down = true;
	cr_assert(evert_datagram_open(reactor, &here, NULL, NULL,
				      &other.base) == NULL);
	cr_assert(eq(int, errno, ESHUTDOWN));
	reactor->shutting_down = false;
}

Test(datagram_port, says_in_a_dump_where_it_is_and_what_is_queued)
{
	char *text = NULL, *found;
	char expected[80];
	size_t size;
	FILE *file = open_memstream(&text, &size);

	send_text(transport, "abc", &there);
	evert_reactor_dump(reactor, file);
	fclose(file);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u",
		 evert_address_port(&here));
	found = strstr(text, expected);
	cr_assert(found != NULL, "%s", text);
	cr_assert(strstr(found, "bytes queued") != NULL, "%s", text);
	free(text);
}
