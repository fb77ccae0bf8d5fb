/* SPDX-License-Identifier: MIT */
/* A file is sent through a relay, while a producer writes the other way; each
   allocation and each system call fails in turn; everything is cut short. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/flow/producer.h"
#include "../../reactor/flow/relay.h"
#include "../../reactor/flow/send_file.h"
#include "../../reactor/transport/adopt.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

enum { FILE_LENGTH = 700000, MADE = 100000, PIECE = 5000, MOST_TURNS = 3000 };

static struct evert_reactor *reactor;
static size_t there, back, made, lost;
static size_t begun, settled; /* Deferreds */

/* ---- Who sends the file, and who makes ---- */

struct end {
	struct evert_protocol base;
	struct evert_producer producer;
};

static void end_lost(struct evert_protocol *base,
		     const struct evert_failure *reason)
{
	(void)base, (void)reason;
	lost++;
}

static void sender_received(struct evert_protocol *base, const char *data,
			    size_t length)
{
	(void)base, (void)data;
	back += length;
}

static struct evert_result settle(struct evert_result *in, void *arg)
{
	(void)in, (void)arg;
	settled++;
	return evert_result_none();
}

static void watch_end(struct evert_deferred *d)
{
	begun++;
	evert_deferred_add_both(d, settle, NULL);
	evert_deferred_release(d);
}

static void sender_made(struct evert_protocol *base)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (ftruncate(fd, FILE_LENGTH))
		return;
	watch_end(evert_transport_send_file(base->transport, fd, 0,
					    FILE_LENGTH));
	close(fd);
	evert_transport_lose_write(base->transport);
}

static void maker_received(struct evert_protocol *base, const char *data,
			   size_t length)
{
	(void)base, (void)data;
	there += length;
}

static void make_piece(struct evert_producer *base)
{
	static const char piece[PIECE];
	struct evert_transport *transport = base->transport;

	made += PIECE;
	if (!evert_transport_write(transport, piece, PIECE) && made < MADE)
		return;
	evert_producer_unregister(base);
	evert_transport_lose_write(transport);
}

static const struct evert_producer_ops maker_producer = {
	.resume_producing = make_piece,
};

static void maker_made(struct evert_protocol *base)
{
	struct end *end = evert_container_of(base, struct end, base);

	end->producer.ops = &maker_producer;
	if (evert_transport_register_producer(base->transport,
					      &end->producer))
		evert_transport_abort(base->transport);
}

static void end_received(struct evert_protocol *base)
{
	(void)base;
}

static const struct evert_protocol_ops sender_ops = {
	.data_received = sender_received,
	.connection_made = sender_made,
	.connection_lost = end_lost,
	.end_received = end_received,
};

static const struct evert_protocol_ops maker_ops = {
	.data_received = maker_received,
	.connection_made = maker_made,
	.connection_lost = end_lost,
	.end_received = end_received,
};

static struct evert_factory senders =
	EVERT_FACTORY(struct end, base, &sender_ops);
static struct evert_factory makers =
	EVERT_FACTORY(struct end, base, &maker_ops);

/* ---- All of it ---- */

static struct evert_transport *adopt(int fd, struct evert_factory *factory)
{
	struct evert_protocol *protocol =
		evert_connection_adopt(reactor, fd, factory);

	if (!protocol && errno != ENOMEM && errno != ECONNABORTED)
		close(fd);
	return protocol ? protocol->transport : NULL;
}

/* Returns the inner end. */
static struct evert_transport *open_end(struct evert_factory *outer)
{
	int fds[2];

	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, fds)));
	adopt(fds[0], outer);
	return adopt(fds[1], &evert_relay_factory);
}

static void run(struct test_system *system)
{
	struct evert_reactor_options options = {
		.system = &system->base,
	};
	struct evert_transport *one, *other;
	int turns;

	system->virtual_time = true;
	begun = there = back = made = lost = settled = 0;
	reactor = evert_reactor_create(&options);
	if (!reactor)
		return;
	one = open_end(&senders);
	other = open_end(&makers);
	watch_end(evert_relay(one, other));
	for (turns = 0; turns < MOST_TURNS && lost < 2; turns++)
		if (evert_reactor_turn(reactor, 0))
			break;
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, settled, begun));
}

static void expect_whole(void)
{
	cr_assert(eq(sz, there, FILE_LENGTH));
	cr_assert(eq(sz, back, MADE));
	cr_assert(eq(sz, lost, 2));
}

Test(sweep_flow, everything_comes_when_nothing_fails)
{
	struct test_system system;

	test_system_init(&system);
	run(&system);
	expect_whole();
	cr_assert(gt(sz, atomic_load(&system.plans[CALL_SPLICE].calls), 2));
	cr_assert(gt(sz, atomic_load(&system.plans[CALL_SENDFILE].calls), 1));
}

Test(sweep_flow, everything_comes_when_everything_is_cut_short)
{
	struct test_system system;

	test_system_init(&system);
	system.send_at_most = 3001;
	run(&system);
	expect_whole();
	test_system_init(&system);
	system.read_at_most = 2003;
	system.send_at_most = 5003;
	run(&system);
	expect_whole();
}

Test(sweep_flow, nothing_leaks_when_an_allocation_fails)
{
	fail_every_allocation_on(NULL, run);
}

Test(sweep_flow, nothing_leaks_when_a_call_that_moves_bytes_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_SPLICE, EPIPE }, { CALL_SPLICE, ENOMEM },
		{ CALL_SPLICE, EINVAL }, { CALL_SENDFILE, EPIPE },
		{ CALL_SENDFILE, EIO }, { CALL_SENDFILE, EINVAL },
		{ CALL_READ, ECONNRESET }, { CALL_SEND, EPIPE },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, run);
}

Test(sweep_flow, nothing_leaks_when_another_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_PIPE, EMFILE }, { CALL_DUP, EMFILE },
		{ CALL_SHUTDOWN, ENOTCONN }, { CALL_FCNTL, EPERM },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, run);
}
