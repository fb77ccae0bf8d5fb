/* SPDX-License-Identifier: MIT */
/* Datagrams that go: the queue, and what the kernel refuses. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/datagram_internal.h"
#include "../../support/datagrams.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct datagram_recorder recorder;
static struct evert_datagram_transport *transport;
static struct evert_address there; /* the peer's */
static int peer;

static void begin(void)
{
	test_system_init(&kernel);
	kernel.virtual_time = true;
	reactor = make_reactor(&kernel.base);
	datagram_recorder_init(&recorder);
	transport = open_at(reactor, "127.0.0.1", NULL, &recorder);
	peer = open_peer("127.0.0.1");
	there = address_of(peer);
}

static void finish(void)
{
	test_system_fail(&kernel, CALL_SENDMSG, 0, 0, false);
	test_system_fail(&kernel, CALL_SENDMMSG, 0, 0, false);
	evert_reactor_destroy(reactor);
	close(peer);
}

TestSuite(datagram_send, .init = begin, .fini = finish);

static size_t calls(enum test_call call)
{
	return atomic_load(&kernel.plans[call].calls);
}

static void reopen(const struct evert_datagram_options *options)
{
	evert_datagram_abort(transport);
	turn_until_count(reactor, &recorder.destroyed, 1);
	datagram_recorder_init(&recorder);
	transport = open_at(reactor, "127.0.0.1", options, &recorder);
}

/* From now on the kernel takes nothing. */
static void refuse(int error)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, error, true);
	test_system_fail(&kernel, CALL_SENDMMSG, 1, error, true);
}

static void accept_again(void)
{
	test_system_fail(&kernel, CALL_SENDMSG, 0, 0, false);
	test_system_fail(&kernel, CALL_SENDMMSG, 0, 0, false);
}

static size_t count_taken(void)
{
	size_t count = 0;

	while (peer_take(peer, NULL))
		count++;
	return count;
}

/* ---- Calls ---- */

Test(datagram_send, sends_what_a_turn_has_gathered_by_one_call)
{
	int i;

	for (i = 0; i < 10; i++)
		send_text(transport, "hello", &there);
	cr_assert(eq(sz, count_taken(), 0));
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_taken(), 10));
	cr_assert(eq(sz, calls(CALL_SENDMMSG), 1));
	cr_assert(eq(sz, calls(CALL_SENDMSG), 0));
}

Test(datagram_send, sends_more_than_a_batch_in_order)
{
	char number[12], expected[12];
	int i;

	for (i = 0; i < 150; i++) {
		snprintf(number, sizeof(number), "%d", i);
		send_text(transport, number, &there);
	}
	turn_until_idle(reactor);
	for (i = 0; i < 150; i++) {
		snprintf(expected, sizeof(expected), "%d", i);
		cr_assert(eq(str, (char *)peer_take(peer, NULL), expected));
	}
}

Test(datagram_send, sends_a_large_one_at_once)
{
	static char large[65508];

	memset(large, 'x', 65507);
	send_text(transport, "first", &there);
	send_text(transport, large, &there);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "first"));
	cr_assert(eq(sz, strlen(peer_take(peer, NULL)), 65507));
}

Test(datagram_send, sends_empty_ones)
{
	send_text(transport, "", &there);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), ""));
}

Test(datagram_send, goes_on_where_few_were_taken)
{
	int i;

	kernel.send_at_most = 1; /* message at a time */
	for (i = 0; i < 10; i++)
		send_text(transport, "hello", &there);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_taken(), 10));
}

Test(datagram_send, refuses_what_no_datagram_can_hold)
{
	static char large[65508];

	cr_assert(eq(
		int,
		evert_datagram_send_to(transport, large, sizeof(large), &there),
		-EMSGSIZE));
}

Test(datagram_send, refuses_to_send_to_nobody)
{
	cr_assert(
		eq(int, evert_datagram_send(transport, "x", 1), -EDESTADDRREQ));
}

Test(datagram_send, refuses_another_family)
{
	struct evert_address ip6 = parse_address("::1", 9);

	cr_assert(eq(int, evert_datagram_send_to(transport, "x", 1, &ip6),
		     -EAFNOSUPPORT));
}

/* ---- The queue ---- */

Test(datagram_send, queues_what_the_kernel_does_not_take)
{
	refuse(EAGAIN);
	send_text(transport, "1", &there);
	send_text(transport, "2", &there);
	turn_until(reactor, &(bool){ true });
	turn(reactor);
	cr_assert(eq(sz, evert_datagram_queued(transport),
		     2 * EVERT_DATAGRAM_COST + 2));
	send_text(transport, "3", &there);
	accept_again();
	turn_until_idle(reactor);
	cr_assert(eq(sz, evert_datagram_queued(transport), 0));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "1"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "2"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "3"));
}

Test(datagram_send, tries_again_after_a_while_when_there_is_no_memory)
{
	int64_t began = kernel.now;

	refuse(ENOBUFS);
	send_text(transport, "1", &there);
	turn(reactor);
	accept_again();
	turn_until(reactor, &(bool){ true });
	while (evert_datagram_queued(transport))
		turn(reactor);
	cr_assert(eq(sz, count_taken(), 1));
	cr_assert(kernel.now - began >= 10000000);
}

Test(datagram_send, tries_less_and_less_often)
{
	size_t tried;

	refuse(ENOBUFS);
	send_text(transport, "1", &there);
	turn_for(reactor, 5);
	tried = calls(CALL_SENDMSG);
	cr_assert(lt(sz, tried, 20));
	turn_for(reactor, 5);
	cr_assert(gt(sz, calls(CALL_SENDMSG), tried + 1));
}

Test(datagram_send, p55_pauses_and_resumes_the_protocol_once)
{
	int i;

	evert_datagram_set_write_marks(transport, 1000, 500);
	refuse(EAGAIN);
	for (i = 0; i < 10; i++)
		send_text(transport, "hello", &there);
	turn(reactor);
	cr_assert(eq(sz, recorder.paused, 1));
	cr_assert(eq(sz, recorder.resumed, 0));
	accept_again();
	turn_until_count(reactor, &recorder.resumed, 1);
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.paused, 1));
	cr_assert(eq(sz, recorder.resumed, 1));
}

Test(datagram_send, p55_at_the_marks_it_is_not_paused_and_resumed)
{
	size_t two = 2 * (EVERT_DATAGRAM_COST + 1);

	evert_datagram_set_write_marks(transport, two, 0);
	refuse(EAGAIN);
	send_text(transport, "1", &there);
	turn(reactor);
	send_text(transport, "2", &there);
	cr_assert(eq(sz, evert_datagram_queued(transport), two));
	cr_assert(zero(sz, recorder.paused));
	send_text(transport, "3", &there);
	cr_assert(eq(sz, recorder.paused, 1));
	evert_datagram_set_write_marks(transport, SIZE_MAX, two);
	turn_until_idle(reactor);
	cr_assert(zero(sz, recorder.resumed));
	evert_datagram_set_write_marks(transport, SIZE_MAX,
				       evert_datagram_queued(transport));
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.resumed, 1));
}

static void fill(size_t count)
{
	refuse(EAGAIN);
	send_text(transport, "0", &there);
	turn(reactor);
	while (--count)
		send_text(transport, "x", &there);
}

Test(datagram_send, tells_the_sender_that_the_queue_is_full)
{
	struct evert_datagram_options options = {
		.queue_most = 2 * (EVERT_DATAGRAM_COST + 1),
	};

	reopen(&options);
	fill(2);
	cr_assert(eq(int, evert_datagram_send_to(transport, "y", 1, &there),
		     -EAGAIN));
	cr_assert(eq(sz, evert_datagram_dropped(transport), 0));
}

Test(datagram_send, queues_a_mebibyte_unless_told_otherwise)
{
	static const char kibibyte[1024 - EVERT_DATAGRAM_COST];
	size_t taken = 0;

	refuse(EAGAIN);
	while (!evert_datagram_send_to(transport, kibibyte, sizeof(kibibyte),
				       &there)) {
		taken++;
		turn(reactor);
		cr_assert(eq(sz, recorder.paused, taken > 64));
	}
	cr_assert(eq(sz, taken, 1024));
	cr_assert(eq(sz, evert_datagram_queued(transport), 1 << 20));
}

Test(datagram_send, drops_the_newest_if_asked_to)
{
	struct evert_datagram_options options = {
		.queue_most = 2 * (EVERT_DATAGRAM_COST + 1),
		.when_full = EVERT_DATAGRAM_DROP_NEWEST,
	};

	reopen(&options);
	fill(2);
	send_text(transport, "y", &there);
	cr_assert(eq(sz, evert_datagram_dropped(transport), 1));
	accept_again();
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "0"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "x"));
	cr_assert(eq(sz, count_taken(), 0));
}

Test(datagram_send, drops_the_oldest_if_asked_to)
{
	struct evert_datagram_options options = {
		.queue_most = 2 * (EVERT_DATAGRAM_COST + 1),
		.when_full = EVERT_DATAGRAM_DROP_OLDEST,
	};

	reopen(&options);
	fill(2);
	send_text(transport, "y", &there);
	cr_assert(eq(sz, evert_datagram_dropped(transport), 1));
	accept_again();
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "x"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "y"));
	cr_assert(eq(sz, count_taken(), 0));
}

/* ---- What fails ---- */

Test(datagram_send, p82_tells_of_one_that_could_not_be_sent)
{
	send_text(transport, "1", &there);
	send_text(transport, "2", &there);
	test_system_fail(&kernel, CALL_SENDMMSG, 1, EPERM, false);
	test_system_fail(&kernel, CALL_SENDMSG, 1, EPERM, false);
	turn_until_count(reactor, &recorder.failed, 1);
	cr_assert(eq(int, recorder.error, EPERM));
	cr_assert(evert_address_is_equal(&recorder.about, &there));
	cr_assert(eq(sz, evert_datagram_dropped(transport), 1));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "2"));
}

Test(datagram_send, tells_the_caller_at_once_where_it_sends_at_once)
{
	static char large[20000];

	test_system_fail(&kernel, CALL_SENDMSG, 1, ENETUNREACH, true);
	cr_assert(eq(
		int,
		evert_datagram_send_to(transport, large, sizeof(large), &there),
		-ENETUNREACH));
	accept_again();
	turn_until_idle(reactor);
	cr_assert(eq(sz, recorder.failed, 0));
}

Test(datagram_send, connected_it_sends_without_an_address_and_to_no_other)
{
	static struct datagram_recorder other;
	struct evert_address peers;

	datagram_recorder_init(&other);
	transport = open_to(reactor, peer, NULL, &other);
	cr_assert(eq(int, evert_datagram_send(transport, "hello", 5), 0));
	cr_assert(eq(int, evert_datagram_send_to(transport, "x", 1, &there),
		     -EISCONN));
	cr_assert(eq(int, evert_datagram_peer(transport, &peers), 0));
	cr_assert(evert_address_is_equal(&peers, &there));
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "hello"));
}

/* ---- Segments ---- */

static void expect_segments(void)
{
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "aaaa"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bbbb"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "cc"));
	cr_assert(eq(sz, count_taken(), 0));
}

static void send_segments(void)
{
	struct evert_datagram_route route = { .peer = &there, .segment = 4 };

	cr_assert(eq(
		int,
		evert_datagram_send_with(transport, "aaaabbbbcc", 10, &route),
		0));
	turn_until_idle(reactor);
}

Test(datagram_send, cuts_what_is_to_go_in_segments)
{
	send_segments();
	expect_segments();
	cr_assert(eq(sz, calls(CALL_SENDMSG), 1));
}

Test(datagram_send, cuts_by_itself_where_the_kernel_does_not)
{
	test_system_fail(&kernel, CALL_SENDMSG, 1, EIO, false);
	send_segments();
	expect_segments();
	send_segments();
	expect_segments();
}

/* The first and the third call fail: the whole, and the second piece. */
static ssize_t fail_some(struct evert_system *system, int fd,
			 const struct msghdr *message, int flags)
{
	static int count;

	count++;
	if (count == 1)
		return -EIO;
	if (count == 3)
		return -EAGAIN;
	return evert_system_real()->ops->sendmsg(system, fd, message, flags);
}

Test(datagram_send, repeats_no_segment_that_was_sent)
{
	struct evert_system_ops ops = *kernel.base.ops;

	ops.sendmsg = fail_some;
	kernel.base.ops = &ops;
	send_segments();
	expect_segments();
	cr_assert(eq(sz, evert_datagram_queued(transport), 0));
	finish();
	begin();
}

static void send_alike_and_not(void)
{
	static const char *const texts[] = { "aa", "bb", "cc", "ddd", "e", "" };
	size_t i;

	for (i = 0; i < 6; i++)
		send_text(transport, texts[i], &there);
	turn_until_idle(reactor);
	for (i = 0; i < 6; i++)
		cr_assert(eq(str, (char *)peer_take(peer, NULL),
			     (char *)texts[i]));
	cr_assert(eq(sz, count_taken(), 0));
}

Test(datagram_send, joins_those_of_one_length_if_asked_to)
{
	struct evert_datagram_options options = { .join = true };

	reopen(&options);
	send_alike_and_not();
	cr_assert(eq(sz, calls(CALL_SENDMMSG), 1));
	refuse(EAGAIN);
	send_text(transport, "1", &there);
	send_text(transport, "2", &there);
	turn(reactor);
	cr_assert(eq(sz, evert_datagram_queued(transport),
		     2 * EVERT_DATAGRAM_COST + 2));
	evert_datagram_abort(transport);
	cr_assert(eq(sz, evert_datagram_dropped(transport), 2));
}

Test(datagram_send, joins_those_that_all_go_to_its_peer)
{
	struct evert_datagram_options options = { .join = true };
	static struct datagram_recorder other; /* until the reactor goes */
	struct evert_datagram_transport *connected;
	size_t before = calls(CALL_SENDMSG);

	datagram_recorder_init(&other);
	connected = open_to(reactor, peer, &options, &other);
	send_text(connected, "aa", NULL);
	send_text(connected, "bb", NULL);
	send_text(connected, "cc", NULL);
	turn_until_idle(reactor);
	cr_assert(eq(sz, calls(CALL_SENDMSG), before + 1));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "aa"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "bb"));
	cr_assert(eq(str, (char *)peer_take(peer, NULL), "cc"));
}

/* Of the reactor's room for what it gathers. */
Test(datagram_send, joins_the_last_that_there_is_room_for)
{
	static const char first[EVERT_DATAGRAM_GATHERS - 64 * 1000], each[1000];
	struct evert_datagram_options options = { .join = true };
	int i;

	reopen(&options);
	kernel.send_at_most = 1; /* message at a time */
	cr_assert(zero(int, evert_datagram_send_to(transport, first,
						   sizeof(first), &there)));
	for (i = 0; i < 64; i++)
		cr_assert(zero(int, evert_datagram_send_to(transport, each,
							   sizeof(each),
							   &there)));
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_taken(), 65));
	cr_assert(eq(sz, calls(CALL_SENDMMSG) + calls(CALL_SENDMSG), 2));
}

Test(datagram_send, joins_no_more_than_go_at_once)
{
	struct evert_datagram_options options = { .join = true };
	int i;

	reopen(&options);
	for (i = 0; i < 150; i++)
		send_text(transport, "x", &there);
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_taken(), 150));
}

Test(datagram_send, joins_nothing_where_the_kernel_does_not_cut)
{
	struct evert_datagram_options options = { .join = true };

	reopen(&options);
	test_system_fail(&kernel, CALL_SENDMMSG, 1, EIO, false);
	test_system_fail(&kernel, CALL_SENDMSG, 1, EIO, false);
	send_alike_and_not();
	send_alike_and_not();
}

Test(datagram_send, sends_more_segments_than_go_at_once)
{
	static char much[70000];
	struct evert_datagram_route route = { .peer = &there, .segment = 1000 };
	size_t count = 0, bytes = 0;
	const char *text;

	memset(much, 'x', sizeof(much));
	cr_assert(eq(
		int,
		evert_datagram_send_with(transport, much, sizeof(much), &route),
		0));
	do {
		turn(reactor);
		while ((text = peer_take(peer, NULL))) {
			count++;
			bytes += strlen(text);
		}
	} while (bytes < sizeof(much));
	cr_assert(eq(sz, count, 70));
}
