/* SPDX-License-Identifier: MIT */
/* Reads that may not wait for ever: a stream in memory, on the time of a
   reactor that runs. */
#include <math.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/run.h"
#include "../../support/stream.h"

static const double SOON = 1e-6, LATE = 1000; /* seconds */

static struct memory_stream peer;

static struct evert_result read_line(void)
{
	return evert_await(evert_stream_read_line(peer.stream));
}

static void run(evert_body body)
{
	memory_stream_begin(&peer);
	cr_assert(eq(int, 0, evert_run(body, NULL)));
	memory_stream_finish(&peer);
}

static struct evert_result be_late(void *arg)
{
	(void)arg;
	evert_stream_set_timeout(peer.stream, SOON);
	memory_stream_receive(&peer, "half a ");
	expect_failure(read_line(), EVERT_TIMED_OUT);
	expect_failure(read_line(), EVERT_TIMED_OUT);
	memory_stream_receive(&peer, "line\n");
	expect_text(read_line(), "half a line");
	return evert_result_none();
}

Test(stream_timeout, p24_a_read_that_waits_too_long_fails_and_takes_no_byte)
{
	run(be_late);
}

static struct evert_result be_early(void *arg)
{
	struct evert_deferred *line;

	(void)arg;
	evert_stream_set_timeout(peer.stream, LATE);
	line = evert_stream_read_line(peer.stream);
	memory_stream_receive(&peer, "one\n");
	expect_text(evert_await(line), "one");
	return evert_result_none();
}

Test(stream_timeout, p23_in_time_nothing_is_left_to_wait_for)
{
	run(be_early);
}

static struct evert_result change_it(void *arg)
{
	struct evert_deferred *line;

	(void)arg;
	evert_stream_set_timeout(peer.stream, SOON);
	evert_stream_set_timeout(peer.stream, 0);
	line = evert_stream_read_line(peer.stream);
	evert_stream_set_timeout(peer.stream, SOON);
	expect_nothing(evert_await(evert_sleep(2 * SOON)));
	memory_stream_receive(&peer, "one\n");
	expect_text(evert_await(line), "one");
	return evert_result_none();
}

Test(stream_timeout, what_is_set_counts_for_the_next_read)
{
	run(change_it);
}

static struct evert_result wait_for_no_number(void *arg)
{
	struct evert_result r;

	(void)arg;
	evert_stream_set_timeout(peer.stream, (double)NAN);
	r = read_line();
	cr_assert(evert_result_is_failure(&r));
	evert_result_release(r);
	memory_stream_receive(&peer, "one\n");
	expect_text(read_line(), "one");
	return evert_result_none();
}

Test(stream_timeout, p90_what_is_no_number_fails_the_read_at_once)
{
	run(wait_for_no_number);
}
