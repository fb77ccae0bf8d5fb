/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/memory_datagrams.h"
#include "../../../reactor/transport/multicast.h"
#include "../../support/datagrams.h"
#include "../../support/death.h"
#include "../../support/memory.h"

static struct datagram_recorder recorder;
static struct evert_memory_datagrams *memory;
static struct evert_address here, there;

static void begin(void)
{
	here = parse_address("192.0.2.1", 53);
	there = parse_address("192.0.2.7", 4000);
	datagram_recorder_init(&recorder);
	memory = evert_memory_datagrams_create(&recorder.base, &here, NULL);
}

static void finish(void)
{
	evert_memory_datagrams_destroy(memory);
}

TestSuite(memory_datagrams, .init = begin, .fini = finish);

static void echo(struct datagram_recorder *self,
		 const struct evert_datagram *datagram)
{
	(void)self;
	evert_datagram_answer(datagram, datagram->data, datagram->length);
}

Test(memory_datagrams, hands_over_what_the_test_delivers)
{
	cr_assert(evert_memory_datagrams_deliver(memory, "hello", 5, &there));
	cr_assert(eq(str, recorder.text, "hello"));
	cr_assert(evert_address_is_equal(&recorder.peer, &there));
	cr_assert(evert_address_is_equal(&recorder.host, &here));
}

Test(memory_datagrams, keeps_what_the_protocol_sends)
{
	const struct evert_sent_datagram *sent;

	recorder.received = echo;
	evert_memory_datagrams_deliver(memory, "1", 1, &there);
	evert_memory_datagrams_deliver(memory, "", 0, &there);
	cr_assert(eq(sz, evert_memory_datagrams_count(memory), 2));
	sent = evert_memory_datagrams_sent(memory);
	cr_assert(eq(str, (char *)sent->data, "1"));
	cr_assert(evert_address_is_equal(&sent->peer, &there));
	evert_memory_datagrams_take(memory);
	sent = evert_memory_datagrams_sent(memory);
	cr_assert(eq(sz, sent->length, 0));
	evert_memory_datagrams_take(memory);
	cr_assert(evert_memory_datagrams_sent(memory) == NULL);
}

static int answered;

static void note_answer(struct datagram_recorder *self,
			const struct evert_datagram *datagram)
{
	(void)self;
	answered = evert_datagram_answer(datagram, "yes", 3);
}

Test(memory_datagrams, sends_nothing_to_a_peer_without_a_name)
{
	static const struct evert_address nobody;

	recorder.received = note_answer;
	cr_assert(evert_memory_datagrams_deliver(memory, "?", 1, &nobody));
	cr_assert(eq(int, answered, -EDESTADDRREQ));
	cr_assert(zero(sz, evert_memory_datagrams_count(memory)));
}

Test(memory_datagrams, answers_from_the_address_that_was_asked)
{
	struct evert_address asked = parse_address("192.0.2.99", 53);
	struct evert_datagram datagram = {
		.data = "x",
		.length = 1,
		.peer = &there,
		.host = &asked,
		.interface = 3,
	};

	recorder.received = echo;
	evert_memory_datagrams_deliver_as(memory, &datagram);
	cr_assert(evert_address_is_equal(
		&evert_memory_datagrams_sent(memory)->source, &asked));
}

Test(memory_datagrams, pauses_and_resumes_as_a_socket)
{
	evert_datagram_set_write_marks(recorder.base.transport, 300, 0);
	send_text(recorder.base.transport, "x", &there);
	cr_assert(eq(sz, recorder.paused, 0));
	send_text(recorder.base.transport, "x", &there);
	cr_assert(eq(sz, recorder.paused, 1));
	evert_memory_datagrams_take(memory);
	cr_assert(eq(sz, recorder.resumed, 0));
	evert_memory_datagrams_take(memory);
	cr_assert(eq(sz, recorder.resumed, 1));
}

Test(memory_datagrams, delivers_nothing_after_a_close_or_while_paused)
{
	evert_datagram_pause_reading(recorder.base.transport);
	cr_assert(not(evert_memory_datagrams_deliver(memory, "x", 1, &there)));
	evert_datagram_resume_reading(recorder.base.transport);
	evert_datagram_close(recorder.base.transport);
	cr_assert(not(evert_memory_datagrams_deliver(memory, "x", 1, &there)));
	cr_assert(eq(
		int,
		evert_datagram_send_to(recorder.base.transport, "x", 1, &there),
		-EPIPE));
}

Test(memory_datagrams, tells_what_the_test_refuses)
{
	evert_memory_datagrams_refuse(memory, ECONNREFUSED, &there);
	cr_assert(eq(sz, recorder.refused, 1));
	cr_assert(eq(int, recorder.error, ECONNREFUSED));
}

Test(memory_datagrams, ends_once_with_the_reason)
{
	evert_memory_datagrams_end(memory,
				   evert_failure_bare(EVERT_REACTOR_STOPPED));
	evert_memory_datagrams_end(memory, NULL);
	cr_assert(eq(str, recorder.events, "BS"));
	cr_assert(recorder.stopped_kind == EVERT_REACTOR_STOPPED);
}

Test(memory_datagrams, an_abort_is_the_reason)
{
	evert_datagram_abort(recorder.base.transport);
	evert_memory_datagrams_end(memory, NULL);
	cr_assert(recorder.stopped_kind == EVERT_CONNECTION_ABORTED);
}

Test(memory_datagrams, cuts_segments_and_has_no_options)
{
	struct evert_datagram_route route = { .peer = &there, .segment = 2 };

	cr_assert(eq(int,
		     evert_datagram_send_with(recorder.base.transport, "aabbc",
					      5, &route),
		     0));
	cr_assert(eq(sz, evert_memory_datagrams_count(memory), 3));
	cr_assert(eq(int, evert_datagram_set_ttl(recorder.base.transport, 3),
		     -EOPNOTSUPP));
}

static void whole_life(void *unused)
{
	struct evert_memory_datagrams *m;
	static struct datagram_recorder other;

	(void)unused;
	datagram_recorder_init(&other);
	other.received = echo;
	m = evert_memory_datagrams_create(&other.base, &here, &there);
	if (!m)
		return;
	evert_memory_datagrams_deliver(m, "x", 1, &there);
	evert_memory_datagrams_destroy(m);
	cr_assert(eq(str, other.events, "BDS"));
}

Test(memory_datagrams, survive_any_allocation_that_fails)
{
	fail_every_allocation(whole_life, NULL);
}

/* ---- Its end, and what it tells ---- */

static struct evert_result note_fired(struct evert_result *in, void *flag)
{
	(void)in;
	*(bool *)flag = true;
	return evert_result_none();
}

Test(memory_datagrams, fires_closed_when_it_has_stopped)
{
	struct evert_datagram_transport *base =
		evert_memory_datagrams_base(memory);
	bool fired = false, again = false;
	struct evert_deferred *d = evert_datagram_closed(base);

	evert_deferred_add_both(d, note_fired, &fired);
	evert_deferred_release(d);
	evert_datagram_close(base);
	cr_assert(not(fired));
	evert_memory_datagrams_end(memory, NULL);
	cr_assert(fired);
	d = evert_datagram_closed(base);
	evert_deferred_add_both(d, note_fired, &again);
	evert_deferred_release(d);
	cr_assert(again);
}

Test(memory_datagrams, counts_what_is_queued_until_it_is_taken)
{
	struct evert_datagram_transport *base =
		evert_memory_datagrams_base(memory);

	send_text(base, "abc", &there);
	cr_assert(ge(sz, evert_datagram_queued(base), 3));
	evert_memory_datagrams_take(memory);
	evert_memory_datagrams_take(memory);
	cr_assert(eq(sz, evert_datagram_queued(base), 0));
}

Test(memory_datagrams, a_low_mark_over_the_high_one_is_lowered_to_it)
{
	struct evert_datagram_transport *base =
		evert_memory_datagrams_base(memory);

	evert_datagram_set_write_marks(base, 1, 1000000);
	send_text(base, "abc", &there);
	cr_assert(eq(sz, recorder.paused, 1));
	evert_memory_datagrams_take(memory);
	cr_assert(eq(sz, recorder.resumed, 1));
}

Test(memory_datagrams, of_a_connected_one_the_peer_is_who_sends)
{
	static struct datagram_recorder other;
	struct evert_memory_datagrams *m;

	datagram_recorder_init(&other);
	m = evert_memory_datagrams_create(&other.base, &here, &there);
	cr_assert(evert_memory_datagrams_deliver(m, "x", 1, NULL));
	cr_assert(evert_address_is_equal(&other.peer, &there));
	cr_assert(not(evert_memory_datagrams_deliver(m, "x", 1, &here)));
	evert_memory_datagrams_destroy(m);
}

static void destroy_it(struct datagram_recorder *self)
{
	(void)self;
	evert_memory_datagrams_destroy(memory);
}

static void destroy_inside(void *unused)
{
	(void)unused;
	recorder.on_stopped = destroy_it;
	evert_memory_datagrams_end(memory, NULL);
}

Test(memory_datagrams, destroying_it_in_stopped_is_a_bug)
{
	dies(destroy_inside, NULL, SIGABRT, "from inside stopped");
}

Test(memory_datagrams, destroying_none_does_nothing)
{
	evert_memory_datagrams_destroy(NULL);
}
