/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/transport/adopt.h"
#include "../../../reactor/transport/hand_over.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../../reactor/transport/unix.h"
#include "../../support/memory.h"
#include "../../support/peer.h"
#include "../../support/unhandled.h"

/* A connection of `here`, and the reactor it is handed to; both of this thread,
   for all but the last tests. */
static struct peer here;
static struct evert_reactor *there;
static struct recorder_factory others;
static struct recorder *other; /* the first that they build */
static size_t descriptors;

static void begin(void)
{
	descriptors = count_descriptors();
	there = make_reactor(NULL);
	recorder_factory_init(&others, NULL, NULL);
	other = &others.recorders[0];
}

static void finish(void)
{
	evert_reactor_destroy(there);
	peer_close(&here);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(hand_over, .init = begin, .fini = finish);

static struct evert_deferred *hand_over(const char *unread)
{
	return evert_transport_hand_over(here.transport, there, &others.base,
					 unread, unread ? strlen(unread) : 0);
}

static void expect_handed_over(struct evert_deferred *d)
{
	turn_until_count(there, &others.asked, 1);
	cr_assert(eq(int, turn_until_fired(here.reactor, d).type ==
				  evert_result_none().type, 1));
}

static void expect_stays(struct evert_deferred *d, int error)
{
	struct evert_result result = turn_until_fired(here.reactor, d);

	cr_assert(evert_result_is_failure(&result));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, error));
	evert_result_release(result);
	cr_assert(eq(sz, others.asked, 0));
}

/* It reaches the peer, whatever of it was sent before. */
static void expect_peer_reads(const char *text)
{
	char got[128] = "";
	size_t size = 0;
	ssize_t more;

	while (size < strlen(text)) {
		more = recv(here.fd, got + size, sizeof(got) - 1 - size, 0);
		if (more > 0)
			size += (size_t)more;
		else
			turn(there);
	}
	cr_assert(eq(str, got, (char *)text));
}

Test(hand_over, the_new_protocol_goes_on_and_the_former_is_told)
{
	peer_open(&here, NULL, NULL);
	expect_handed_over(hand_over(NULL));
	peer_turn_until_gone(&here);
	cr_assert(eq(str, here.recorder->events, "MLX"));
	cr_assert(here.recorder->lost_kind == EVERT_CONNECTION_DETACHED);
	peer_send(&here, "hello");
	turn_until_count(there, &other->received, 5);
	recorder_write(other, "welcome");
	expect_peer_reads("welcome");
	cr_assert(eq(str, other->events, "MD"));
	cr_assert(eq(u16, evert_address_port(&other->peer),
		     evert_address_port(&here.recorder->peer)));
}

Test(hand_over, p54_what_was_not_used_is_delivered_before_what_comes)
{
	peer_open(&here, NULL, NULL);
	expect_handed_over(hand_over("GET "));
	peer_send(&here, "/ now");
	turn_until_count(there, &other->received, 9);
	cr_assert(eq(str, other->data, "GET / now"));
}

static void pause_reading(struct recorder *recorder)
{
	evert_transport_pause_reading(recorder->base.transport);
}

Test(hand_over, p84_what_was_not_used_waits_for_who_is_paused_and_the_reset_behind)
{
	static const struct recorder_hooks hooks = { .made = pause_reading };

	others.hooks = &hooks;
	peer_open(&here, NULL, NULL);
	expect_handed_over(hand_over("GET "));
	turn_until_idle(there);
	peer_reset(&here);
	turn_until_idle(there);
	cr_assert(eq(str, other->events, "M"));
	evert_transport_resume_reading(other->base.transport);
	turn_until_count(there, &other->destroyed, 1);
	cr_assert(eq(str, other->data, "GET "));
	cr_assert(eq(str, other->events, "MDLX"));
	cr_assert(eq(int, other->lost_error, ECONNRESET));
}

Test(hand_over, p82_what_is_queued_is_sent_by_the_new_side_in_order)
{
	size_t number = 0, queued;
	char *much;

	peer_open(&here, NULL, NULL);
	much = evert_allocate(3000000);
	pattern(much, 3000000, 0);
	cr_assert(eq(int, evert_transport_write(here.transport, much, 1000000),
		     0));
	cr_assert(eq(int, evert_transport_write_owned(
				  here.transport, much + 1000000, 1000000,
				  evert_free, evert_allocate(1)), 0));
	queued = evert_transport_queued(here.transport);
	cr_assert(gt(sz, queued, 1000000));
	expect_handed_over(hand_over(NULL));
	cr_assert(eq(int, evert_transport_write(other->base.transport,
						much + 2000000, 1000000), 0));
	evert_free(much);
	cr_assert(eq(sz, other->paused, 1));
	while (number < 3000000) {
		char text[65536], expected[65536];
		ssize_t size = recv(here.fd, text, sizeof(text), 0);

		if (size <= 0) {
			turn(there);
			continue;
		}
		pattern(expected, (size_t)size, number);
		cr_assert(eq(int, memcmp(text, expected, (size_t)size), 0));
		number += (size_t)size;
	}
	turn_until_count(there, &other->resumed, 1);
}

Test(hand_over, p52_an_end_that_was_announced_is_sent_by_the_new_side)
{
	char much[65536];
	ssize_t size;

	peer_open(&here, NULL, NULL);
	peer_fill(&here);
	cr_assert(eq(int, evert_transport_lose_write(here.transport), 0));
	expect_handed_over(hand_over(NULL));
	cr_assert(eq(int, evert_transport_write(other->base.transport, "x", 1),
		     -EPIPE));
	while ((size = recv(here.fd, much, sizeof(much), 0)) != 0)
		if (size < 0)
			turn(there);
	peer_send(&here, "answer");
	turn_until_count(there, &other->received, 6);
	peer_send_end(&here);
	turn_until_count(there, &other->destroyed, 1);
	cr_assert(other->lost_kind == EVERT_CONNECTION_DONE);
}

Test(hand_over, p53_the_peers_end_that_came_before_is_told_again)
{
	peer_open(&here, NULL, NULL);
	pause_reading(here.recorder);
	peer_send(&here, "last");
	peer_send_end(&here);
	turn_until_idle(here.reactor);
	expect_handed_over(hand_over(NULL));
	turn_until_count(there, &other->destroyed, 1);
	cr_assert(eq(str, other->events, "MDLX"));
	cr_assert(eq(str, other->data, "last"));
}

/* ---- From callbacks ---- */

static struct evert_deferred *handed;

static void hand_over_rest(struct recorder *recorder, const char *data,
			   size_t length)
{
	recorder_write(recorder, "wait\n");
	handed = evert_transport_hand_over(recorder->base.transport, there,
					   &others.base, data + 2, length - 2);
	cr_assert(eq(int, evert_transport_write(recorder->base.transport, "x",
						1), -EPIPE));
}

Test(hand_over, in_data_received_with_what_is_left_and_what_was_written)
{
	static const struct recorder_hooks hooks = {
		.received = hand_over_rest,
	};

	peer_open(&here, &hooks, NULL);
	peer_send(&here, "abcdef");
	peer_turn_until_gone(&here);
	expect_handed_over(handed);
	peer_send(&here, "gh");
	turn_until_count(there, &other->received, 6);
	cr_assert(eq(str, other->data, "cdefgh"));
	recorder_write(other, "done");
	expect_peer_reads("wait\ndone");
}

static void hand_over_all(struct recorder *recorder)
{
	handed = evert_transport_hand_over(recorder->base.transport, there,
					   &others.base, NULL, 0);
}

Test(hand_over, in_connection_made)
{
	static const struct recorder_hooks hooks = { .made = hand_over_all };

	peer_open(&here, &hooks, NULL);
	expect_handed_over(handed);
	peer_send(&here, "x");
	turn_until_count(there, &other->received, 1);
	cr_assert(eq(str, here.recorder->events, "MLX"));
}

static void attach_again(struct recorder *recorder)
{
	static struct recorder_factory third;
	static const struct recorder_hooks none = { .made = NULL };
	struct evert_detached *detached = evert_transport_detach(
		recorder->base.transport, NULL, 0);

	recorder_factory_init(&third, &none, NULL);
	cr_assert(detached != NULL);
	cr_assert(evert_detached_attach(detached, there, &third.base) != NULL);
	recorder->arg = &third.recorders[0];
}

Test(hand_over, what_was_not_used_goes_on_to_a_third)
{
	static const struct recorder_hooks hooks = { .made = attach_again };
	struct recorder *third;

	others.hooks = &hooks;
	peer_open(&here, NULL, NULL);
	expect_handed_over(hand_over("first "));
	third = other->arg;
	peer_send(&here, "then");
	turn_until_count(there, &third->received, 10);
	cr_assert(eq(str, third->data, "first then"));
	cr_assert(eq(str, other->events, "MLX"));
}

Test(hand_over, to_another_protocol_of_the_same_reactor)
{
	peer_open(&here, NULL, NULL);
	struct evert_detached *detached =
		evert_transport_detach(here.transport, "a", 1);

	cr_assert(evert_detached_attach(detached, here.reactor,
					&others.base) == &other->base);
	peer_send(&here, "b");
	turn_until_count(here.reactor, &other->received, 2);
	cr_assert(eq(str, other->data, "ab"));
	cr_assert(eq(str, here.recorder->events, "MLX"));
}

/* ---- What can't be handed over ---- */

Test(hand_over, p49_one_that_is_closing_stays)
{
	peer_open(&here, NULL, NULL);
	evert_transport_lose_connection(here.transport);
	expect_stays(hand_over(NULL), EPIPE);
}

static void lose_it(void *transport)
{
	evert_transport_lose_connection(transport);
}

Test(hand_over, p49_one_that_is_closed_while_it_is_sent_stays)
{
	peer_open(&here, NULL, NULL);
	cr_assert(eq(int,
		     evert_transport_write_owned(here.transport, "x", 1,
						 lose_it, here.transport),
		     0));
	expect_stays(hand_over(NULL), EPIPE);
	peer_turn_until_gone(&here);
	cr_assert(here.recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(hand_over, one_that_was_handed_over_already_stays)
{
	peer_open(&here, NULL, NULL);
	struct evert_deferred *d = hand_over(NULL);
	struct evert_deferred *again = hand_over(NULL);

	expect_stays(again, EPIPE);
	expect_handed_over(d);
}

Test(hand_over, one_that_the_peer_takes_nothing_of_stays_and_is_told)
{
	peer_open(&here, NULL, NULL);
	test_system_fail(&here.system, CALL_SEND, 1, EPIPE, true);
	recorder_write(here.recorder, "x");
	expect_stays(hand_over(NULL), EPIPE);
	peer_reset(&here);
	peer_turn_until_gone(&here);
	cr_assert(here.recorder->lost_kind == EVERT_CONNECTION_LOST);
}

Test(hand_over, one_in_memory_stays)
{
	struct recorder_factory makers;
	struct evert_memory_transport *memory;

	peer_open(&here, NULL, NULL);
	recorder_factory_init(&makers, NULL, NULL);
	memory = evert_memory_transport_create(
		makers.base.build_protocol(&makers.base, &here.recorder->peer));
	errno = 0;
	cr_assert(evert_transport_detach(evert_memory_transport_base(memory),
					 NULL, 0) == NULL);
	cr_assert(eq(int, errno, EOPNOTSUPP));
	evert_memory_transport_destroy(memory);
}

/* ---- What goes wrong there ---- */

static void expect_reset(const struct evert_error *kind,
			 struct evert_deferred *d)
{
	cr_assert(turn_until_failed(here.reactor, d) == kind);
	cr_assert(eq(int, peer_read_end(&here), ECONNRESET));
}

Test(hand_over, p58_a_factory_that_refuses_resets_it)
{
	struct evert_deferred *d;

	others.refuses = true;
	peer_open(&here, NULL, NULL);
	d = hand_over("x");
	turn_until_count(there, &others.asked, 1);
	expect_reset(EVERT_CONNECTION_ABORTED, d);
}

Test(hand_over, p85_a_reactor_that_is_destroyed_before_it_ran_resets_it)
{
	struct evert_deferred *d;

	peer_open(&here, NULL, NULL);
	peer_fill(&here);
	d = hand_over("x");
	evert_reactor_destroy(there);
	there = NULL;
	cr_assert(turn_until_failed(here.reactor, d) == EVERT_REACTOR_STOPPED);
	while (recv(here.fd, (char[65536]){ 0 }, 65536, 0) > 0)
		continue;
	cr_assert(eq(int, errno, ECONNRESET));
}

Test(hand_over, p85_who_has_gone_before_it_is_done_hears_so_and_it_is_done)
{
	struct evert_deferred *d;

	peer_open(&here, NULL, NULL);
	d = hand_over("x");
	evert_reactor_stop(here.reactor);
	run_reactor(here.reactor);
	cr_assert(turn_until_failed(here.reactor, d) == EVERT_REACTOR_STOPPED);
	turn_until_count(there, &other->received, 1);
}

Test(hand_over, p85_the_outcome_for_a_reactor_that_is_destroyed_is_dropped)
{
	struct evert_deferred *d;

	peer_open(&here, NULL, NULL);
	d = hand_over("x");
	turn_until_count(there, &others.asked, 1);
	ignore_unhandled();
	evert_deferred_release(d);
}

Test(hand_over, p24_cancelled_before_it_is_done_it_is_reset)
{
	struct evert_deferred *d;

	peer_open(&here, NULL, NULL);
	d = hand_over("x");
	evert_deferred_cancel(d);
	turn_until_idle(there);
	cr_assert(eq(sz, others.asked, 0));
	expect_reset(EVERT_CANCELLED, d);
}

Test(hand_over, p24_cancelled_when_it_is_done_it_lives)
{
	struct evert_deferred *d;

	peer_open(&here, NULL, NULL);
	d = hand_over("x");
	turn_until_count(there, &others.asked, 1);
	evert_deferred_cancel(d);
	cr_assert(turn_until_failed(here.reactor, d) == EVERT_CANCELLED);
	turn_until_count(there, &other->received, 1);
}

/* ---- UNIX sockets ---- */

struct taker {
	struct evert_protocol base;
	size_t taken, received;
	struct evert_deferred *refused;
};

static struct taker *taker;

static void taker_data(struct evert_protocol *base, const char *data,
		       size_t length)
{
	(void)base, (void)data;
	taker->received += length;
}

static void taker_descriptors(struct evert_protocol *base, int *fds,
			      size_t count, bool lost)
{
	(void)fds, (void)lost;
	taker->taken += count;
	taker->refused = evert_transport_hand_over(base->transport, there,
						   &others.base, NULL, 0);
}

static void taker_made(struct evert_protocol *base)
{
	taker = evert_container_of(base, struct taker, base);
}

static struct evert_protocol *adopt_taker(int fd)
{
	static const struct evert_protocol_ops ops = {
		.connection_made = taker_made,
		.data_received = taker_data,
		.descriptors_received = taker_descriptors,
	};
	static struct evert_factory factory =
		EVERT_FACTORY(struct taker, base, &ops);

	return evert_connection_adopt(there, fd, &factory);
}

Test(hand_over, p80_descriptors_that_are_queued_go_with_their_bytes)
{
	struct evert_protocol *sender;
	char much[300000] = "";
	int fds[2];

	peer_open(&here, NULL, NULL);
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	sender = evert_connection_adopt(here.reactor, fds[0], &others.base);
	cr_assert(sender && adopt_taker(fds[1]));
	evert_transport_write(sender->transport, much, sizeof(much));
	cr_assert(eq(int, evert_transport_write_descriptors(
				  sender->transport, "x", 1, &here.fd, 1), 0));
	cr_assert(gt(sz, evert_transport_queued(sender->transport), 0));
	handed = evert_transport_hand_over(sender->transport, there,
					   &others.base, NULL, 0);
	turn_until_count(there, &taker->received, sizeof(much) + 1);
	cr_assert(eq(sz, taker->taken, 1));
	/* Meanwhile it would have lost the bytes. */
	cr_assert(turn_until_failed(there, taker->refused) == EVERT_SYSTEM);
	evert_result_release(turn_until_fired(here.reactor, handed));
}

/* ---- Memory ---- */

static void hand_over_without_memory(void *arg)
{
	struct recorder_factory makers;
	struct evert_protocol *p;
	struct evert_deferred *d;
	int fds[2], turns = 0;

	(void)arg;
	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	recorder_factory_init(&makers, NULL, NULL);
	recorder_factory_init(&others, NULL, NULL);
	there = evert_reactor_create(NULL);
	p = there ? evert_connection_adopt(there, fds[0], &makers.base) : NULL;
	if (p) {
		evert_transport_write(p->transport, "a", 1);
		d = evert_transport_hand_over(p->transport, there,
					      &others.base, "b", 1);
		while (!evert_reactor_turn(there, 0) && turns++ < 4)
			continue;
		evert_deferred_release(d);
	} else if (!there || errno != ENOMEM) {
		close(fds[0]);
	}
	if (there)
		evert_reactor_destroy(there);
	close(fds[1]);
	cr_assert(eq(sz, makers.recorders[0].made, makers.recorders[0].lost));
	cr_assert(eq(sz, others.recorders[0].made, others.recorders[0].lost));
}

Test(hand_overs, p82_nothing_leaks_whichever_allocation_fails)
{
	descriptors = count_descriptors();
	ignore_unhandled();
	fail_every_allocation(hand_over_without_memory, NULL);
	evert_set_unhandled_hook(NULL, NULL);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

/* ---- Threads: one accepts, four serve ---- */

enum { WORKERS = 4, CLIENTS = 64, ROUNDS = 20 };

struct bare {
	struct evert_protocol base;
};

struct worker {
	pthread_t thread;
	struct evert_reactor *reactor;
	struct evert_factory factory;
	size_t served; /* connections */
};

static struct worker workers[WORKERS];
static struct evert_reactor *door;
static size_t accepted, answered, taken_over, gone;

static void *serve(void *arg)
{
	struct worker *worker = arg;

	evert_reactor_run(worker->reactor);
	evert_reactor_destroy(worker->reactor);
	return NULL;
}

static void echo_data(struct evert_protocol *base, const char *data,
		      size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static void echo_made(struct evert_protocol *base)
{
	struct worker *worker = evert_container_of(
		base->factory, struct worker, factory);

	cr_assert(pthread_equal(worker->thread, pthread_self()));
	worker->served++;
	evert_transport_write(base->transport, ">", 1);
}

static struct evert_result taken(struct evert_result *in, void *arg)
{
	(void)arg;
	taken_over += !evert_result_is_failure(in);
	return evert_result_none();
}

/* The first byte is looked at here, and used there. */
static void door_data(struct evert_protocol *base, const char *data,
		      size_t length)
{
	struct evert_deferred *d = evert_transport_hand_over(
		base->transport, workers[accepted % WORKERS].reactor,
		&workers[accepted % WORKERS].factory, data, length);

	accepted++;
	evert_deferred_add_both(d, taken, NULL);
	evert_deferred_release(d);
}

static void client_made(struct evert_protocol *base)
{
	evert_transport_write(base->transport, "a", 1);
}

static void client_data(struct evert_protocol *base, const char *data,
			size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (data[i] == '>')
			continue;
		answered++;
		if (data[i] == 'a' + ROUNDS)
			evert_transport_lose_connection(base->transport);
		else
			evert_transport_write(base->transport,
					      &(char){ data[i] + 1 }, 1);
	}
}

static void client_lost(struct evert_protocol *base,
			const struct evert_failure *reason)
{
	(void)base;
	cr_assert(evert_failure_is(reason, EVERT_CONNECTION_DONE));
	gone++;
}

static const struct evert_protocol_ops echo_ops = {
	.data_received = echo_data,
	.connection_made = echo_made,
};

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

static void start_workers(void)
{
	static const struct evert_factory factory =
		EVERT_FACTORY(struct bare, base, &echo_ops);
	size_t i;

	for (i = 0; i < WORKERS; i++) {
		workers[i].factory = factory;
		workers[i].reactor = make_reactor(NULL);
	}
	for (i = 0; i < WORKERS; i++)
		cr_assert(eq(int, pthread_create(&workers[i].thread, NULL,
						 serve, &workers[i]), 0));
}

static void end_workers(void)
{
	size_t i;

	for (i = 0; i < WORKERS; i++)
		cr_assert(eq(int, evert_reactor_call_from_thread(
					  workers[i].reactor, stop,
					  workers[i].reactor), 0));
	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		cr_assert(eq(sz, workers[i].served, CLIENTS / WORKERS));
	}
}

Test(hand_overs, one_thread_accepts_and_four_serve)
{
	static const struct evert_protocol_ops door_ops = {
		.data_received = door_data,
	};
	static const struct evert_protocol_ops client_ops = {
		.data_received = client_data,
		.connection_made = client_made,
		.connection_lost = client_lost,
	};
	static struct evert_factory door_factory =
		EVERT_FACTORY(struct bare, base, &door_ops);
	static struct evert_factory client_factory =
		EVERT_FACTORY(struct bare, base, &client_ops);
	struct evert_result listening;
	size_t i;

	descriptors = count_descriptors();
	door = make_reactor(NULL);
	start_workers();
	listening = turn_until_fired(
		door, evert_listen(door, "tcp:127.0.0.1:0", &door_factory));
	for (i = 0; i < CLIENTS; i++)
		evert_deferred_release(evert_connect(
			door, endpoint_of(evert_result_as_port(&listening)),
			&client_factory));
	turn_until_count(door, &gone, CLIENTS);
	turn_until_count(door, &taken_over, CLIENTS);
	cr_assert(eq(sz, answered, CLIENTS * (ROUNDS + 1)));
	end_workers();
	evert_result_release(listening);
	evert_reactor_destroy(door);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}
