/* SPDX-License-Identifier: MIT */
/* Descriptors that come to receivers of frames. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/framing/length_prefixed.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/adopt.h"
#include "../../../reactor/transport/unix.h"
#include "../../support/reactor.h"
#include "../../support/system.h"
#include "../../support/transcript.h"

static struct evert_reactor *reactor;
static struct transcript seen;
static size_t descriptors; /* open before any was sent */

/* ---- What a receiver of any kind does ---- */

static void take(int *fds, size_t count, bool lost)
{
	transcript_add(&seen, "(%zu%s)", count, lost ? " lost" : "");
	close(fds[0]);
	fds[0] = -1; /* the rest is closed behind us */
}

static void note(const char *data, size_t length)
{
	transcript_add(&seen, "[%.*s]", (int)length, data);
}

#define RECEIVER(type, frame)                                              \
	static void type##_take(struct evert_##type *self, int *fds,       \
				size_t count, bool lost)                   \
	{                                                                  \
		(void)self;                                                \
		take(fds, count, lost);                                    \
	}                                                                  \
									   \
	static void type##_note(struct evert_##type *self,                 \
				const char *data, size_t length)           \
	{                                                                  \
		(void)self;                                                \
		note(data, length);                                        \
	}                                                                  \
									   \
	static void type##_end(struct evert_##type *self)                  \
	{                                                                  \
		transcript_add(&seen, " end");                             \
		evert_transport_write(self->base.transport, "!", 1);       \
		evert_transport_lose_connection(self->base.transport);     \
	}                                                                  \
									   \
	struct type {                                                      \
		struct evert_##type base;                                  \
	};                                                                 \
									   \
	static const struct evert_##type##_ops type##_plain_ops = {        \
		.frame = type##_note,                                      \
	};                                                                 \
									   \
	static const struct evert_##type##_ops type##_ops = {              \
		.frame = type##_note,                                      \
		.descriptors_received = type##_take,                       \
	};                                                                 \
									   \
	static const struct evert_##type##_ops type##_ending_ops = {       \
		.frame = type##_note,                                      \
		.descriptors_received = type##_take,                       \
		.end_received = type##_end,                                \
	};

RECEIVER(line_receiver, line_received)
RECEIVER(netstring, string_received)
RECEIVER(length_prefixed, string_received)

/* ---- The peer ---- */

struct peer {
	struct evert_protocol base;
};

static struct evert_protocol *peer;

static void hear(struct evert_protocol *protocol, const char *data,
		 size_t length)
{
	(void)protocol;
	transcript_add(&seen, " heard %.*s", (int)length, data);
}

static void gone(struct evert_protocol *protocol,
		 const struct evert_failure *reason)
{
	(void)protocol, (void)reason;
	transcript_add(&seen, " gone");
}

static const struct evert_protocol_ops peer_ops = {
	.data_received = hear,
	.connection_lost = gone,
};

static struct evert_factory peers =
	EVERT_FACTORY(struct peer, base, &peer_ops);

static void pass(const char *text, size_t length, size_t count)
{
	const int fds[] = { 0, 0, 0 };

	cr_assert(zero(int, evert_transport_write_descriptors(
				    peer->transport, text, length, fds,
				    count)));
}

/* ---- Tests ---- */

/* "ab" to a line receiver, as a netstring, with a prefix of one byte. */
static const char *const frames[] = { "ab\r\n", "2:ab,", "\2ab" };

static void begin(void)
{
	reactor = make_reactor(NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	transcript_clear(&seen);
}

TestSuite(framing_descriptors, .init = begin, .fini = finish);

static struct evert_protocol *open_pair(struct evert_factory *receivers)
{
	struct evert_protocol *receiver;
	int fds[2];

	cr_assert(zero(int, socketpair(AF_UNIX, SOCK_STREAM, 0, fds)));
	receiver = evert_connection_adopt(reactor, fds[0], receivers);
	peer = evert_connection_adopt(reactor, fds[1], &peers);
	cr_assert(receiver && peer);
	turn_until_idle(reactor);
	descriptors = count_descriptors();
	return receiver;
}

static void expect(const char *expected)
{
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

static void frame_with_two(struct evert_factory *receivers, const char *frame)
{
	open_pair(receivers);
	pass(frame, strlen(frame), 2);
	expect("(2)[ab]");
}

Test(framing_descriptors, come_before_the_line_they_were_sent_with)
{
	static struct evert_factory factory = EVERT_LINE_FACTORY(
		struct line_receiver, base, &line_receiver_ops);

	frame_with_two(&factory, frames[0]);
}

Test(framing_descriptors, come_before_the_netstring_they_were_sent_with)
{
	static struct evert_factory factory =
		EVERT_NETSTRING_FACTORY(struct netstring, base, &netstring_ops);

	frame_with_two(&factory, frames[1]);
}

Test(framing_descriptors, come_before_the_prefixed_string_they_were_sent_with)
{
	static struct evert_factory factory = EVERT_LENGTH_PREFIXED_FACTORY(
		struct length_prefixed, base, &length_prefixed_ops, 1);

	frame_with_two(&factory, frames[2]);
}

Test(framing_descriptors, come_in_order_while_lines_wait)
{
	static struct evert_factory factory = EVERT_LINE_FACTORY(
		struct line_receiver, base, &line_receiver_ops);
	struct evert_line_receiver *receiver =
		evert_line_receiver_from(open_pair(&factory));

	evert_line_receiver_pause(receiver);
	evert_transport_write(peer->transport, "none\r\n", 6);
	pass("one\r\n", 5, 1);
	pass("two\r\n", 5, 2);
	turn_until_idle(reactor);
	evert_line_receiver_resume(receiver);
	turn_until_idle(reactor);
	cr_assert(ne(ptr, strstr(transcript_text(&seen), "(1)"), NULL));
	cr_assert(ne(ptr, strstr(transcript_text(&seen), "[none]"), NULL));
	cr_assert(lt(ptr, strstr(transcript_text(&seen), "(1)"),
		     strstr(transcript_text(&seen), "(2)")));
	cr_assert(lt(ptr, strstr(transcript_text(&seen), "(2)"),
		     strstr(transcript_text(&seen), "[two]")));
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

Test(framing_descriptors, are_closed_where_nobody_takes_them)
{
	static struct evert_factory factories[] = {
		EVERT_LINE_FACTORY(struct line_receiver, base,
				   &line_receiver_plain_ops),
		EVERT_NETSTRING_FACTORY(struct netstring, base,
					&netstring_plain_ops),
		EVERT_LENGTH_PREFIXED_FACTORY(struct length_prefixed, base,
					      &length_prefixed_plain_ops, 1),
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		transcript_clear(&seen);
		open_pair(&factories[i]);
		pass(frames[i], strlen(frames[i]), 3);
		expect("[ab]");
	}
}

Test(framing_descriptors, do_not_keep_a_connection_half_open)
{
	static struct evert_factory factory = EVERT_LINE_FACTORY(
		struct line_receiver, base, &line_receiver_ops);

	open_pair(&factory);
	pass("ab\r\n", 4, 1);
	evert_transport_lose_write(peer->transport);
	turn_until_idle(reactor);
	cr_assert(eq(str, (char *)transcript_text(&seen), "(1)[ab] gone"));
}

Test(framing_descriptors, come_where_the_end_is_told_as_well)
{
	static struct evert_factory factories[] = {
		EVERT_LINE_FACTORY(struct line_receiver, base,
				   &line_receiver_ending_ops),
		EVERT_NETSTRING_FACTORY(struct netstring, base,
					&netstring_ending_ops),
		EVERT_LENGTH_PREFIXED_FACTORY(struct length_prefixed, base,
					      &length_prefixed_ending_ops, 1),
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		transcript_clear(&seen);
		open_pair(&factories[i]);
		pass(frames[i], strlen(frames[i]), 1);
		evert_transport_lose_write(peer->transport);
		turn_until_idle(reactor);
		cr_assert(eq(str, (char *)transcript_text(&seen),
			     "(1)[ab] end heard ! gone"));
	}
}
