/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/producer.h"
#include "../../../reactor/flow/relay.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/peer.h"
#include "../../support/transcript.h"

/* A producer that writes `length` bytes each time, and says what it is told. */
struct maker {
	struct evert_producer base;
	size_t length, pieces, most;
	bool running;
};

static struct transcript seen;
static struct maker maker;

static struct maker *maker_from(struct evert_producer *base)
{
	return evert_container_of(base, struct maker, base);
}

static void write_piece(struct maker *self)
{
	static const char piece[65536];

	self->pieces++;
	if (evert_transport_write(self->base.transport, piece, self->length))
		self->most = self->pieces;
}

static void push(struct evert_producer *base)
{
	struct maker *self = maker_from(base);

	transcript_add(&seen, "resume ");
	self->running = true;
	while (self->running && self->pieces < self->most)
		write_piece(self);
}

static void hold(struct evert_producer *base)
{
	transcript_add(&seen, "pause ");
	maker_from(base)->running = false;
}

static void stop(struct evert_producer *base)
{
	cr_assert(zero(ptr, base->transport));
	transcript_add(&seen, "stop ");
}

static void pull(struct evert_producer *base)
{
	struct maker *self = maker_from(base);

	if (self->pieces == self->most)
		evert_producer_unregister(base);
	else
		write_piece(self);
}

static const struct evert_producer_ops push_ops = {
	.resume_producing = push,
	.pause_producing = hold,
	.stop_producing = stop,
};

static const struct evert_producer_ops pull_ops = {
	.resume_producing = pull,
	.stop_producing = stop,
};

static void make(const struct evert_producer_ops *ops, size_t length,
		 size_t most)
{
	maker = (struct maker){
		.base.ops = ops,
		.length = length,
		.most = most,
	};
}

/* ---- In memory ---- */

static struct evert_memory_transport *memory;
static struct evert_transport *transport;
static struct evert_protocol protocol;

static void received(struct evert_protocol *self, const char *data,
		     size_t length)
{
	(void)self;
	transcript_add(&seen, "data:%.*s ", (int)length, data);
}

static void paused(struct evert_protocol *self)
{
	(void)self;
	transcript_add(&seen, "protocol-pause ");
}

static void lost(struct evert_protocol *self,
		 const struct evert_failure *reason)
{
	cr_assert(eq(ptr, self->transport->protocol, self));
	(void)reason;
	transcript_add(&seen, "lost ");
}

static const struct evert_protocol_ops ops = {
	.data_received = received,
	.pause_writing = paused,
	.connection_lost = lost,
};

static void begin(void)
{
	protocol = (struct evert_protocol){ .ops = &ops };
	memory = evert_memory_transport_create(&protocol);
	transport = memory ? evert_memory_transport_base(memory) : NULL;
}

static void finish(void)
{
	evert_memory_transport_destroy(memory);
	transcript_clear(&seen);
}

TestSuite(producer, .init = begin, .fini = finish);

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

static int enroll(void)
{
	return evert_transport_register_producer(transport, &maker.base);
}

Test(producer, the_protocol_behind_it_is_found_and_has_the_transport)
{
	make(&pull_ops, 1, 1);
	cr_assert(zero(int, enroll()));
	cr_assert(ne(ptr, transport->protocol, &protocol));
	protocol.transport = NULL;
	cr_assert(eq(ptr, evert_protocol_last(transport->protocol),
		     &protocol));
	cr_assert(eq(ptr, protocol.transport, transport));
}

Test(producer, one_that_pushes_is_paused_over_the_high_mark_and_resumed)
{
	make(&push_ops, 1000, 100);
	cr_assert(zero(int, enroll()));
	cr_assert(eq(sz, maker.pieces, 66));
	expect_seen("resume protocol-pause pause ");
	evert_memory_transport_clear(memory);
	cr_assert(eq(sz, maker.pieces, 100));
	expect_seen("resume protocol-pause pause resume ");
}

Test(producer, one_that_pulls_is_asked_while_there_is_room)
{
	make(&pull_ops, 1000, 100);
	cr_assert(zero(int, enroll()));
	cr_assert(eq(sz, maker.pieces, 66));
	cr_assert(eq(ptr, maker.base.transport, transport));
	evert_memory_transport_clear(memory);
	cr_assert(eq(sz, maker.pieces, 100));
	cr_assert(zero(ptr, maker.base.transport));
}

Test(producer, registered_while_there_is_no_room_is_resumed_later)
{
	static const char much[70000];

	evert_transport_write(transport, much, sizeof(much));
	make(&push_ops, 1000, 1);
	cr_assert(zero(int, enroll()));
	cr_assert(zero(sz, maker.pieces));
	evert_memory_transport_clear(memory);
	cr_assert(eq(sz, maker.pieces, 1));
}

static void enroll_again(struct evert_protocol *self)
{
	(void)self;
	evert_producer_unregister(&maker.base);
	cr_assert(zero(int, enroll()));
}

Test(producer, registered_when_there_is_room_again_it_is_resumed_once)
{
	static const struct evert_protocol_ops again = {
		.data_received = received,
		.resume_writing = enroll_again,
	};

	protocol.ops = &again;
	make(&push_ops, 1000, 100);
	cr_assert(zero(int, enroll()));
	evert_memory_transport_clear(memory);
	expect_seen("resume pause resume ");
}

Test(producer, registered_when_there_is_no_room_it_is_not_paused_before)
{
	static const struct evert_protocol_ops again = {
		.data_received = received,
		.pause_writing = enroll_again,
	};

	protocol.ops = &again;
	make(&push_ops, 1000, 100);
	cr_assert(zero(int, enroll()));
	expect_seen("resume ");
	evert_memory_transport_clear(memory);
	expect_seen("resume resume ");
}

static void close_it(struct evert_protocol *self)
{
	evert_transport_abort(self->transport);
}

Test(producer, it_is_told_nothing_of_room_when_the_protocol_has_closed)
{
	static const struct evert_protocol_ops closing = {
		.data_received = received,
		.resume_writing = close_it,
	};

	protocol.ops = &closing;
	make(&push_ops, 1000, 100);
	cr_assert(zero(int, enroll()));
	evert_memory_transport_clear(memory);
	expect_seen("resume pause ");
}

Test(producer, the_protocol_gets_all_it_got_before)
{
	struct evert_protocol *told;

	make(&push_ops, 1, 0);
	cr_assert(zero(int, enroll()));
	told = transport->protocol;
	told->ops->data_received(told, "abc", 3);
	cr_assert(told->ops->end_received == NULL);
	cr_assert(told->ops->descriptors_received == NULL);
	expect_seen("resume data:abc ");
}

static void descriptors(struct evert_protocol *self, int *fds, size_t count,
			bool some_lost)
{
	cr_assert(eq(ptr, self, &protocol));
	transcript_add(&seen, "%zu descriptors, first %d%s ", count, *fds,
		       some_lost ? ", some lost" : "");
}

static void lost_what_it_wrote(struct evert_protocol *self, int error)
{
	cr_assert(eq(ptr, self, &protocol));
	transcript_add(&seen, "write lost: %s ", strerror(error));
}

static void heard_the_end(struct evert_protocol *self)
{
	cr_assert(eq(ptr, self, &protocol));
	transcript_add(&seen, "end ");
}

Test(producer, the_protocol_gets_of_a_UNIX_socket_all_it_got_before)
{
	static const struct evert_protocol_ops all = {
		.data_received = received,
		.end_received = heard_the_end,
		.write_lost = lost_what_it_wrote,
		.descriptors_received = descriptors,
	};
	struct evert_protocol *told;

	protocol.ops = &all;
	make(&push_ops, 1, 0);
	cr_assert(zero(int, enroll()));
	told = transport->protocol;
	told->ops->descriptors_received(told, (int[]){ 77, 78 }, 2, true);
	told->ops->write_lost(told, EPIPE);
	told->ops->end_received(told);
	expect_seen("resume 2 descriptors, first 77, some lost "
		    "write lost: Broken pipe end ");
}

Test(producer, a_lost_connection_stops_it_before_the_protocol_hears)
{
	make(&push_ops, 1, 0);
	cr_assert(zero(int, enroll()));
	evert_memory_transport_end(memory, NULL);
	expect_seen("resume stop lost ");
	evert_producer_unregister(&maker.base);
}

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

Test(producer, a_relay_stops_it)
{
	struct evert_protocol second = { .ops = &ops };
	struct evert_memory_transport *other =
		evert_memory_transport_create(&second);
	struct evert_deferred *relay;

	make(&push_ops, 1, 0);
	cr_assert(zero(int, enroll()));
	relay = evert_relay(transport, evert_memory_transport_base(other));
	expect_seen("resume stop ");
	cr_assert(eq(int, enroll(), -EBUSY));
	evert_deferred_add_both(relay, forget, NULL);
	evert_memory_transport_end(memory, NULL);
	evert_memory_transport_end(other, NULL);
	cr_assert(evert_deferred_has_fired(relay));
	evert_deferred_release(relay);
	evert_memory_transport_destroy(other);
}

/* ---- The end, from inside ---- */

static void end_it(struct evert_producer *base)
{
	maker_from(base)->pieces++;
	evert_memory_transport_end(memory, NULL);
}

Test(producer, one_that_pulls_may_end_its_connection)
{
	static const struct evert_producer_ops ending = {
		.resume_producing = end_it,
		.stop_producing = stop,
	};

	make(&ending, 1, 100);
	cr_assert(zero(int, enroll()));
	cr_assert(eq(sz, maker.pieces, 1));
	expect_seen("stop lost ");
}

static void end_when_paused(struct evert_protocol *self)
{
	paused(self);
	evert_memory_transport_end(memory, NULL);
}

Test(producer, a_protocol_that_is_paused_may_end_its_connection)
{
	static const struct evert_protocol_ops ending = {
		.data_received = received,
		.pause_writing = end_when_paused,
		.connection_lost = lost,
	};
	static const char much[70000];

	protocol.ops = &ending;
	make(&pull_ops, 0, 1);
	cr_assert(zero(int, enroll()));
	make(&push_ops, 0, 0);
	cr_assert(zero(int, enroll()));
	evert_transport_write(transport, much, sizeof(much));
	expect_seen("resume protocol-pause stop lost ");
}

Test(producer, one_that_was_unregistered_hears_nothing_more)
{
	make(&push_ops, 70000 - 65536, 100);
	cr_assert(zero(int, enroll()));
	evert_producer_unregister(&maker.base);
	evert_memory_transport_clear(memory);
	evert_memory_transport_end(memory, NULL);
	expect_seen("resume protocol-pause pause lost ");
}

Test(producer, one_may_follow_another)
{
	static struct maker second; /* beyond the test: in finish */

	make(&push_ops, 1, 1);
	cr_assert(zero(int, enroll()));
	second = maker;
	second.base.transport = NULL;
	cr_assert(eq(int,
		     evert_transport_register_producer(transport, &second.base),
		     -EBUSY));
	evert_producer_unregister(&maker.base);
	second.pieces = 0;
	cr_assert(zero(int, evert_transport_register_producer(transport,
							      &second.base)));
	cr_assert(eq(sz, second.pieces, 1));
}

Test(producer, a_transport_that_is_closing_takes_none)
{
	make(&push_ops, 1, 1);
	evert_transport_lose_connection(transport);
	cr_assert(eq(int, enroll(), -EPIPE));
	expect_seen("");
}

static void register_twice(void *arg)
{
	(void)arg;
	make(&push_ops, 1, 0);
	if (!enroll() && !enroll())
		return;
}

Test(producer, to_register_one_twice_is_a_bug)
{
	dies(register_twice, NULL, SIGABRT, "registered a second time");
}

static const struct evert_producer_ops no_ops = { .resume_producing = NULL };

static void register_nothing(void *arg)
{
	(void)arg;
	make(&no_ops, 1, 0);
	(void)!enroll();
}

Test(producer, one_that_can_t_produce_is_a_bug)
{
	dies(register_nothing, NULL, SIGABRT, "has no resume_producing");
}

static void register_and_end(void *arg)
{
	(void)arg;
	begin();
	if (!memory)
		return;
	make(&push_ops, 1, 1);
	cr_assert(enroll() == 0 || !maker.base.transport);
	finish();
}

Test(producer_memory, without_memory_it_is_not_registered)
{
	fail_every_allocation(register_and_end, NULL);
}

/* ---- Over a socket ---- */

static void enroll_at(void *arg)
{
	struct peer *peer = arg;

	cr_assert(zero(int, evert_transport_register_producer(
				    peer->transport, &maker.base)));
	cr_assert(le(sz, maker.pieces, 8));
}

Test(producer_socket, one_that_pulls_lets_the_others_have_their_turn)
{
	struct peer peer;

	peer_open(&peer, NULL, NULL);
	make(&pull_ops, 4096, 64);
	evert_reactor_call_later(peer.reactor, 0, enroll_at, &peer);
	turn_until_count(peer.reactor, &maker.pieces, 64);
	turn_until_idle(peer.reactor);
	cr_assert(zero(ptr, maker.base.transport));
	evert_transport_abort(peer.transport);
	peer_close(&peer);
}

Test(producer_socket, one_that_pushes_waits_for_its_reader)
{
	static char data[65536];
	size_t got = 0, size;
	struct peer peer;

	peer_open(&peer, NULL, NULL);
	make(&push_ops, 65536, 20);
	cr_assert(zero(int, evert_transport_register_producer(
				    peer.transport, &maker.base)));
	turn_until_idle(peer.reactor);
	cr_assert(lt(sz, maker.pieces, 20));
	while (got < 20 * sizeof(data)) {
		size = peer_read(&peer, data, 4096);
		got += size;
	}
	cr_assert(eq(sz, maker.pieces, 20));
	evert_producer_unregister(&maker.base);
	peer_close(&peer);
}
