/* SPDX-License-Identifier: MIT */
/* Relays over sockets, so much that it is spliced. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/relay.h"
#include "../../../reactor/transport/adopt.h"
#include "../../../reactor/transport/hand_over.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

enum { MUCH = 1 << 20 };

/* A relay between two socket pairs, of which the test has the outer ends. */
struct joined {
	struct evert_reactor *reactor;
	int fds[2];
	struct evert_transport *transports[2];
	struct evert_deferred *relay;
};

static struct evert_transport *adopt(struct joined *joined, int *outer)
{
	struct evert_protocol *protocol;
	int fds[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) ==
		  0);
	*outer = fds[0];
	protocol = evert_connection_adopt(joined->reactor, fds[1],
					  &evert_relay_factory);
	if (!protocol && errno != ENOMEM)
		close(fds[1]);
	return protocol ? protocol->transport : NULL;
}

static void join(struct joined *joined)
{
	joined->transports[0] = adopt(joined, &joined->fds[0]);
	joined->transports[1] = adopt(joined, &joined->fds[1]);
	joined->relay = evert_relay(joined->transports[0],
				    joined->transports[1]);
}

static void begin(struct joined *joined, struct test_system *system)
{
	joined->reactor = make_reactor(&system->base);
	join(joined);
}

static struct evert_result forget(struct evert_result *in, void *arg)
{
	*(bool *)arg = evert_result_is_failure(in);
	return evert_result_none();
}

static void part(struct joined *joined)
{
	bool failed;

	close(joined->fds[0]);
	close(joined->fds[1]);
	turn_until_idle(joined->reactor);
	evert_deferred_add_both(joined->relay, forget, &failed);
	evert_deferred_release(joined->relay);
}

/* Did it fail? */
static bool finish(struct joined *joined)
{
	bool failed = false;

	close(joined->fds[0]);
	close(joined->fds[1]);
	evert_deferred_add_both(joined->relay, forget, &failed);
	evert_reactor_destroy(joined->reactor);
	evert_deferred_release(joined->relay);
	return failed;
}

/* ---- Carrying ---- */

/* One way: what was sent and what came. */
struct way {
	int from, to;
	size_t sent, came;
	bool ended;
};

static void push(struct way *way)
{
	static char data[65536];
	size_t length = MUCH - way->sent;
	ssize_t size = 1;

	if (length > sizeof(data))
		length = sizeof(data);
	if (!length)
		return;
	pattern(data, length, way->sent);
	size = send(way->from, data, length, MSG_NOSIGNAL);
	if (size > 0)
		way->sent += (size_t)size;
	if (way->sent == MUCH)
		shutdown(way->from, SHUT_WR);
}

static void pull(struct way *way)
{
	static char data[65536], expected[65536];
	ssize_t size = recv(way->to, data, sizeof(data), 0);

	if (size > 0) {
		pattern(expected, (size_t)size, way->came);
		cr_assert(memcmp(data, expected, (size_t)size) == 0,
			  "wrong bytes from %zu on", way->came);
		way->came += (size_t)size;
	} else if (size == 0 || errno != EAGAIN) {
		way->ended = true;
	}
}

static void pull_from_pipe(struct way *way)
{
	static char data[65536], expected[65536];
	ssize_t size = read(way->to, data, sizeof(data));

	if (size <= 0)
		return;
	pattern(expected, (size_t)size, way->came);
	cr_assert(zero(int, memcmp(data, expected, (size_t)size)));
	way->came += (size_t)size;
}

/* One way, until all that was sent has come. */
static void push_and_pull(struct joined *joined)
{
	struct way way = { .from = joined->fds[0], .to = joined->fds[1] };

	while (way.came < MUCH / 2) {
		if (way.sent < MUCH / 2)
			push(&way);
		turn_until_idle(joined->reactor);
		pull(&way);
	}
}

/* Both ways, until both have ended. The reader is slow, or the sender. */
static void carry(struct joined *joined, bool slow_reader)
{
	struct way ways[2] = {
		{ .from = joined->fds[0], .to = joined->fds[1] },
		{ .from = joined->fds[1], .to = joined->fds[0] },
	};
	int i, times;

	while (!ways[0].ended || !ways[1].ended) {
		for (i = 0; i < 2; i++) {
			for (times = 0; times < 4; times++)
				push(&ways[i]);
			turn_until_idle(joined->reactor);
			for (times = 0; times < (slow_reader ? 1 : 8); times++)
				pull(&ways[i]);
		}
		turn_until_idle(joined->reactor);
	}
	cr_assert(eq(sz, ways[0].came + ways[1].came, 2 * MUCH));
}

static size_t splices(const struct test_system *system)
{
	return atomic_load(&system->plans[CALL_SPLICE].calls);
}

static void expect_whole(struct joined *joined)
{
	struct evert_result result =
		turn_until_fired(joined->reactor, joined->relay);

	cr_assert(eq(u64, evert_result_as_relayed(&result)->there, MUCH));
	cr_assert(eq(u64, evert_result_as_relayed(&result)->back, MUCH));
	evert_result_release(result);
	joined->relay = evert_deferred_create_fired(evert_result_none());
}

Test(relay_splice, much_is_spliced_and_comes_whole)
{
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	begin(&joined, &system);
	carry(&joined, false);
	cr_assert(ge(sz, splices(&system), 4));
	expect_whole(&joined);
	finish(&joined);
}

Test(relay_splice, a_slow_reader_is_waited_for)
{
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	begin(&joined, &system);
	carry(&joined, true);
	cr_assert(ge(sz, splices(&system), 4));
	expect_whole(&joined);
	finish(&joined);
}

Test(relay_splice, splices_that_move_little_lose_nothing)
{
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	begin(&joined, &system);
	system.send_at_most = 5000;
	carry(&joined, false);
	cr_assert(ge(sz, splices(&system), 100));
	expect_whole(&joined);
	finish(&joined);
}

Test(relay_splice, a_splice_of_one_byte_is_one)
{
	struct test_system system;
	struct joined joined;
	size_t before;
	char sent, came;

	test_system_init(&system);
	begin(&joined, &system);
	push_and_pull(&joined);
	before = splices(&system);
	for (sent = 'a'; sent <= 'c'; sent++) {
		cr_assert(send(joined.fds[0], &sent, 1, 0) == 1);
		turn_until_idle(joined.reactor);
		cr_assert(recv(joined.fds[1], &came, 1, 0) == 1);
		cr_assert(eq(chr, came, sent));
	}
	cr_assert(ge(sz, splices(&system), before + 3 * 2));
	finish(&joined);
}

Test(relay_splice, little_is_not_spliced)
{
	struct test_system system;
	struct joined joined;
	char data[1000];
	int i;

	test_system_init(&system);
	begin(&joined, &system);
	memset(data, 'x', sizeof(data));
	for (i = 0; i < 1000; i++) {
		cr_assert(send(joined.fds[0], data, sizeof(data), 0) ==
			  sizeof(data));
		turn_until_idle(joined.reactor);
		cr_assert(recv(joined.fds[1], data, sizeof(data), 0) ==
			  sizeof(data));
	}
	cr_assert(zero(sz, splices(&system)));
	finish(&joined);
}

Test(relay_splice, those_that_are_idle_keep_no_pipes)
{
	enum { RELAYS = 20, KEPT = 2 * 8 };
	struct test_system system;
	struct joined joined[RELAYS];
	size_t before;
	int i;

	test_system_init(&system);
	begin(&joined[0], &system);
	for (i = 1; i < RELAYS; i++) {
		joined[i].reactor = joined[0].reactor;
		join(&joined[i]);
	}
	before = count_descriptors();
	for (i = 0; i < RELAYS; i++)
		push_and_pull(&joined[i]);
	cr_assert(gt(sz, splices(&system), 2 * RELAYS));
	cr_assert(le(sz, count_descriptors(), before + KEPT));
	for (i = RELAYS - 1; i > 0; i--) {
		evert_deferred_cancel(joined[i].relay);
		part(&joined[i]);
	}
	finish(&joined[0]);
}

/* ---- When something fails ---- */

static void carry_whole(struct test_system *system)
{
	struct joined joined;

	begin(&joined, system);
	carry(&joined, false);
	expect_whole(&joined);
	finish(&joined);
}

Test(relay_splice, where_splice_is_refused_everything_comes_all_the_same)
{
	fail_every_call(CALL_SPLICE, EINVAL, NULL, carry_whole);
}

Test(relay_splice, one_that_is_to_be_tried_again_is)
{
	static const int errors[] = { EAGAIN, EINTR };
	struct test_system system;
	size_t n;

	for (n = 0; n < 8; n++) {
		test_system_init(&system);
		test_system_fail(&system, CALL_SPLICE, n + 1, errors[n % 2],
				 false);
		carry_whole(&system);
	}
}

Test(relay_splice, where_there_is_no_pipe_everything_comes_all_the_same)
{
	struct test_system system;

	test_system_init(&system);
	test_system_fail(&system, CALL_PIPE, 2, EMFILE, true);
	carry_whole(&system);
	cr_assert(zero(sz, splices(&system)));
}

/* Pushes until nothing moves any more. */
static void push_much(struct joined *joined)
{
	struct way way = { .from = joined->fds[0], .to = joined->fds[1] };
	size_t before;

	do {
		before = way.sent;
		push(&way);
		turn_until_idle(joined->reactor);
	} while (way.sent > before);
}

Test(relay_splice, who_reads_no_more_holds_no_memory_of_ours)
{
	struct memory_counts counts;
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	failing_allocator_start(0, false);
	begin(&joined, &system);
	push_much(&joined);
	counts = failing_allocator_counts();
	cr_assert(le(sz, counts.live_bytes, 400000));
	cr_assert(finish(&joined));
	cr_assert(zero(sz, failing_allocator_stop().live));
}

Test(relay_splice, a_reader_that_goes_away_resets_the_sender)
{
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	begin(&joined, &system);
	push_much(&joined);
	close(joined.fds[1]);
	turn_until_idle(joined.reactor);
	cr_assert(evert_deferred_has_fired(joined.relay));
	cr_assert(eq(sz, send(joined.fds[0], "x", 1, MSG_NOSIGNAL), -1));
	joined.fds[1] = dup(joined.fds[0]);
	cr_assert(finish(&joined));
}

static void break_splices(struct test_system *system)
{
	struct joined joined;
	struct way way;

	begin(&joined, system);
	way = (struct way){ .from = joined.fds[0], .to = joined.fds[1] };
	while (way.sent < MUCH && !evert_deferred_has_fired(joined.relay)) {
		push(&way);
		turn_until_idle(joined.reactor);
		pull(&way);
	}
	finish(&joined);
}

Test(relay_splice, whatever_splice_says_leaks_nothing)
{
	static const int errors[] = { EPIPE, ECONNRESET, ENOMEM, EBADF, EIO };
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		fail_every_call(CALL_SPLICE, errors[i], NULL, break_splices);
}

static size_t until_reset;

/* As the kernel does: the error of a socket is said once, then it has ended. */
static ssize_t reset_by_splice(struct evert_system *base, int from, int to,
			       size_t length)
{
	struct evert_system *real = evert_system_real();
	struct stat status;

	(void)base;
	if (fstat(from, &status) || !S_ISSOCK(status.st_mode) || --until_reset)
		return real->ops->splice(real, from, to, length);
	shutdown(from, SHUT_RD);
	return -ECONNRESET;
}

Test(relay_splice, a_reset_of_which_splice_was_told_is_no_orderly_end)
{
	struct test_system system;
	struct evert_system_ops ops;
	struct joined joined;
	struct way way;
	int i;

	test_system_init(&system);
	ops = *system.base.ops;
	ops.splice = reset_by_splice;
	system.base.ops = &ops;
	until_reset = 3;
	begin(&joined, &system);
	way = (struct way){ .from = joined.fds[0], .to = joined.fds[1] };
	for (i = 0; i < 30; i++) {
		push(&way);
		turn_until_idle(joined.reactor);
		pull(&way);
	}
	cr_assert(zero(sz, until_reset));
	shutdown(joined.fds[1], SHUT_WR);
	turn_until_idle(joined.reactor);
	cr_assert(evert_deferred_has_fired(joined.relay));
	cr_assert(finish(&joined));
}

static int refusal;
static size_t refused;

static ssize_t refuse_out_of_pipes(struct evert_system *base, int from, int to,
				   size_t length)
{
	struct evert_system *real = evert_system_real();
	struct stat status;

	(void)base;
	if (!fstat(from, &status) && S_ISFIFO(status.st_mode)) {
		refused++;
		return -refusal;
	}
	return real->ops->splice(real, from, to, length);
}

static ssize_t take_nothing(struct evert_system *base, int fd,
			    const struct iovec *parts, int count)
{
	(void)base;
	(void)fd;
	(void)parts;
	(void)count;
	return -EAGAIN;
}

/* There is always something to do. */
static void turn_at_once(struct joined *joined)
{
	cr_assert(zero(int, evert_reactor_turn(joined->reactor, 0)));
}

Test(relay_splice, refused_with_a_full_pipe_it_reads_no_more_than_there_is_room)
{
	struct test_system system;
	struct evert_system_ops ops;
	struct joined joined;
	struct way way;
	int i;

	test_system_init(&system);
	ops = *system.base.ops;
	ops.splice = refuse_out_of_pipes;
	system.base.ops = &ops;
	refusal = EAGAIN;
	refused = 0;
	begin(&joined, &system);
	way = (struct way){ .from = joined.fds[0], .to = joined.fds[1] };
	while (!refused) {
		for (i = 0; i < 4; i++)
			push(&way);
		for (i = 0; i < 8; i++) {
			turn_at_once(&joined);
			pull(&way);
		}
	}
	refusal = EINVAL;
	ops.sendv = take_nothing;
	for (i = 0; i < 3; i++)
		turn_at_once(&joined);
	cr_assert(gt(sz, evert_transport_queued(joined.transports[1]), 65536));
	cr_assert(not(evert_transport_is_reading(joined.transports[0])));
	ops.sendv = evert_system_real()->ops->sendv;
	cr_assert(finish(&joined));
}

static bool is_interrupted;

static ssize_t read_on_after_a_signal(int fd, void *data, size_t size,
				      struct evert_system *base)
{
	struct evert_system *real = evert_system_real();
	struct stat status;

	(void)base;
	if (is_interrupted && !fstat(fd, &status) &&
	    S_ISFIFO(status.st_mode)) {
		is_interrupted = false;
		return -EINTR;
	}
	return real->ops->read(fd, data, size, real);
}

Test(relay_splice, a_byte_that_is_in_a_pipe_when_splice_is_refused_comes)
{
	struct test_system system;
	struct evert_system_ops ops;
	struct joined joined;
	char came;

	test_system_init(&system);
	ops = *system.base.ops;
	system.base.ops = &ops;
	begin(&joined, &system);
	push_and_pull(&joined);
	ops.splice = refuse_out_of_pipes;
	ops.read = read_on_after_a_signal;
	refusal = EINVAL;
	refused = 0;
	is_interrupted = true;
	cr_assert(send(joined.fds[0], "x", 1, 0) == 1);
	turn_until_idle(joined.reactor);
	cr_assert(refused && !is_interrupted);
	cr_assert(recv(joined.fds[1], &came, 1, 0) == 1);
	cr_assert(eq(chr, came, 'x'));
	finish(&joined);
}

Test(relay_splice, a_cancelled_one_closes_its_pipes)
{
	size_t before = count_descriptors();
	struct test_system system;
	struct joined joined;

	test_system_init(&system);
	begin(&joined, &system);
	push_much(&joined);
	evert_deferred_cancel(joined.relay);
	turn_until_idle(joined.reactor);
	cr_assert(finish(&joined));
	cr_assert(eq(sz, count_descriptors(), before));
}

/* ---- Where one side is no socket ---- */

Test(relay_splice, pipes_are_relayed_by_hand)
{
	struct test_system system;
	struct joined joined;
	struct evert_protocol *pipes;
	struct way way;
	int in[2], out[2];

	test_system_init(&system);
	joined.reactor = make_reactor(&system.base);
	joined.transports[0] = adopt(&joined, &joined.fds[0]);
	cr_assert(zero(int, pipe2(in, O_NONBLOCK) | pipe2(out, O_NONBLOCK)));
	pipes = evert_pipe_open(joined.reactor, in[0], out[1],
				&evert_relay_factory);
	joined.fds[1] = in[1];
	joined.relay = evert_relay(joined.transports[0], pipes->transport);
	way = (struct way){ .from = joined.fds[0], .to = out[0] };
	while (way.came < MUCH) {
		push(&way);
		turn_until_idle(joined.reactor);
		pull_from_pipe(&way);
	}
	cr_assert(eq(sz, way.came, MUCH));
	cr_assert(zero(sz, splices(&system)));
	close(out[0]);
	finish(&joined);
}

/* ---- What was read before ---- */

Test(relay_splice, what_was_read_before_is_handed_over_and_passes_first)
{
	struct evert_detached *detached;
	struct test_system system;
	struct joined joined;
	char text[16] = "";

	test_system_init(&system);
	joined.reactor = make_reactor(&system.base);
	joined.transports[0] = adopt(&joined, &joined.fds[0]);
	joined.transports[1] = adopt(&joined, &joined.fds[1]);
	detached = evert_transport_detach(joined.transports[0], "read ", 5);
	joined.transports[0] =
		evert_detached_attach(detached, joined.reactor,
				      &evert_relay_factory)
			->transport;
	cr_assert(eq(sz, send(joined.fds[0], "before", 6, 0), 6));
	joined.relay =
		evert_relay(joined.transports[0], joined.transports[1]);
	turn_until_idle(joined.reactor);
	cr_assert(eq(sz, recv(joined.fds[1], text, sizeof(text), 0), 11));
	cr_assert(eq(str, text, "read before"));
	finish(&joined);
}
