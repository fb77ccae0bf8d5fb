/* SPDX-License-Identifier: MIT */
/* What connection_lost is told of a frame that was refused, however the stream
   was cut into chunks. */
#include <errno.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../protocols/framing/length_prefixed.h"
#include "../../../protocols/framing/line_receiver.h"
#include "../../../protocols/framing/netstring.h"
#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

static struct transcript seen;

static void tell(const struct evert_failure *reason)
{
	transcript_add(&seen, "%s: %s", reason->kind->name, reason->message);
	if (reason->cause)
		transcript_add(&seen, " (%s)", reason->cause->kind->name);
}

/* ---- Receivers that leave refusing to the default ---- */

struct lines {
	struct evert_line_receiver base;
};

struct netstrings {
	struct evert_netstring base;
};

struct prefixed {
	struct evert_length_prefixed base;
};

static void line_received(struct evert_line_receiver *self, const char *line,
			  size_t length)
{
	(void)self;
	transcript_add(&seen, "%.*s|", (int)length, line);
}

static void line_connection_lost(struct evert_line_receiver *self,
				 const struct evert_failure *reason)
{
	(void)self;
	tell(reason);
}

static const struct evert_line_receiver_ops line_ops = {
	.line_received = line_received,
	.connection_lost = line_connection_lost,
	.limit = 5,
};

static const struct evert_line_receiver_ops line_feed_ops = {
	.line_received = line_received,
	.connection_lost = line_connection_lost,
	.delimiter = EVERT_LINE_FEED,
	.limit = 5,
};

static void netstring_received(struct evert_netstring *self, const char *string,
			       size_t length)
{
	(void)self;
	transcript_add(&seen, "%.*s|", (int)length, string);
}

static void netstring_connection_lost(struct evert_netstring *self,
				      const struct evert_failure *reason)
{
	(void)self;
	tell(reason);
}

static const struct evert_netstring_ops netstring_ops = {
	.string_received = netstring_received,
	.connection_lost = netstring_connection_lost,
	.limit = 99,
};

static void prefixed_received(struct evert_length_prefixed *self,
			      const char *string, size_t length)
{
	(void)self;
	transcript_add(&seen, "%.*s|", (int)length, string);
}

static void prefixed_connection_lost(struct evert_length_prefixed *self,
				     const struct evert_failure *reason)
{
	(void)self;
	tell(reason);
}

static const struct evert_length_prefixed_ops prefixed_ops = {
	.string_received = prefixed_received,
	.connection_lost = prefixed_connection_lost,
	.limit = 99,
};

/* ---- A connection in memory ---- */

static struct evert_factory lines =
	EVERT_LINE_FACTORY(struct lines, base, &line_ops);
static struct evert_factory line_feeds =
	EVERT_LINE_FACTORY(struct lines, base, &line_feed_ops);
static struct evert_factory netstrings =
	EVERT_NETSTRING_FACTORY(struct netstrings, base, &netstring_ops);
static struct evert_factory prefixed =
	EVERT_LENGTH_PREFIXED_FACTORY(struct prefixed, base, &prefixed_ops, 2);

static struct evert_factory *factory;
static struct evert_memory_transport *memory;

static struct evert_protocol *open(void)
{
	struct evert_protocol *protocol = evert_factory_build(factory, NULL);

	memory = evert_memory_transport_create(protocol);
	return protocol;
}

static void close(struct evert_protocol *protocol)
{
	cr_assert(evert_transport_is_closing(protocol->transport));
	cr_assert(not(evert_memory_transport_was_aborted(memory)));
	evert_memory_transport_destroy(memory);
	protocol->ops->destroy(protocol);
	evert_free(protocol);
}

#define TELLS(from, bytes, told) tells(from, bytes, sizeof(bytes) - 1, told)

static void tells(struct evert_factory *from, const char *bytes, size_t length,
		  const char *told)
{
	static const struct subject subject = {open, close, &seen};

	factory = from;
	expect_however_split(&subject, bytes, length, told);
}

/* ---- Lines ---- */

Test(refused, p53_p93_a_line_over_the_limit)
{
	TELLS(&lines, "one\r\n123456\r\ntwo\r\n",
	      "one|FRAME_REFUSED: a line is longer than the limit of 5 bytes");
	TELLS(&line_feeds, "one\n12345\r\n123456789\ntwo\n",
	      "one|12345|"
	      "FRAME_REFUSED: a line is longer than the limit of 5 bytes");
}

/* ---- Netstrings ---- */

Test(refused, p53_p93_a_netstring_over_the_limit)
{
	TELLS(&netstrings, "3:one,1234:",
	      "one|FRAME_REFUSED: a netstring, whose length begins with 123, "
	      "is longer than the limit of 99 bytes");
}

Test(refused, p53_p93_a_netstring_with_a_leading_zero)
{
	TELLS(&netstrings, "0:,03:one,",
	      "|FRAME_REFUSED: the length of a netstring begins with a zero: "
	      "03");
}

Test(refused, p53_p93_a_netstring_without_a_length)
{
	TELLS(&netstrings, "3:one,:one,",
	      "one|FRAME_REFUSED: byte 0x3a is number 1 of a netstring, where "
	      "its length should be");
	TELLS(&netstrings, "3:one,12x:",
	      "one|FRAME_REFUSED: byte 0x78 is number 3 of a netstring, where "
	      "its length should be");
}

Test(refused, p53_p93_a_netstring_without_its_comma)
{
	TELLS(&netstrings, "3:one,3:two\n",
	      "one|FRAME_REFUSED: byte 0x0a is behind a netstring of 3 bytes, "
	      "where its comma should be");
	TELLS(&netstrings, "3:one,0:7",
	      "one|FRAME_REFUSED: byte 0x37 is behind a netstring of 0 bytes, "
	      "where its comma should be");
}

/* ---- Behind a length ---- */

Test(refused, p53_p93_a_string_whose_length_is_over_the_limit)
{
	TELLS(&prefixed, "\0\3one\1\2two",
	      "one|FRAME_REFUSED: a string of 258 bytes is longer than the "
	      "limit of 99 bytes");
}

/* ---- And else ---- */

Test(refused, it_is_a_kind_of_lost_connection)
{
	cr_assert(evert_failure_is(evert_failure_bare(EVERT_FRAME_REFUSED),
				   EVERT_CONNECTION_LOST));
}

Test(refused, what_broke_while_it_was_closing_is_its_cause)
{
	struct evert_protocol *protocol;

	factory = &lines;
	protocol = open();
	feed(protocol, "123456", 6);
	evert_memory_transport_end(
		memory, evert_failure_create(EVERT_CONNECTION_LOST, ECONNRESET,
					     "connection lost"));
	close(protocol);
	cr_assert(eq(str, seen.text,
		     "FRAME_REFUSED: a line is longer than the limit of 5 "
		     "bytes (CONNECTION_LOST)"));
}

Test(refused, without_memory_for_the_words_the_kind_is_told)
{
	struct evert_protocol *protocol;

	factory = &lines;
	failing_allocator_start(0, false);
	protocol = open();
	failing_allocator_fail(1, true);
	feed(protocol, "123456", 6);
	failing_allocator_fail(0, false);
	close(protocol);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
	cr_assert(eq(str, seen.text,
		     "FRAME_REFUSED: what came can't be understood"));
}

static void refuse(struct evert_line_receiver *self, const char *data,
		   size_t length)
{
	(void)data;
	(void)length;
	evert_transport_lose_connection(self->base.transport);
}

Test(refused, who_refuses_a_line_and_closes_has_closed_it_in_order)
{
	static const struct evert_line_receiver_ops ops = {
		.line_received = line_received,
		.line_too_long = refuse,
		.connection_lost = line_connection_lost,
		.limit = 5,
	};
	static struct evert_factory refusing =
		EVERT_LINE_FACTORY(struct lines, base, &ops);

	TELLS(&refusing, "123456",
	      "CONNECTION_DONE: the connection was closed");
}
