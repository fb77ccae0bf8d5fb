/* SPDX-License-Identifier: MIT */
/*
 * What a subclass needs not write, and what it must not forget.
 */
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/length_prefixed.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

/* ---- Factories that need no function ---- */

struct talker {
	struct evert_line_receiver base;
	int zero;
};

static struct transcript seen;

static void say(struct evert_line_receiver *base, const char *line,
		size_t length)
{
	struct talker *self = evert_container_of(base, struct talker, base);

	transcript_add(&seen, "[%d ", self->zero);
	transcript_add_bytes(&seen, line, length);
	transcript_add(&seen, "]");
}

static void made(struct evert_line_receiver *base)
{
	transcript_add(&seen, "made%s ", base->base.transport ? "" : "?");
}

static void lost(struct evert_line_receiver *base,
		 const struct evert_failure *reason)
{
	(void)base;
	transcript_add(&seen, " lost: %s", reason->message);
}

static void destroy(struct evert_line_receiver *base)
{
	(void)base;
	transcript_add(&seen, " destroyed");
}

static const struct evert_line_receiver_ops talker_ops = {
	.line_received = say,
	.connection_made = made,
	.connection_lost = lost,
	.destroy = destroy,
	.delimiter = EVERT_LINE_FEED,
	.limit = 3,
	.pause_when_full = true,
};

static struct evert_factory talker_factory =
	EVERT_LINE_FACTORY(struct talker, base, &talker_ops);

TestSuite(ceremony);

/* As a transport does it. */
static struct evert_memory_transport *open_with(struct evert_factory *factory)
{
	struct evert_protocol *protocol =
		factory->build_protocol(factory, NULL);

	cr_assert(ne(ptr, protocol, NULL));
	return evert_memory_transport_create(protocol);
}

static void close_with(struct evert_memory_transport *transport)
{
	struct evert_protocol *protocol =
		evert_memory_transport_base(transport)->protocol;

	evert_memory_transport_destroy(transport);
	if (protocol->ops->destroy)
		protocol->ops->destroy(protocol);
	evert_free(protocol);
}

static void feed_to(struct evert_memory_transport *transport, const char *text)
{
	feed(evert_memory_transport_base(transport)->protocol, text,
	     strlen(text));
}

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

Test(ceremony, a_table_and_a_line_make_a_receiver)
{
	struct evert_memory_transport *t = open_with(&talker_factory);

	feed_to(t, "a\nb\r\nunf");
	close_with(t);
	expect_seen("made [0 a][0 b] lost: the connection was closed"
		    " destroyed");
	transcript_clear(&seen);
}

Test(ceremony, the_limit_of_the_table_counts)
{
	struct evert_memory_transport *t = open_with(&talker_factory);

	feed_to(t, "abc\nabcd");
	cr_assert(evert_transport_is_closing(evert_memory_transport_base(t)));
	close_with(t);
	transcript_clear(&seen);
}

Test(ceremony, p55_pause_when_full_pauses_while_too_much_is_queued)
{
	struct evert_memory_transport *t = open_with(&talker_factory);
	struct evert_transport *transport = evert_memory_transport_base(t);

	evert_transport_set_write_marks(transport, 4, 0);
	evert_transport_write(transport, "12345", 5);
	cr_assert(not(evert_memory_transport_is_reading(t)));
	feed_to(t, "a\n");
	expect_seen("made ");
	evert_memory_transport_clear(t);
	expect_seen("made [0 a]");
	cr_assert(evert_memory_transport_is_reading(t));
	close_with(t);
	transcript_clear(&seen);
}

static void fill_again(struct evert_line_receiver *base)
{
	if (base->base.transport->closing)
		return;
	evert_transport_write(base->base.transport, "67890", 5);
}

static const struct evert_line_receiver_ops filler_ops = {
	.line_received = say,
	.resume_writing = fill_again,
	.delimiter = EVERT_LINE_FEED,
	.pause_when_full = true,
};

static struct evert_factory filler_factory =
	EVERT_LINE_FACTORY(struct talker, base, &filler_ops);

Test(ceremony, p55_who_fills_the_queue_when_resumed_stays_paused)
{
	struct evert_memory_transport *t = open_with(&filler_factory);
	struct evert_transport *transport = evert_memory_transport_base(t);

	evert_transport_set_write_marks(transport, 4, 0);
	evert_transport_write(transport, "12345", 5);
	feed_to(t, "a\n");
	evert_memory_transport_clear(t);
	cr_assert(not(evert_memory_transport_is_reading(t)));
	expect_seen("");
	close_with(t);
	transcript_clear(&seen);
}

Test(ceremony, p55_it_does_not_end_a_pause_of_ones_own)
{
	struct evert_memory_transport *t = open_with(&talker_factory);
	struct evert_transport *transport = evert_memory_transport_base(t);
	struct evert_line_receiver *receiver =
		evert_line_receiver_from(transport->protocol);

	evert_transport_set_write_marks(transport, 4, 0);
	evert_line_receiver_pause(receiver);
	evert_transport_write(transport, "12345", 5);
	evert_memory_transport_clear(t);
	feed_to(t, "a\n");
	expect_seen("made ");
	evert_line_receiver_resume(receiver);
	expect_seen("made [0 a]");
	close_with(t);
	transcript_clear(&seen);
}

static void no_string(struct evert_netstring *receiver, const char *string,
		      size_t length)
{
	(void)receiver;
	transcript_add_bytes(&seen, string, length);
}

static void no_prefixed(struct evert_length_prefixed *receiver,
			const char *string, size_t length)
{
	(void)receiver;
	transcript_add_bytes(&seen, string, length);
}

struct netstrings {
	struct evert_netstring base;
};

struct prefixed {
	struct evert_length_prefixed base;
};

Test(ceremony, all_framings_have_such_factories)
{
	static const struct evert_netstring_ops netstring_ops = {
		.string_received = no_string,
	};
	static const struct evert_length_prefixed_ops prefixed_ops = {
		.string_received = no_prefixed,
	};
	struct evert_factory netstrings = EVERT_NETSTRING_FACTORY(
		struct netstrings, base, &netstring_ops);
	struct evert_factory prefixed[] = {
		EVERT_LENGTH_PREFIXED_FACTORY(struct prefixed, base,
					      &prefixed_ops, 1),
		EVERT_LENGTH_PREFIXED_FACTORY(struct prefixed, base,
					      &prefixed_ops, 2),
		EVERT_LENGTH_PREFIXED_FACTORY(struct prefixed, base,
					      &prefixed_ops, 4),
	};
	struct evert_memory_transport *t = open_with(&netstrings);

	feed_to(t, "3:abc,");
	close_with(t);
	t = open_with(&prefixed[0]);
	feed(evert_memory_transport_base(t)->protocol, "\1x", 2);
	close_with(t);
	t = open_with(&prefixed[1]);
	feed(evert_memory_transport_base(t)->protocol, "\0\1y", 3);
	close_with(t);
	t = open_with(&prefixed[2]);
	feed(evert_memory_transport_base(t)->protocol, "\0\0\0\1z", 5);
	close_with(t);
	expect_seen("abcxyz");
	transcript_clear(&seen);
}

Test(ceremony, without_memory_a_factory_refuses)
{
	failing_allocator_start(1, true);
	cr_assert(eq(ptr, talker_factory.build_protocol(&talker_factory, NULL),
		     NULL));
	failing_allocator_stop();
}

/* ---- 84: what came before the end, while the receiver was paused ---- */

static void pause_at_a(struct evert_line_receiver *base, const char *line,
		       size_t length)
{
	say(base, line, length);
	if (*line == 'a')
		evert_line_receiver_pause(base);
}

static const struct evert_line_receiver_ops pausing_ops = {
	.line_received = pause_at_a,
	.connection_lost = lost,
};

static struct evert_factory pausing_factory =
	EVERT_LINE_FACTORY(struct talker, base, &pausing_ops);

Test(ceremony, p84_lines_before_a_reset_are_delivered_after_a_pause)
{
	struct evert_memory_transport *t = open_with(&pausing_factory);
	struct evert_line_receiver *receiver = evert_line_receiver_from(
		evert_memory_transport_base(t)->protocol);

	feed_to(t, "a\r\nb\r\nc\r\n");
	evert_memory_transport_end(
		t, evert_failure_bare(EVERT_CONNECTION_LOST));
	expect_seen("[0 a]");
	evert_line_receiver_resume(receiver);
	expect_seen("[0 a][0 b][0 c]");
	close_with(t);
	expect_seen("[0 a][0 b][0 c] lost: the connection broke");
	transcript_clear(&seen);
}

Test(ceremony, p84_the_end_waits_for_nothing_once_they_were_cleared)
{
	struct evert_memory_transport *t = open_with(&pausing_factory);
	struct evert_transport *transport = evert_memory_transport_base(t);

	feed_to(t, "a\r\nb\r\nc\r\n");
	cr_assert(transport->held);
	evert_line_receiver_clear(
		evert_line_receiver_from(transport->protocol), NULL, NULL);
	cr_assert(not(transport->held));
	close_with(t);
	transcript_clear(&seen);
}

/* ---- What must not be missing ---- */

static void line_of_nobody(struct evert_line_receiver *receiver,
			   const char *line, size_t length)
{
	(void)receiver, (void)line, (void)length;
}

static void no_line(void *arg)
{
	static const struct evert_line_receiver_ops ops = { .limit = 1 };
	struct evert_line_receiver receiver;

	(void)arg;
	evert_line_receiver_init(&receiver, &ops);
}

static void no_delimiter(void *arg)
{
	struct evert_line_receiver_ops ops = { .delimiter = "" };
	struct evert_line_receiver receiver;

	(void)arg;
	ops.line_received = line_of_nobody;
	evert_line_receiver_init(&receiver, &ops);
}

static void no_netstring(void *arg)
{
	static const struct evert_netstring_ops ops = { .limit = 1 };
	struct evert_netstring receiver;

	(void)arg;
	evert_netstring_init(&receiver, &ops);
}

static void no_length_prefixed(void *arg)
{
	static const struct evert_length_prefixed_ops ops = { .limit = 1 };
	struct evert_length_prefixed receiver;

	(void)arg;
	evert_length_prefixed_init(&receiver, &ops, 4);
}

static void no_data(void *arg)
{
	static const struct evert_protocol_ops ops = { .destroy = NULL };
	struct evert_protocol protocol = { .ops = &ops };

	(void)arg;
	evert_memory_transport_create(&protocol);
}

static void no_build(void *arg)
{
	struct evert_factory factory = { .build_protocol = NULL };

	(void)arg;
	evert_factory_check(&factory);
}

Test(ceremony, a_mandatory_operation_that_is_missing_is_named)
{
	dies(no_line, NULL, SIGABRT,
	     "the operation line_received of a line receiver is missing");
	dies(no_delimiter, NULL, SIGABRT,
	     "the delimiter of a line receiver has 0 bytes");
	dies(no_netstring, NULL, SIGABRT,
	     "the operation string_received of a netstring receiver");
	dies(no_length_prefixed, NULL, SIGABRT,
	     "the operation string_received of a receiver of length-prefixed");
	dies(no_data, NULL, SIGABRT,
	     "the operation data_received of a protocol is missing");
	dies(no_build, NULL, SIGABRT,
	     "the operation build_protocol of a factory is missing");
}
