/* SPDX-License-Identifier: MIT */
/* Writing, and waiting for what was written. */
#include <errno.h>
#include <string.h>
#include <wchar.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/stream/stream_internal.h"
#include "../../support/stream.h"

static struct memory_stream peer; /* to whom it is written */
static struct evert_stream *stream;

static void begin(void)
{
	memory_stream_begin(&peer);
	stream = peer.stream;
}

static void finish(void)
{
	memory_stream_finish(&peer);
}

TestSuite(stream_write, .init = begin, .fini = finish);

static char *written(void)
{
	size_t length;

	return (char *)evert_memory_transport_written(peer.memory, &length);
}

/* More than is taken without asking to wait. */
static struct evert_deferred *drain_much(void)
{
	static char much[1 << 20];
	struct evert_deferred *drained;

	cr_assert(eq(int, evert_stream_write(stream, much, sizeof(much)), 0));
	drained = evert_stream_drain(stream);
	cr_assert(not(evert_deferred_has_fired(drained)));
	return drained;
}

Test(stream_write, lines_end_and_hold_no_other_end)
{
	cr_assert(eq(int, evert_stream_write_line(stream, "a\rb", 3), 0));
	cr_assert(eq(int, evert_stream_write_line(stream, "a\nb", 3), -EINVAL));
	cr_assert(eq(int, evert_stream_write_line(stream, NULL, 0), 0));
	cr_assert(eq(int, evert_stream_write(stream, "c", 1), 0));
	cr_assert(eq(int, evert_stream_writef(stream, "%d", 12), 0));
	cr_assert(eq(int, evert_stream_write_linef(stream, "<%s>", "d"), 0));
	cr_assert(eq(int, evert_stream_write_linef(stream, "\n"), -EINVAL));
	cr_assert(eq(str, written(), "a\rb\r\n\r\nc12<d>\r\n"));
}

/* In the locale "C" there is no such letter. */
Test(stream_write, what_printf_refuses_is_not_written)
{
	cr_assert(eq(int, evert_stream_writef(stream, "a%lsb", L"\x20ac"),
		     -EINVAL));
	cr_assert(eq(int, evert_stream_write_linef(stream, "%ls", L"\x20ac"),
		     -EINVAL));
	cr_assert(eq(str, written(), ""));
}

Test(stream_write, where_little_was_written_there_is_nothing_to_wait_for)
{
	evert_stream_write(stream, "a", 1);
	expect_nothing(outcome_of(evert_stream_drain(stream)));
}

Test(stream_write, much_is_waited_for_until_the_peer_has_taken_it)
{
	struct evert_deferred *drained = drain_much();

	evert_memory_transport_clear(peer.memory);
	expect_nothing(outcome_of(drained));
	expect_nothing(outcome_of(evert_stream_drain(stream)));
}

Test(stream_write, who_waits_hears_that_the_connection_is_lost)
{
	struct evert_deferred *drained = drain_much();

	memory_stream_break(&peer, ECONNRESET);
	expect_failure(outcome_of(drained), EVERT_CONNECTION_LOST);
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_CONNECTION_LOST);
	cr_assert(eq(int, evert_stream_write(stream, "a", 1), -EPIPE));
	cr_assert(eq(int, evert_stream_write_line(stream, "a", 1), -EPIPE));
	cr_assert(eq(int, evert_stream_lose_write(stream), -EPIPE));
}

Test(stream_write, who_waits_hears_that_it_was_closed)
{
	struct evert_deferred *drained = drain_much();

	evert_stream_close(stream);
	expect_failure(outcome_of(drained), EVERT_STREAM_CLOSED);
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_STREAM_CLOSED);
}

Test(stream_write, what_is_written_behind_the_end_fails_when_it_is_waited_for)
{
	cr_assert(eq(int, evert_stream_lose_write(stream), 0));
	expect_nothing(outcome_of(evert_stream_drain(stream)));
	cr_assert(eq(int, evert_stream_write_line(stream, "a", 1), -EPIPE));
	expect_failure(outcome_of(evert_stream_drain(stream)),
		       EVERT_CONNECTION_LOST);
}
