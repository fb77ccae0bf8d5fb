/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/flow/relay.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

/* ---- In memory ---- */

struct end {
	struct evert_protocol base;
	size_t received, lost;
	const struct evert_error *lost_kind;
	struct evert_memory_transport *memory;
	struct evert_transport *transport;
};

static void end_received_data(struct evert_protocol *base, const char *data,
			      size_t length)
{
	(void)data;
	evert_container_of(base, struct end, base)->received += length;
}

static void end_lost(struct evert_protocol *base,
		     const struct evert_failure *reason)
{
	struct end *end = evert_container_of(base, struct end, base);

	end->lost++;
	end->lost_kind = reason->kind;
}

static const struct evert_protocol_ops end_ops = {
	.data_received = end_received_data,
	.connection_lost = end_lost,
};

static struct end one, other;
static struct evert_deferred *relaying;

static void open_end(struct end *end)
{
	*end = (struct end){ .base.ops = &end_ops };
	end->memory = evert_memory_transport_create(&end->base);
	end->transport =
		end->memory ? evert_memory_transport_base(end->memory) : NULL;
}

static void begin(void)
{
	open_end(&one);
	open_end(&other);
	relaying = evert_relay(one.transport, other.transport);
}

static void finish(void)
{
	evert_deferred_release(relaying);
	evert_memory_transport_destroy(one.memory);
	evert_memory_transport_destroy(other.memory);
}

TestSuite(relay, .init = begin, .fini = finish);

/* What the transport brings, to whoever is its protocol by now. */
static void bring(struct end *end, const char *text)
{
	struct evert_protocol *protocol = end->transport->protocol;

	protocol->ops->data_received(protocol, text, strlen(text));
}

static void bring_end(struct end *end)
{
	struct evert_protocol *protocol = end->transport->protocol;

	protocol->ops->end_received(protocol);
}

static const char *written(const struct end *end)
{
	return evert_memory_transport_written(end->memory, NULL);
}

static void break_end(struct end *end)
{
	evert_memory_transport_end(
		end->memory, evert_failure_create(EVERT_CONNECTION_LOST,
						  ECONNRESET, "broken"));
}

static void expect_relayed(uint64_t there, uint64_t back)
{
	const struct evert_result *result = evert_deferred_result(relaying);

	cr_assert(result != NULL, "the relay goes on");
	cr_assert(eq(u64, evert_result_as_relayed(result)->there, there));
	cr_assert(eq(u64, evert_result_as_relayed(result)->back, back));
}

/* Takes the failure, which nobody else is to be told of. */
static void expect_broken(const struct evert_error *kind, const char *message)
{
	const struct evert_result *result = evert_deferred_result(relaying);

	cr_assert(result != NULL, "the relay goes on");
	cr_assert(evert_result_failed_with(result, kind));
	if (message)
		cr_assert(eq(str,
			     (char *)evert_result_as_failure(result)->message,
			     (char *)message));
}

static struct evert_result forget(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_none();
}

static void forgive(void)
{
	evert_deferred_add_errback(relaying, forget, NULL);
}

Test(relay, writes_to_each_side_what_comes_from_the_other)
{
	bring(&one, "there");
	bring(&other, "back");
	cr_assert(eq(str, (char *)written(&other), "there"));
	cr_assert(eq(str, (char *)written(&one), "back"));
	cr_assert(zero(sz, one.received + other.received));
}

Test(relay, passes_an_end_on_and_lets_the_other_way_go_on)
{
	bring_end(&one);
	cr_assert(not(evert_memory_transport_wrote_end(one.memory)));
	cr_assert(evert_memory_transport_wrote_end(other.memory));
	bring(&other, "still");
	cr_assert(eq(str, (char *)written(&one), "still"));
}

Test(relay, passes_an_end_on_only_when_what_came_before_was_taken)
{
	bring(&one, "first");
	bring_end(&one);
	cr_assert(not(evert_memory_transport_wrote_end(other.memory)));
	evert_memory_transport_clear(other.memory);
	cr_assert(evert_memory_transport_wrote_end(other.memory));
}

Test(relay, reads_no_more_from_one_side_than_the_other_takes)
{
	static char much[65536 + 2];

	memset(much, 'x', sizeof(much) - 1);
	bring(&one, much);
	cr_assert(not(evert_memory_transport_is_reading(one.memory)));
	cr_assert(evert_memory_transport_is_reading(other.memory));
	evert_memory_transport_clear(other.memory);
	cr_assert(evert_memory_transport_is_reading(one.memory));
}

Test(relay, says_how_much_has_passed_when_both_are_gone)
{
	bring(&one, "12345");
	bring(&other, "123");
	evert_memory_transport_clear(other.memory);
	evert_memory_transport_end(one.memory, NULL);
	cr_assert(not(evert_deferred_has_fired(relaying)));
	cr_assert(evert_transport_is_closing(other.transport));
	cr_assert(not(evert_memory_transport_was_aborted(other.memory)));
	evert_memory_transport_end(other.memory, NULL);
	expect_relayed(5, 3);
}

Test(relay, closes_the_other_side_only_when_it_has_taken_all)
{
	bring(&one, "12345");
	evert_memory_transport_end(one.memory, NULL);
	cr_assert(not(evert_transport_is_closing(other.transport)));
	evert_memory_transport_clear(other.memory);
	cr_assert(evert_transport_is_closing(other.transport));
}

Test(relay, resets_the_other_side_of_one_that_breaks)
{
	bring(&one, "12345");
	break_end(&one);
	cr_assert(evert_memory_transport_was_aborted(other.memory));
	evert_memory_transport_end(other.memory, NULL);
	expect_broken(EVERT_CONNECTION_LOST,
		      "the relay broke after 5 bytes there, 0 back: "
		      "Connection reset by peer");
	forgive();
}

/* That one has broken waits behind what is not read of it, and that until the
   other takes more: which it may do only when it is read from. */
Test(relay, reads_on_from_the_other_side_of_one_that_takes_no_more)
{
	static char much[65536 + 2];

	memset(much, 'x', sizeof(much) - 1);
	bring(&other, much);
	bring(&one, much);
	one.transport->held = true;
	break_end(&one);
	cr_assert(not(evert_memory_transport_was_aborted(other.memory)));
	bring(&other, "dropped");
	cr_assert(evert_memory_transport_is_reading(other.memory));
	one.transport->held = false;
	evert_memory_transport_clear(other.memory);
	break_end(&one);
	cr_assert(evert_memory_transport_was_aborted(other.memory));
	evert_memory_transport_end(other.memory, NULL);
	expect_broken(EVERT_CONNECTION_LOST,
		      "the relay broke after 65537 bytes there, 65537 back: "
		      "Connection reset by peer");
	forgive();
}

Test(relay, p82_a_reactor_that_stops_has_the_other_side_send_what_is_queued)
{
	bring(&one, "12345");
	evert_memory_transport_end(one.memory,
				   evert_failure_create(EVERT_REACTOR_STOPPED,
							0, "stopped"));
	cr_assert(not(evert_memory_transport_was_aborted(other.memory)));
	cr_assert(evert_transport_is_closing(other.transport));
	evert_memory_transport_end(other.memory, NULL);
	expect_broken(EVERT_REACTOR_STOPPED, NULL);
	forgive();
}

Test(relay, tells_the_former_protocols_that_their_connections_are_lost)
{
	break_end(&other);
	evert_memory_transport_end(one.memory, NULL);
	cr_assert(eq(sz, one.lost, 1));
	cr_assert(eq(sz, other.lost, 1));
	cr_assert(eq(ptr, (void *)one.lost_kind,
		     (void *)EVERT_CONNECTION_ABORTED));
	cr_assert(eq(ptr, (void *)other.lost_kind,
		     (void *)EVERT_CONNECTION_LOST));
	cr_assert(eq(ptr, one.transport->protocol, &one.base));
	forgive();
}

static void end_both(void)
{
	evert_memory_transport_end(one.memory, NULL);
	evert_memory_transport_end(other.memory, NULL);
}

Test(relay, a_cancelled_one_resets_both)
{
	evert_deferred_cancel(relaying);
	cr_assert(evert_memory_transport_was_aborted(one.memory));
	cr_assert(evert_memory_transport_was_aborted(other.memory));
	end_both();
	forgive();
}

Test(relay, p24_a_cancelled_one_says_so_when_both_are_gone)
{
	bring(&one, "12345");
	bring(&other, "123");
	evert_deferred_cancel(relaying);
	evert_memory_transport_end(one.memory, NULL);
	cr_assert(not(evert_deferred_has_fired(relaying)));
	evert_memory_transport_end(other.memory, NULL);
	expect_broken(EVERT_CANCELLED,
		      "the relay was cancelled after 5 bytes there, 3 back");
	forgive();
}

Test(relay, p21_to_cancel_one_again_does_nothing)
{
	evert_deferred_cancel(relaying);
	evert_deferred_cancel(relaying);
	end_both();
	expect_broken(EVERT_CANCELLED,
		      "the relay was cancelled after 0 bytes there, 0 back");
	forgive();
}

Test(relay, cancelled_when_one_side_has_broken_it_tells_of_both)
{
	const struct evert_failure *cause;

	break_end(&one);
	evert_deferred_cancel(relaying);
	evert_memory_transport_end(other.memory, NULL);
	expect_broken(EVERT_CANCELLED,
		      "the relay was cancelled after 0 bytes there, 0 back");
	cause = evert_result_as_failure(evert_deferred_result(relaying))->cause;
	cr_assert(cause->kind == EVERT_CANCELLED);
	cr_assert(cause->cause->kind == EVERT_CONNECTION_LOST);
	forgive();
}

static void cancel_it(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	end_lost(base, reason);
	evert_deferred_cancel(relaying);
}

static const struct evert_protocol_ops cancelling_ops = {
	.data_received = end_received_data,
	.connection_lost = cancel_it,
};

Test(relay, cancelled_when_both_are_gone_has_ended_in_order)
{
	other.base.ops = &cancelling_ops;
	end_both();
	expect_relayed(0, 0);
}

Test(relay, fails_and_resets_where_one_side_is_closing_before)
{
	struct end third, fourth;
	struct evert_deferred *d;

	open_end(&third);
	open_end(&fourth);
	evert_transport_lose_connection(third.transport);
	d = evert_relay(third.transport, fourth.transport);
	cr_assert(evert_memory_transport_was_aborted(fourth.memory));
	cr_assert(not(evert_memory_transport_was_aborted(third.memory)));
	cr_assert(evert_result_failed_with(evert_deferred_result(d),
					   EVERT_CONNECTION_LOST));
	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_release(d);
	d = evert_relay(fourth.transport, NULL);
	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_release(d);
	d = evert_relay(NULL, fourth.transport);
	evert_deferred_add_errback(d, forget, NULL);
	evert_deferred_release(d);
	evert_memory_transport_destroy(third.memory);
	evert_memory_transport_destroy(fourth.memory);
}

Test(relay, passes_on_an_end_that_had_come_before)
{
	struct end third, fourth;
	struct evert_deferred *d;

	open_end(&third);
	open_end(&fourth);
	third.transport->ended = true;
	evert_transport_write(fourth.transport, "before", 6);
	d = evert_relay(third.transport, fourth.transport);
	cr_assert(not(evert_memory_transport_wrote_end(fourth.memory)));
	evert_memory_transport_clear(fourth.memory);
	cr_assert(evert_memory_transport_wrote_end(fourth.memory));
	evert_memory_transport_destroy(third.memory);
	evert_memory_transport_destroy(fourth.memory);
	evert_deferred_release(d);
}

/* ---- A side that takes no more ---- */

static void expect_refused(const char *message)
{
	expect_broken(EVERT_CONNECTION_LOST, message);
	cr_assert(eq(int,
		     evert_result_as_failure(evert_deferred_result(relaying))
			     ->error,
		     EPIPE));
	forgive();
}

Test(relay, tells_of_what_came_for_a_side_that_has_ended)
{
	bring(&one, "12345");
	evert_memory_transport_end(other.memory, NULL);
	evert_transport_write(one.transport, "x", 1);
	bring(&one, "lost");
	cr_assert(not(evert_memory_transport_is_reading(one.memory)));
	evert_memory_transport_end(one.memory, NULL);
	expect_refused("the relay broke after 5 bytes there, 0 back: "
		       "Broken pipe");
}

/* The other way goes on. */
Test(relay, tells_of_what_came_for_a_side_that_had_lost_its_writing)
{
	struct evert_deferred *before = relaying;
	struct end third, fourth;

	open_end(&third);
	open_end(&fourth);
	evert_transport_lose_write(third.transport);
	relaying = evert_relay(third.transport, fourth.transport);
	bring(&fourth, "lost");
	cr_assert(not(evert_memory_transport_is_reading(fourth.memory)));
	bring(&third, "there");
	cr_assert(eq(str, (char *)written(&fourth), "there"));
	bring_end(&third);
	evert_memory_transport_clear(fourth.memory);
	cr_assert(evert_memory_transport_wrote_end(fourth.memory));
	evert_memory_transport_end(third.memory, NULL);
	evert_memory_transport_end(fourth.memory, NULL);
	expect_refused("the relay broke after 5 bytes there, 0 back: "
		       "Broken pipe");
	evert_deferred_release(relaying);
	relaying = before;
	evert_memory_transport_destroy(third.memory);
	evert_memory_transport_destroy(fourth.memory);
}

/* ---- One end inside the other ---- */

static void end_the_other(struct evert_protocol *base,
			  const struct evert_failure *reason)
{
	end_lost(base, reason);
	evert_memory_transport_end(other.memory, NULL);
}

static const struct evert_protocol_ops ending_ops = {
	.data_received = end_received_data,
	.connection_lost = end_the_other,
};

Test(relay, a_protocol_that_hears_of_its_end_may_end_the_other_one)
{
	one.base.ops = &ending_ops;
	evert_memory_transport_end(one.memory, NULL);
	cr_assert(eq(sz, one.lost, 1));
	cr_assert(eq(sz, other.lost, 1));
	expect_relayed(0, 0);
}

static void join_with_itself(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_relay(one.transport, one.transport));
}

Test(relay, to_join_a_transport_with_itself_is_a_bug)
{
	dies(join_with_itself, NULL, SIGABRT,
	     "joins a transport with itself");
}

static void join_twice(void *arg)
{
	(void)arg;
	evert_deferred_release(evert_relay(one.transport, other.transport));
	evert_deferred_release(evert_relay(one.transport, other.transport));
}

Test(relay, to_join_what_a_relay_has_is_a_bug)
{
	dies(join_twice, NULL, SIGABRT, "joins what a relay has");
}

/* Where it could not begin, both were reset. */
static void relay_and_break(void *arg)
{
	(void)arg;
	open_end(&one);
	if (!one.memory)
		return;
	open_end(&other);
	if (other.memory) {
		relaying = evert_relay(one.transport, other.transport);
		cr_assert(relaying != NULL || (one.transport->closing &&
				       other.transport->closing));
		break_end(&one);
		evert_memory_transport_end(other.memory, NULL);
		if (relaying)
			cr_assert(evert_deferred_has_fired(relaying));
		evert_deferred_add_errback(relaying, forget, NULL);
		evert_deferred_release(relaying);
		evert_memory_transport_destroy(other.memory);
	}
	evert_memory_transport_destroy(one.memory);
}

Test(relay_memory, resets_both_where_there_is_none)
{
	fail_every_allocation(relay_and_break, NULL);
}
