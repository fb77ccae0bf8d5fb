/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/clock/clock.h"
#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/stream/stream_internal.h"
#include "../../support/death.h"
#include "../../support/memory.h"
#include "../../support/stream.h"
#include "../../support/transcript.h"

static struct memory_stream peer; /* sends what is read here */
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

TestSuite(stream_read, .init = begin, .fini = finish);
TestSuite(stream_reads); /* without that connection */

static struct evert_deferred *read_blank(void)
{
	return evert_stream_read_until(stream, " ", 1);
}

Test(stream_read, tells_how_much_stands_behind_what_was_read)
{
	struct evert_deferred *read = read_blank();

	memory_stream_receive(&peer, "one two");
	expect_text(outcome_of(read), "one ");
	cr_assert(eq(sz, evert_protocol_unread(peer.protocol), 3));
}

/* ---- However the input is split ---- */

enum kind { NO_MORE, READ, EXACTLY, UNTIL, LINE };

struct step {
	enum kind kind;
	size_t size;
	const char *delimiter;
};

static struct step some(size_t most)
{
	return (struct step){ READ, most, NULL };
}

static struct step exactly(size_t size)
{
	return (struct step){ EXACTLY, size, NULL };
}

static struct step until(const char *delimiter)
{
	return (struct step){ UNTIL, 0, delimiter };
}

static struct step line(void)
{
	return (struct step){ LINE, 0, NULL };
}

static struct step no_more(void)
{
	return (struct step){ NO_MORE, 0, NULL };
}

static const struct step *script;
static size_t script_limit;
static struct transcript transcript;
static struct memory_stream scripted;

static struct evert_deferred *take_step(struct evert_stream *from,
					const struct step *step)
{
	switch (step->kind) {
	case READ:
		return evert_stream_read(from, step->size);
	case EXACTLY:
		return evert_stream_read_exactly(from, step->size);
	case UNTIL:
		return evert_stream_read_until(from, step->delimiter,
					       strlen(step->delimiter));
	case LINE:
		return evert_stream_read_line(from);
	case NO_MORE:
		break;
	}
	return NULL;
}

static void write_down(const struct evert_result *result)
{
	if (evert_result_is_failure(result)) {
		transcript_add(&transcript, "%s\n",
			       evert_result_as_failure(result)->kind->name);
		return;
	}
	transcript_add(&transcript, "[");
	transcript_add_bytes(&transcript, evert_result_as_text(result),
			     evert_result_text_length(result));
	transcript_add(&transcript, "]\n");
}

static struct evert_result follow_script(void *arg)
{
	const struct step *step;
	struct evert_result r;

	(void)arg;
	for (step = script; step->kind != NO_MORE; step++) {
		r = evert_await(take_step(scripted.stream, step));
		write_down(&r);
		evert_result_release(r);
	}
	return evert_result_none();
}

static struct evert_protocol *open_scripted(void)
{
	memory_stream_begin(&scripted);
	if (script_limit)
		evert_stream_set_limit(scripted.stream, script_limit);
	evert_deferred_release(evert_spawn(follow_script, NULL));
	return scripted.protocol;
}

static void close_scripted(struct evert_protocol *protocol)
{
	(void)protocol;
	memory_stream_end(&scripted);
	memory_stream_finish(&scripted);
}

static void expect_script(const struct step *steps, const char *input,
			  const char *expected)
{
	const struct subject subject = {
		.open = open_scripted,
		.close = close_scripted,
		.transcript = &transcript,
	};

	script = steps;
	expect_however_split(&subject, input, strlen(input), expected);
}

Test(stream_reads, lines_end_in_lf_or_cr_lf_however_split)
{
	const struct step steps[] = {
		line(), line(), line(), line(), line(), line(), no_more(),
	};

	expect_script(steps, "one\r\n\ntw\ro\n\r\n\r\r\n",
		      "[one]\n[]\n[tw\\x0do]\n[]\n[\\x0d]\nSTREAM_END\n");
}

Test(stream_reads, a_delimiter_is_found_however_split)
{
	const struct step steps[] = {
		until("\r\n\r\n"), until("--"), until("aab"), until("."),
		no_more(),
	};

	expect_script(steps, "a: b\r\n\r\r\n\r\n--aaab.",
		      "[a: b\\x0d\\x0a\\x0d\\x0d\\x0a\\x0d\\x0a]\n[--]\n"
		      "[aaab]\n[.]\n");
}

Test(stream_reads, an_exact_number_of_bytes_comes_however_split)
{
	const struct step steps[] = {
		exactly(3), exactly(1), exactly(0), exactly(5), exactly(0),
		no_more(),
	};

	expect_script(steps, "abcdefghi", "[abc]\n[d]\n[]\n[efghi]\n[]\n");
}

Test(stream_reads, every_kind_of_read_continues_where_the_last_one_ended)
{
	const struct step steps[] = {
		line(), exactly(4), some(1), until("::"), some(1),
		exactly(2), line(), no_more(),
	};

	expect_script(steps, "GET\r\nbodyXkey::YZZlast\n",
		      "[GET]\n[body]\n[X]\n[key::]\n[Y]\n[ZZ]\n[last]\n");
}

Test(stream_reads, what_is_too_little_stays_however_split)
{
	const struct step steps[] = {
		exactly(9), until("yz"), line(), exactly(2), some(1),
		some(1), line(), exactly(1), no_more(),
	};

	expect_script(steps, "abc",
		      "STREAM_INCOMPLETE\nSTREAM_INCOMPLETE\n"
		      "STREAM_INCOMPLETE\n[ab]\n[c]\nSTREAM_END\n"
		      "STREAM_END\nSTREAM_END\n");
}

Test(stream_reads, a_line_of_the_limit_is_read_and_a_longer_one_is_not)
{
	const struct step steps[] = {
		line(), line(), line(), exactly(7), no_more(),
	};

	script_limit = 5;
	expect_script(steps, "12345\n123456\n",
		      "[12345]\nSTREAM_TOO_LONG\nSTREAM_TOO_LONG\n"
		      "[123456\\x0a]\n");
}

Test(stream_reads, the_limit_does_not_count_the_delimiter)
{
	const struct step steps[] = {
		until("abc"), until("abc"), exactly(9), no_more(),
	};

	script_limit = 5;
	expect_script(steps, "12345abc123456abc",
		      "[12345abc]\nSTREAM_TOO_LONG\n[123456abc]\n");
}

Test(stream_reads, too_long_comes_before_the_end)
{
	const struct step steps[] = {
		line(), exactly(6), no_more(),
	};

	script_limit = 5;
	expect_script(steps, "123456", "STREAM_TOO_LONG\n[123456]\n");
}

/* ---- How much ---- */

Test(stream_read, gives_what_is_there_up_to_the_most_asked_for)
{
	memory_stream_receive(&peer, "abcdefg");
	expect_text(outcome_of(evert_stream_read(stream, 3)), "abc");
	expect_text(outcome_of(evert_stream_read(stream, 100)), "defg");
}

Test(stream_read, bytes_may_be_zero)
{
	struct evert_result r;

	feed(peer.protocol, "a\0b\nc\0", 6);
	r = outcome_of(evert_stream_read_line(stream));
	cr_assert(eq(sz, evert_result_text_length(&r), 3));
	cr_assert(memcmp(evert_result_as_text(&r), "a\0b", 4) == 0);
	evert_result_release(r);
	cr_assert(eq(sz, evert_stream_buffered(stream), 2));
}

Test(stream_read, exactly_more_than_the_limit_is_read)
{
	struct evert_deferred *d;

	evert_stream_set_limit(stream, 4);
	memory_stream_receive(&peer, "12345");
	cr_assert(not(evert_memory_transport_is_reading(peer.memory)));

	d = evert_stream_read_exactly(stream, 10);
	cr_assert(evert_memory_transport_is_reading(peer.memory));
	memory_stream_receive(&peer, "67890");
	expect_text(outcome_of(d), "1234567890");
}

enum { MANY = 100000 };

static struct evert_result read_many(void *arg)
{
	struct evert_result r;
	size_t *count = arg;

	for (*count = 0; *count < MANY; ++*count) {
		r = evert_await(evert_stream_read_line(stream));
		if (evert_result_is_failure(&r))
			return r;
		evert_result_release(r);
	}
	return evert_result_none();
}

Test(stream_read, a_hundred_thousand_lines_in_one_chunk_take_no_stack)
{
	char *lines = malloc(2 * MANY);
	size_t i, count;
	struct evert_deferred *reader = evert_spawn(read_many, &count);

	for (i = 0; i < MANY; i++)
		memcpy(lines + 2 * i, "x\n", 2);
	feed(peer.protocol, lines, 2 * MANY);
	free(lines);
	evert_result_release(outcome_of(reader));
	cr_assert(eq(sz, count, MANY));
}

/* ---- The end, and errors ---- */

static void expect_message(struct evert_deferred *d, const char *message)
{
	struct evert_result r = outcome_of(d);

	cr_assert(evert_result_is_failure(&r));
	cr_assert(eq(str, (char *)evert_result_as_failure(&r)->message,
		     (char *)message));
	evert_result_release(r);
}

Test(stream_read, incomplete_says_how_many_bytes_came)
{
	memory_stream_receive(&peer, "abc");
	memory_stream_end(&peer);
	expect_message(evert_stream_read_exactly(stream, 10),
		       "the stream ended after 3 of 10 bytes");
	expect_message(evert_stream_read_line(stream),
		       "the stream ended after 3 bytes, without the delimiter");
	cr_assert(eq(sz, evert_stream_buffered(stream), 3));
}

Test(stream_read, too_long_says_over_which_limit)
{
	evert_stream_set_limit(stream, 5);
	memory_stream_receive(&peer, "1234567");
	expect_message(evert_stream_read_line(stream),
		       "a line is longer than the limit of 5 bytes");
	expect_message(evert_stream_read_until(stream, "\r\n", 2),
		       "no delimiter within the limit of 5 bytes");
}

Test(stream_read, incomplete_is_a_kind_of_end)
{
	struct evert_result r;

	memory_stream_receive(&peer, "abc");
	memory_stream_end(&peer);
	r = outcome_of(evert_stream_read_line(stream));
	cr_assert(evert_result_failed_with(&r, EVERT_STREAM_END));
	evert_result_release(r);
}

Test(stream_read, the_end_reaches_a_read_that_waits)
{
	struct evert_deferred *d = evert_stream_read(stream, 1);

	memory_stream_end(&peer);
	expect_failure(outcome_of(d), EVERT_STREAM_END);
}

Test(stream_read, an_error_reaches_a_read_that_waits_and_takes_no_byte)
{
	struct evert_deferred *d = evert_stream_read_exactly(stream, 10);
	struct evert_result r;

	memory_stream_receive(&peer, "abc");
	memory_stream_break(&peer, ECONNRESET);
	r = outcome_of(d);
	cr_assert(evert_result_failed_with(&r, EVERT_CONNECTION_LOST));
	cr_assert(eq(int, evert_result_as_failure(&r)->error, ECONNRESET));
	evert_result_release(r);
	expect_text(outcome_of(evert_stream_read(stream, 10)), "abc");
	expect_failure(outcome_of(evert_stream_read(stream, 10)),
		       EVERT_CONNECTION_LOST);
}

Test(stream_read, an_error_after_the_end_does_not_hide_the_end)
{
	memory_stream_receive(&peer, "abc");
	memory_stream_end(&peer);
	memory_stream_break(&peer, ECONNRESET);
	expect_failure(outcome_of(evert_stream_read_line(stream)),
		       EVERT_STREAM_INCOMPLETE);
	expect_text(outcome_of(evert_stream_read(stream, 10)), "abc");
	expect_failure(outcome_of(evert_stream_read(stream, 10)),
		       EVERT_STREAM_END);
}

/* ---- Whose failure it is ---- */

static void expect_place(struct evert_result failure, const char *place)
{
	cr_assert(eq(str, (char *)evert_result_as_failure(&failure)->place,
		     (char *)place));
	evert_result_release(failure);
}

Test(stream_read, a_read_that_fails_names_the_place_of_the_read)
{
	struct evert_deferred *too_long;

	evert_stream_set_limit(stream, 2);
	memory_stream_receive(&peer, "123");
	too_long = evert_stream_read_line_at(stream, "a line");
	expect_place(outcome_of(too_long), "a line");
	memory_stream_end(&peer);
	expect_place(outcome_of(evert_stream_read_exactly_at(stream, 4, "four")),
		     "four");
	evert_stream_set_limit(stream, 9);
	expect_place(outcome_of(evert_stream_read_line_at(stream, "a line")),
		     "a line");
	expect_text(outcome_of(evert_stream_read(stream, 3)), "123");
	expect_place(outcome_of(evert_stream_read_at(stream, 1, "one")), "one");
}

/* ---- Cancelling ---- */

static void expect_nothing_taken(struct evert_deferred *(*read)(void))
{
	struct evert_deferred *d;

	memory_stream_receive(&peer, "ab");
	d = read();
	memory_stream_receive(&peer, "cd");
	evert_deferred_cancel(d);
	expect_failure(outcome_of(d), EVERT_CANCELLED);
	memory_stream_receive(&peer, "ef");
	expect_text(outcome_of(evert_stream_read(stream, 100)), "abcdef");
}

static struct evert_deferred *read_ten(void)
{
	return evert_stream_read_exactly(stream, 10);
}

Test(stream_read, p24_cancelled_within_an_exact_read_takes_no_byte)
{
	expect_nothing_taken(read_ten);
}

Test(stream_read, p24_cancelled_before_the_delimiter_takes_no_byte)
{
	expect_nothing_taken(read_blank);
}

static struct evert_deferred *read_line(void)
{
	return evert_stream_read_line(stream);
}

Test(stream_read, p24_cancelled_within_a_line_takes_no_byte)
{
	expect_nothing_taken(read_line);
}

Test(stream_read, p24_timed_out_takes_no_byte)
{
	struct evert_clock *clock = evert_clock_create();
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_timeout(d, 5, clock);
	memory_stream_receive(&peer, "half a li");
	evert_clock_advance(clock, 5);
	expect_failure(outcome_of(d), EVERT_TIMED_OUT);
	memory_stream_receive(&peer, "ne\n");
	expect_text(outcome_of(evert_stream_read_line(stream)), "half a line");
	evert_clock_destroy(clock);
}

Test(stream_read, cancelled_after_its_bytes_came_they_are_the_readers)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	memory_stream_receive(&peer, "one\ntwo\n");
	evert_deferred_cancel(d);
	expect_text(outcome_of(d), "one");
	expect_text(outcome_of(evert_stream_read_line(stream)), "two");
}

static struct evert_result read_again(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	return evert_result_wait(evert_stream_read_line(stream));
}

Test(stream_read, cancelled_its_errback_may_read_again)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	evert_deferred_add_errback(d, read_again, NULL);
	memory_stream_receive(&peer, "on");
	evert_deferred_cancel(d);
	memory_stream_receive(&peer, "e\n");
	expect_text(outcome_of(d), "one");
}

/* ---- Back-pressure ---- */

Test(stream_read, who_does_not_read_stops_the_peer_above_the_limit)
{
	evert_stream_set_limit(stream, 4);
	memory_stream_receive(&peer, "1234");
	cr_assert(evert_memory_transport_is_reading(peer.memory));
	memory_stream_receive(&peer, "5");
	cr_assert(not(evert_memory_transport_is_reading(peer.memory)));
	expect_text(outcome_of(evert_stream_read(stream, 1)), "1");
	cr_assert(evert_memory_transport_is_reading(peer.memory));
}

Test(stream_read, a_cancelled_read_stops_the_peer_again)
{
	struct evert_deferred *d;

	evert_stream_set_limit(stream, 4);
	memory_stream_receive(&peer, "12345");
	d = evert_stream_read_exactly(stream, 10);
	cr_assert(evert_memory_transport_is_reading(peer.memory));
	evert_deferred_cancel(d);
	expect_failure(outcome_of(d), EVERT_CANCELLED);
	cr_assert(not(evert_memory_transport_is_reading(peer.memory)));
}

Test(stream_read, a_higher_limit_lets_the_peer_go_on)
{
	evert_stream_set_limit(stream, 0);
	memory_stream_receive(&peer, "1");
	cr_assert(not(evert_memory_transport_is_reading(peer.memory)));
	evert_stream_set_limit(stream, SIZE_MAX);
	cr_assert(evert_memory_transport_is_reading(peer.memory));
}

Test(stream_read, a_lower_limit_reaches_a_read_that_waits)
{
	struct evert_deferred *d = evert_stream_read_line(stream);

	memory_stream_receive(&peer, "12345");
	evert_stream_set_limit(stream, 2);
	expect_failure(outcome_of(d), EVERT_STREAM_TOO_LONG);
}

/* ---- Bugs of the caller ---- */

static void read_twice(void *arg)
{
	(void)arg;
	evert_stream_read(stream, 1);
	evert_stream_read_line(stream);
}

Test(stream_read, a_second_read_while_one_waits_is_a_bug)
{
	dies(read_twice, NULL, SIGABRT, "while another read waits");
}

static void read_nothing(void *arg)
{
	(void)arg;
	evert_stream_read(stream, 0);
}

Test(stream_read, to_read_at_most_nothing_is_a_bug)
{
	dies(read_nothing, NULL, SIGABRT, "asks for 0 bytes");
}

static void read_until_nothing(void *arg)
{
	(void)arg;
	evert_stream_read_until(stream, "", 0);
}

Test(stream_read, an_empty_delimiter_is_a_bug)
{
	dies(read_until_nothing, NULL, SIGABRT, "has no delimiter");
}

/* ---- Memory ---- */

Test(stream_reads, without_memory_for_the_text_the_bytes_stay)
{
	struct evert_deferred *d;

	failing_allocator_start(0, false);
	begin();
	d = evert_stream_read_line(stream);
	failing_allocator_fail(1, false); /* the text */
	memory_stream_receive(&peer, "one\ntwo\n");
	expect_failure(outcome_of(d), EVERT_NO_MEMORY);
	expect_text(outcome_of(evert_stream_read_line(stream)), "one");
	expect_text(outcome_of(evert_stream_read_line(stream)), "two");
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

Test(stream_reads, without_memory_for_what_comes_it_is_over_after_the_rest)
{
	failing_allocator_start(0, false);
	begin();
	memory_stream_receive(&peer, "one\n");
	failing_allocator_fail(1, true);
	memory_stream_receive(&peer, "a chunk that does not fit, as the buffer "
				     "has but sixty-four bytes of capacity\n");
	failing_allocator_fail(0, false);
	cr_assert(evert_memory_transport_was_aborted(peer.memory));
	expect_text(outcome_of(evert_stream_read_line(stream)), "one");
	expect_failure(outcome_of(evert_stream_read_line(stream)),
		       EVERT_NO_MEMORY);
	finish();
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}
