/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/memory_transport.h"
#include "../../support/memory.h"
#include "../../support/transcript.h"

static struct transcript seen;
static struct evert_memory_transport *transport;
static struct evert_protocol protocol;
static const struct evert_error *reason_seen;

static struct evert_transport *base(void)
{
	return protocol.transport;
}

static void data_received(struct evert_protocol *self, const char *data,
			  size_t length)
{
	(void)self;
	(void)data;
	(void)length;
}

static void connection_made(struct evert_protocol *self)
{
	transcript_add(&seen, "made%s ", self->transport ? "" : " nowhere");
}

static void connection_lost(struct evert_protocol *self,
			    const struct evert_failure *reason)
{
	cr_assert(evert_transport_is_closing(self->transport));
	reason_seen = reason->kind;
	transcript_add(&seen, "lost ");
}

static void pause_writing(struct evert_protocol *self)
{
	(void)self;
	transcript_add(&seen, "pause ");
}

static void resume_writing(struct evert_protocol *self)
{
	(void)self;
	transcript_add(&seen, "resume ");
}

static void destroy(struct evert_protocol *self)
{
	(void)self;
	transcript_add(&seen, "destroy ");
}

static const struct evert_protocol_ops ops = {
	.data_received = data_received,
	.connection_made = connection_made,
	.connection_lost = connection_lost,
	.pause_writing = pause_writing,
	.resume_writing = resume_writing,
	.destroy = destroy,
};

static void begin(void)
{
	protocol.ops = &ops;
	transport = evert_memory_transport_create(&protocol);
}

static void finish(void)
{
	evert_memory_transport_destroy(transport);
	transcript_clear(&seen);
}

static void expect_seen(const char *expected)
{
	cr_assert(eq(str, (char *)transcript_text(&seen), (char *)expected));
}

static void expect_written(const char *expected)
{
	size_t length;
	const char *written =
		evert_memory_transport_written(transport, &length);

	cr_assert(eq(str, (char *)written, (char *)expected));
	cr_assert(eq(sz, length, strlen(expected)));
}

TestSuite(memory_transport, .init = begin, .fini = finish);

/* ---- Writing ---- */

Test(memory_transport, keeps_what_was_written_in_order)
{
	expect_written("");
	cr_assert(eq(int, 0, evert_transport_write(base(), "hello ", 6)));
	cr_assert(eq(int, 0, evert_transport_write(base(), "", 0)));
	cr_assert(eq(int, 0, evert_transport_write(base(), "world", 5)));
	expect_written("hello world");
}

Test(memory_transport, writes_formatted_text_of_any_length)
{
	size_t length;

	cr_assert(zero(int, evert_transport_writef(base(), "%s %d", "is", 5)));
	expect_written("is 5");
	cr_assert(zero(int, evert_transport_writef(base(), "%10000s", "!")));
	evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, 4 + 10000));
}

Test(memory_transport, keeps_a_lot)
{
	char block[1000];
	size_t i, length;
	const char *written;

	memset(block, 'x', sizeof(block));
	for (i = 0; i < 100; i++)
		evert_transport_write(base(), block, sizeof(block));
	written = evert_memory_transport_written(transport, &length);
	cr_assert(eq(sz, length, 100 * sizeof(block)));
	cr_assert(eq(sz, strspn(written, "x"), length));
}

Test(memory_transport, clear_forgets_what_was_written)
{
	evert_memory_transport_clear(transport);
	evert_transport_write(base(), "a", 1);
	evert_memory_transport_clear(transport);
	expect_written("");
	evert_transport_write(base(), "b", 1);
	expect_written("b");
}

static void count_release(void *arg)
{
	++*(int *)arg;
}

Test(memory_transport, owned_data_is_released_once_also_when_refused)
{
	int releases = 0;

	cr_assert(eq(int, 0,
		     evert_transport_write_owned(base(), "a", 1,
						 count_release, &releases)));
	cr_assert(eq(int, releases, 1));
	expect_written("a");

	evert_transport_lose_connection(base());
	cr_assert(eq(int, -EPIPE,
		     evert_transport_write_owned(base(), "b", 1,
						 count_release, &releases)));
	cr_assert(eq(int, releases, 2));
	expect_written("a");
}

Test(memory_transport, p50_a_write_after_lose_connection_is_refused)
{
	evert_transport_write(base(), "a", 1);
	evert_transport_lose_connection(base());
	cr_assert(eq(int, -EPIPE, evert_transport_write(base(), "b", 1)));
	expect_written("a");
	expect_seen("made ");
}

Test(memory_transport, p51_abort_leaves_nothing_queued)
{
	evert_transport_write(base(), "a", 1);
	cr_assert(eq(sz, evert_transport_queued(base()), 1));
	cr_assert(not(evert_memory_transport_was_aborted(transport)));
	evert_transport_abort(base());
	cr_assert(evert_memory_transport_was_aborted(transport));
	cr_assert(eq(sz, evert_transport_queued(base()), 0));
	cr_assert(eq(int, -EPIPE, evert_transport_write(base(), "b", 1)));
	expect_written("a");
}

Test(memory_transport, p52_lose_write_ends_the_writing_once)
{
	cr_assert(not(evert_memory_transport_wrote_end(transport)));
	cr_assert(eq(int, 0, evert_transport_lose_write(base())));
	cr_assert(evert_memory_transport_wrote_end(transport));
	cr_assert(eq(int, -EPIPE, evert_transport_lose_write(base())));
	cr_assert(eq(int, -EPIPE, evert_transport_write(base(), "a", 1)));
	cr_assert(not(evert_transport_is_closing(base())));
}

Test(memory_transport, p52_lose_write_after_lose_connection_is_refused)
{
	evert_transport_lose_connection(base());
	cr_assert(eq(int, -EPIPE, evert_transport_lose_write(base())));
	cr_assert(not(evert_memory_transport_wrote_end(transport)));
}

/* ---- 55: marks ---- */

Test(memory_transport, p55_over_the_high_mark_pauses_once)
{
	evert_transport_set_write_marks(base(), 3, 1);
	evert_transport_write(base(), "abc", 3);
	expect_seen("made ");
	evert_transport_write(base(), "d", 1);
	evert_transport_write(base(), "e", 1);
	expect_seen("made pause ");
}

Test(memory_transport, p55_once_it_is_taken_resumes_once)
{
	evert_transport_set_write_marks(base(), 3, 1);
	evert_transport_write(base(), "abcd", 4);
	evert_memory_transport_clear(transport);
	evert_memory_transport_clear(transport);
	expect_seen("made pause resume ");
}

Test(memory_transport, p55_under_a_new_high_mark_pauses_what_is_over_it)
{
	evert_transport_write(base(), "abcd", 4);
	evert_transport_set_write_marks(base(), 3, 1);
	expect_seen("made pause ");
}

Test(memory_transport, p55_closing_does_not_resume)
{
	evert_transport_set_write_marks(base(), 3, 1);
	evert_transport_write(base(), "abcd", 4);
	evert_transport_lose_connection(base());
	evert_memory_transport_clear(transport);
	expect_seen("made pause ");
}

Test(memory_transport, p55_the_default_high_mark_is_65536)
{
	static char data[65536];

	evert_transport_write(base(), data, sizeof(data));
	expect_seen("made ");
	evert_transport_write(base(), data, 1);
	expect_seen("made pause ");
}

/* ---- Reading ---- */

Test(memory_transport, tells_whether_the_protocol_reads)
{
	cr_assert(evert_memory_transport_is_reading(transport));
	evert_transport_pause_reading(base());
	evert_transport_pause_reading(base());
	cr_assert(not(evert_memory_transport_is_reading(transport)));
	evert_transport_resume_reading(base());
	cr_assert(evert_memory_transport_is_reading(transport));
}

/* ---- The end ---- */

Test(memory_transport, p49_connection_made_and_lost_are_called_once)
{
	evert_memory_transport_end(transport, NULL);
	evert_memory_transport_end(transport, NULL);
	expect_seen("made lost ");
	evert_memory_transport_destroy(transport);
	transport = NULL;
	expect_seen("made lost ");
}

Test(memory_transport, p49_closing_does_not_call_the_protocol)
{
	evert_transport_lose_connection(base());
	evert_transport_abort(base());
	expect_seen("made ");
}

Test(memory_transport, p53_the_reason_is_done_unless_it_was_aborted)
{
	evert_memory_transport_end(transport, NULL);
	cr_assert(eq(ptr, (void *)reason_seen, (void *)EVERT_CONNECTION_DONE));
}

Test(memory_transport, p53_what_it_failed_with_is_the_reason)
{
	evert_transport_fail(base(),
			     evert_failure_bare(EVERT_REACTOR_STOPPED));
	cr_assert(evert_transport_is_closing(base()));
	evert_memory_transport_end(transport, NULL);
	cr_assert(eq(ptr, (void *)reason_seen, (void *)EVERT_REACTOR_STOPPED));
}

Test(memory_transport, p53_after_an_abort_the_reason_says_so)
{
	evert_transport_abort(base());
	evert_memory_transport_end(transport, NULL);
	cr_assert(eq(ptr, (void *)reason_seen,
		     (void *)EVERT_CONNECTION_ABORTED));
}

Test(memory_transport, p53_any_reason_can_be_given)
{
	evert_memory_transport_end(
		transport, evert_failure_create(EVERT_CONNECTION_LOST,
						ECONNRESET, "a test"));
	cr_assert(eq(ptr, (void *)reason_seen, (void *)EVERT_CONNECTION_LOST));
	evert_memory_transport_end(
		transport, evert_failure_create(EVERT_ERROR, 0, "again"));
	expect_seen("made lost ");
}

Test(memory_transport, destroy_ends_the_connection_and_spares_the_protocol)
{
	evert_memory_transport_destroy(transport);
	transport = NULL;
	expect_seen("made lost ");
}

Test(memory_transport, after_the_end_nothing_is_taken)
{
	evert_memory_transport_end(transport, NULL);
	cr_assert(eq(int, -EPIPE, evert_transport_write(base(), "a", 1)));
	evert_transport_abort(base());
	cr_assert(not(evert_memory_transport_was_aborted(transport)));
}

static void destroy_inside(struct evert_protocol *self,
			   const struct evert_failure *reason)
{
	(void)self;
	(void)reason;
	evert_memory_transport_destroy(transport);
}

static const struct evert_protocol_ops careless_ops = {
	.data_received = data_received,
	.connection_lost = destroy_inside,
};

Test(memory_transport_bugs, destroying_it_in_connection_lost_is_a_bug,
     .signal = SIGABRT)
{
	protocol.ops = &careless_ops;
	transport = evert_memory_transport_create(&protocol);
	evert_memory_transport_end(transport, NULL);
}

/* ---- 62: waiting for the end ---- */

static struct evert_result note_closed(struct evert_result *in, void *name)
{
	transcript_add(&seen, "%s%s ", (const char *)name,
		       evert_result_is_none(in) ? "" : " failed");
	return evert_result_none();
}

static struct evert_deferred *watch(const char *name)
{
	struct evert_deferred *d = evert_transport_closed(base());

	evert_deferred_add_both(d, note_closed, (void *)name);
	return d;
}

Test(memory_transport, p62_closed_fires_behind_connection_lost)
{
	evert_deferred_release(watch("one"));
	evert_deferred_release(watch("two"));
	evert_transport_lose_connection(base());
	expect_seen("made ");
	evert_memory_transport_end(transport, NULL);
	expect_seen("made lost one two ");
}

Test(memory_transport, p62_closed_fires_at_once_when_it_is_gone)
{
	evert_memory_transport_end(transport, NULL);
	evert_deferred_release(watch("one"));
	expect_seen("made lost one ");
}

Test(memory_transport, p62_cancelling_closed_only_ends_the_waiting)
{
	struct evert_deferred *one = watch("one");
	struct evert_deferred *two = watch("two");

	evert_deferred_cancel(one);
	expect_seen("made one failed ");
	evert_memory_transport_end(transport, NULL);
	expect_seen("made one failed lost two ");
	evert_deferred_release(one);
	evert_deferred_release(two);
}

/* ---- What there is not ---- */

Test(memory_transport, has_no_addresses)
{
	struct evert_address address;

	cr_assert(eq(int, -EOPNOTSUPP,
		     evert_transport_peer(base(), &address)));
	cr_assert(eq(int, -EOPNOTSUPP,
		     evert_transport_host(base(), &address)));
}

Test(memory_transport, has_no_socket_options)
{
	cr_assert(eq(int, -EOPNOTSUPP,
		     base()->ops->set_option(base(), 0, 0, 1)));
}

/* ---- Without memory ---- */

static void write_and_wait(void *arg)
{
	struct evert_memory_transport *memory;
	char data[1000] = "";
	struct evert_deferred *d;
	int err;

	(void)arg;
	protocol.ops = &ops;
	memory = evert_memory_transport_create(&protocol);
	if (!memory) {
		cr_assert(eq(int, errno, ENOMEM));
		return;
	}
	err = evert_transport_write(base(), "a", 1);
	if (!err)
		err = evert_transport_write(base(), data, sizeof(data));
	cr_assert(err == 0 || err == -ENOMEM);
	cr_assert(eq(int, err == -ENOMEM,
		     evert_memory_transport_was_aborted(memory)));
	d = evert_transport_closed(base());
	evert_memory_transport_destroy(memory);
	cr_assert(evert_deferred_has_fired(d));
	evert_deferred_release(d);
}

Test(memory_transport_starved, without_memory_it_aborts_and_loses_nothing)
{
	evert_memory_transport_destroy(NULL);
	fail_every_allocation(write_and_wait, NULL);
	transcript_clear(&seen);
}

/* ---- Held by the protocol ---- */

Test(memory_transport, p84_held_the_end_waits_for_the_protocol)
{
	base()->held = true;
	evert_memory_transport_end(transport,
				   evert_failure_bare(EVERT_CONNECTION_LOST));
	expect_seen("made ");
	cr_assert(not(evert_transport_is_closing(base())));
	cr_assert(eq(int, -EPIPE, evert_transport_write(base(), "x", 1)));

	base()->held = false;
	evert_memory_transport_end(transport, NULL);
	expect_seen("made lost ");
	cr_assert(reason_seen == EVERT_CONNECTION_LOST);
}

Test(memory_transport, p84_held_and_broken_who_waits_for_room_is_told_once)
{
	evert_transport_set_write_marks(base(), 3, 0);
	evert_transport_write(base(), "full", 4);
	base()->held = true;
	evert_memory_transport_end(transport,
				   evert_failure_bare(EVERT_CONNECTION_LOST));
	expect_seen("made pause resume ");
	evert_memory_transport_clear(transport);
	base()->held = false;
	evert_memory_transport_end(transport, NULL);
	expect_seen("made pause resume lost ");
}

Test(memory_transport, p84_held_and_ended_in_order_the_queue_stays)
{
	evert_transport_set_write_marks(base(), 3, 0);
	evert_transport_write(base(), "full", 4);
	base()->held = true;
	evert_memory_transport_end(transport, NULL);
	expect_seen("made pause ");
	evert_memory_transport_clear(transport);
	expect_seen("made pause resume ");
}

Test(memory_transport, p84_held_and_destroyed_it_is_lost)
{
	base()->held = true;
	evert_memory_transport_end(transport, NULL);
	evert_memory_transport_destroy(transport);
	transport = NULL;
	expect_seen("made lost ");
}

TestSuite(memory_transport_options, .init = begin, .fini = finish);

Test(memory_transport_options, it_takes_a_time_to_close_as_others_do)
{
	cr_assert(zero(int, evert_transport_set_closing_time(base(), 1)));
	cr_assert(eq(int, evert_transport_set_closing_time(base(), NAN),
		     -EINVAL));
	cr_assert(eq(int, evert_transport_set_closing_time(base(), INFINITY),
		     -EINVAL));
}

Test(memory_transport_options, a_low_mark_is_never_above_the_high_one)
{
	size_t high, low;

	evert_transport_set_write_marks(base(), 10, 20);
	evert_transport_write_marks(base(), &high, &low);
	cr_assert(eq(sz, high, 10));
	cr_assert(eq(sz, low, 10));
}
