/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/relay.h"
#include "../../../reactor/flow/send_file.h"
#include "../../../reactor/transport/hand_over.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/file.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

/* ---- Over a socket ---- */

enum { MUCH = 3 << 20 };

static struct peer peer;
static char text[4097];

static void begin(void)
{
	peer_open(&peer, NULL, NULL);
}

static void finish(void)
{
	peer_close(&peer);
}

TestSuite(send_file, .init = begin, .fini = finish);

static void expect_sent(struct evert_deferred *d)
{
	struct evert_result result = turn_until_fired(peer.reactor, d);

	cr_assert(evert_result_is_none(&result));
}

static void expect_failure(struct evert_deferred *d,
			   const struct evert_error *kind, int error,
			   const char *message)
{
	struct evert_result result = turn_until_fired(peer.reactor, d);
	const struct evert_failure *failure = evert_result_as_failure(&result);

	cr_assert(evert_failure_is(failure, kind));
	cr_assert(eq(int, failure->error, error));
	if (message)
		cr_assert(strstr(failure->message, message) != NULL);
	evert_result_release(result);
}

Test(send_file, goes_behind_what_was_written_and_before_what_follows)
{
	int fd = make_text("0123456789");
	struct evert_deferred *d;

	evert_transport_write(peer.transport, "before ", 7);
	d = evert_transport_send_file(peer.transport, fd, 2, 5);
	evert_transport_write(peer.transport, " after", 6);
	close(fd);
	peer_read(&peer, text, 18);
	cr_assert(eq(str, text, "before 23456 after"));
	expect_sent(d);
}

Test(send_file, one_larger_than_all_buffers_comes_whole)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d =
		evert_transport_send_file(peer.transport, fd, 0, MUCH);
	size_t number = 0;

	close(fd);
	evert_transport_lose_connection(peer.transport);
	cr_assert(not(evert_deferred_has_fired(d)));
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	cr_assert(zero(int, peer_read_end(&peer)));
	expect_sent(d);
}

Test(send_file, where_sendfile_cannot_it_is_read_and_written)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d;
	size_t number = 0;

	test_system_fail(&peer.system, CALL_SENDFILE, 2, EINVAL, false);
	d = evert_transport_send_file(peer.transport, fd, 0, MUCH);
	close(fd);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
	expect_sent(d);
	cr_assert(ge(sz, atomic_load(&peer.system.plans[CALL_PREAD].calls),
		     2));
}

Test(send_file, a_file_that_is_shorter_fails_and_resets)
{
	int fd = make_text("0123456789");
	struct evert_deferred *d =
		evert_transport_send_file(peer.transport, fd, 4, 100);

	close(fd);
	expect_failure(d, EVERT_SYSTEM, ENODATA, "6 of 100 bytes");
	peer_turn_until_gone(&peer);
	cr_assert(eq(int, peer.recorder->lost_error, ENODATA));
}

Test(send_file, a_connection_that_is_lost_says_how_much_was_sent)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d =
		evert_transport_send_file(peer.transport, fd, 0, MUCH);

	close(fd);
	turn_until_idle(peer.reactor);
	evert_transport_abort(peer.transport);
	expect_failure(d, EVERT_CONNECTION_LOST, 0, " of 3145728 bytes");
}

Test(send_file, nothing_is_sent_of_no_bytes)
{
	int fd = make_text("x");

	expect_sent(evert_transport_send_file(peer.transport, fd, 0, 0));
	close(fd);
	cr_assert(zero(sz, atomic_load(
				   &peer.system.plans[CALL_SENDFILE].calls)));
}

/* Together with what is queued it would have been 0 bytes. */
Test(send_file, p82_more_than_can_be_counted_is_refused)
{
	int fd = make_text("x");

	cr_assert(zero(int, evert_transport_write(peer.transport, "x", 1)));
	expect_failure(evert_transport_send_file(peer.transport, fd, 0,
						 SIZE_MAX),
		       EVERT_SYSTEM, EFBIG, "0 of ");
	evert_transport_lose_connection(peer.transport);
	cr_assert(eq(sz, peer_read(&peer, text, 2), 1));
	cr_assert(eq(str, text, "x"));
	close(fd);
}

Test(send_file, who_is_closing_sends_none)
{
	int fd = make_text("x");

	evert_transport_lose_connection(peer.transport);
	expect_failure(evert_transport_send_file(peer.transport, fd, 0, 1),
		       EVERT_SYSTEM, EPIPE, "0 of 1 bytes");
	close(fd);
}

Test(send_file, without_a_descriptor_to_spare_the_connection_stays)
{
	int fd = make_text("x");

	test_system_fail(&peer.system, CALL_DUP, 1, EMFILE, false);
	expect_failure(evert_transport_send_file(peer.transport, fd, 0, 1),
		       EVERT_SYSTEM, EMFILE, NULL);
	close(fd);
	cr_assert(not(evert_transport_is_closing(peer.transport)));
}

Test(send_file, a_cancelled_one_is_sent_all_the_same)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d =
		evert_transport_send_file(peer.transport, fd, 0, MUCH);
	size_t number = 0;

	close(fd);
	evert_deferred_cancel(d);
	expect_failure(d, EVERT_CANCELLED, 0, NULL);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, MUCH), MUCH));
}

Test(send_file, a_peer_that_is_gone_raises_no_signal)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d;

	peer_fill(&peer);
	d = evert_transport_send_file(peer.transport, fd, 0, MUCH);
	close(fd);
	peer_hang_up(&peer);
	expect_failure(d, EVERT_CONNECTION_LOST, 0, NULL);
}

Test(send_file, a_connection_is_not_handed_over_meanwhile)
{
	int fd = make_file(MUCH);
	struct evert_deferred *d =
		evert_transport_send_file(peer.transport, fd, 0, MUCH);

	close(fd);
	turn_until_idle(peer.reactor);
	cr_assert(evert_transport_detach(peer.transport, NULL, 0) == NULL);
	cr_assert(eq(int, errno, EBUSY));
	evert_transport_abort(peer.transport);
	expect_failure(d, EVERT_CONNECTION_LOST, 0, NULL);
}

Test(send_file, short_sends_change_nothing)
{
	int fd = make_file(100000);
	struct evert_deferred *d;
	size_t number = 0;

	peer.system.send_at_most = 777;
	d = evert_transport_send_file(peer.transport, fd, 0, 100000);
	close(fd);
	cr_assert(eq(sz, peer_read_pattern(&peer, &number, 100000), 100000));
	expect_sent(d);
}

/* ---- Into a pipe ---- */

Test(send_file, goes_into_a_pipe_by_sendfile_or_by_hand)
{
	struct evert_protocol *protocol;
	struct evert_deferred *d;
	int fd, fds[2], times;

	for (times = 0; times < 2; times++) {
		test_system_fail(&peer.system, CALL_SENDFILE, times, EINVAL,
				 true);
		cr_assert(zero(int, pipe(fds)));
		protocol = evert_pipe_open(peer.reactor, -1, fds[1],
					   &evert_relay_factory);
		fd = make_text("0123456789");
		d = evert_transport_send_file(protocol->transport, fd, 1, 8);
		close(fd);
		expect_sent(d);
		fcntl(fds[0], F_SETFL, O_NONBLOCK);
		cr_assert(eq(sz, read(fds[0], text, sizeof(text)), 8));
		cr_assert(zero(int, memcmp(text, "12345678", 8)));
		evert_transport_lose_connection(protocol->transport);
		close(fds[0]);
	}
}

/* ---- In memory ---- */

static void unread(struct evert_protocol *base, const char *data, size_t length)
{
	(void)base, (void)data, (void)length;
}

static const struct evert_protocol_ops ops = { .data_received = unread };

Test(send_file_memory, a_transport_in_memory_takes_a_copy)
{
	struct evert_protocol protocol = { .ops = &ops };
	struct evert_memory_transport *memory =
		evert_memory_transport_create(&protocol);
	int fd = make_text("0123456789");
	struct evert_deferred *d =
		evert_transport_send_file(protocol.transport, fd, 2, 5);

	close(fd);
	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
	cr_assert(eq(str, (char *)evert_memory_transport_written(memory, NULL),
		     "23456"));
	cr_assert(not(evert_memory_transport_was_aborted(memory)));
	evert_memory_transport_destroy(memory);
}

/* ---- When something fails ---- */

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	return evert_result_none();
}

static void send_once(void)
{
	int fd = make_text("0123456789");
	struct evert_deferred *d;

	d = evert_transport_send_file(peer.transport, fd, 0, 10);
	close(fd);
	turn_until_idle(peer.reactor);
	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_release(d);
}

Test(send_file_failing, whatever_fails_it_is_told_and_nothing_leaks)
{
	static const enum test_call calls[] = { CALL_SENDFILE, CALL_DUP };
	static const int errors[] = { EIO, EPIPE, ENOMEM, ECONNRESET, EBADF,
				      EAGAIN, EINTR };
	size_t i, j, before;

	for (i = 0; i < 2; i++)
		for (j = 0; j < sizeof(errors) / sizeof(*errors); j++) {
			before = count_descriptors();
			peer_open(&peer, NULL, NULL);
			test_system_fail(&peer.system, calls[i], 1, errors[j],
					 false);
			send_once();
			peer_close(&peer);
			cr_assert(eq(sz, count_descriptors(), before));
		}
}

Test(send_file_failing, without_memory_nothing_leaks)
{
	size_t n;

	for (n = 0; n < 8; n++) {
		failing_allocator_start(0, false);
		peer_open(&peer, NULL, NULL);
		failing_allocator_fail(n, false);
		send_once();
		peer_close(&peer);
		cr_assert(zero(sz, failing_allocator_stop().live));
	}
}
