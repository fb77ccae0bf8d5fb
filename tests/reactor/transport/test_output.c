/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/memory.h"
#include "../../../reactor/transport/output_internal.h"
#include "../../support/memory.h"
#include "../../support/peer.h"

/* A kernel that keeps what it is sent, as much as it is told to take. */
static struct {
	char data[2000000];
	size_t length, calls, parts;
	size_t takes; /* in one call */
	int error;    /* an errno, for the next call */
} kernel;

static struct test_system system_for_test;
static struct evert_system_ops ops;
static struct evert_reactor *reactor;
static struct evert_output output;
static char data[300000]; /* as pattern() has it from number 0 on */

static ssize_t keepv(struct evert_system *system, int fd,
		     const struct iovec *parts, int count)
{
	size_t before = kernel.length, left = kernel.takes;
	int error = kernel.error;
	int i;

	(void)system;
	cr_assert(eq(int, fd, 7));
	kernel.calls++;
	kernel.error = 0;
	if (error)
		return -error;
	for (i = 0; i < count && left; i++) {
		size_t length = parts[i].iov_len < left ? parts[i].iov_len :
							  left;

		memcpy(kernel.data + kernel.length, parts[i].iov_base, length);
		kernel.length += length;
		left -= length;
	}
	kernel.parts += (size_t)i;
	return (ssize_t)(kernel.length - before);
}

static ssize_t keep(int fd, const void *bytes, size_t size,
		    struct evert_system *system)
{
	struct iovec part = { (void *)bytes, size };

	return keepv(system, fd, &part, 1);
}

static void begin(void)
{
	failing_allocator_start(0, false);
	test_system_init(&system_for_test);
	ops = *system_for_test.base.ops;
	ops.send = keep;
	ops.sendv = keepv;
	system_for_test.base.ops = &ops;
	reactor = make_reactor(&system_for_test.base);
	kernel.takes = SIZE_MAX;
	pattern(data, sizeof(data), 0);
}

static void finish(void)
{
	evert_output_drop(&output, reactor);
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, failing_allocator_stop().live, 0));
}

TestSuite(output, .init = begin, .fini = finish);

static void copy(size_t from, size_t length)
{
	cr_assert(eq(int,
		     evert_output_copy(&output, reactor, data + from, length),
		     0));
}

static int send_it(void)
{
	const struct evert_watch watch = { .reactor = reactor, .fd = 7 };

	return evert_output_send(&output, &watch, reactor->system->ops->sendv);
}

static size_t queued(void)
{
	return evert_output_queued(&output, reactor);
}

static size_t released;

static void note_release(void *arg)
{
	released++;
	(void)arg;
}

static void own(size_t from, size_t length)
{
	cr_assert(eq(int,
		     evert_output_own(&output, reactor, data + from, length,
				      note_release, NULL),
		     0));
}

/* The kernel has the first so many bytes of `data`. */
static void expect_sent(size_t length)
{
	cr_assert(eq(sz, kernel.length, length));
	cr_assert(eq(int, memcmp(kernel.data, data, length), 0));
}

/* ---- Copies ---- */

Test(output, is_empty_at_first_and_sends_nothing)
{
	cr_assert(eq(sz, queued(), 0));
	cr_assert(eq(int, send_it(), 0));
	cr_assert(eq(sz, kernel.calls, 0));
}

Test(output, small_copies_share_a_chunk)
{
	size_t requests = failing_allocator_counts().requests;
	size_t i;

	for (i = 0; i < 100; i++)
		copy(10 * i, 10);
	cr_assert(eq(sz, queued(), 1000));
	cr_assert(eq(sz, failing_allocator_counts().requests - requests, 1));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(1000);
	cr_assert(eq(sz, kernel.parts, 1));
	cr_assert(eq(sz, queued(), 0));
}

Test(output, a_copy_of_any_size_is_sent_whole)
{
	copy(0, 1);
	copy(1, 100000);
	copy(100001, 5000);
	copy(105001, 4000);
	cr_assert(eq(int, send_it(), 0));
	expect_sent(109001);
	cr_assert(eq(sz, kernel.calls, 1));
}

Test(output, more_chunks_than_fit_in_a_call_are_sent_in_several)
{
	size_t i;

	for (i = 0; i < 100; i++)
		own(i * 1000, 1000);
	cr_assert(eq(int, send_it(), 0));
	expect_sent(100000);
	cr_assert(eq(sz, kernel.calls, 2));
	cr_assert(eq(sz, released, 100));
}

/* ---- What the kernel does not take ---- */

Test(output, a_short_send_means_that_there_is_no_more_room)
{
	copy(0, 5000);
	kernel.takes = 1234;
	cr_assert(eq(int, send_it(), -EAGAIN));
	cr_assert(eq(sz, kernel.calls, 1));
	cr_assert(eq(sz, queued(), 5000 - 1234));
	while (queued())
		send_it();
	expect_sent(5000);
}

Test(output, copies_go_on_behind_what_was_sent_in_part)
{
	size_t at;

	kernel.takes = 100;
	for (at = 0; at < 20000; at += 250) {
		copy(at, 250);
		send_it();
	}
	kernel.takes = SIZE_MAX;
	cr_assert(eq(int, send_it(), 0));
	expect_sent(20000);
}

Test(output, an_interrupted_send_is_repeated_at_once)
{
	copy(0, 100);
	kernel.error = EINTR;
	cr_assert(eq(int, send_it(), 0));
	expect_sent(100);
}

Test(output, an_error_is_told_and_nothing_is_dropped)
{
	copy(0, 100);
	kernel.error = EPIPE;
	cr_assert(eq(int, send_it(), -EPIPE));
	cr_assert(eq(sz, queued(), 100));
}

/* ---- Owned data ---- */

Test(output, owned_data_is_sent_in_order_and_released_when_all_is_sent)
{
	copy(0, 100);
	own(100, 5000);
	copy(5100, 100);
	kernel.takes = 5000;
	cr_assert(eq(int, send_it(), -EAGAIN));
	cr_assert(eq(sz, released, 0));
	cr_assert(eq(int, send_it(), 0));
	cr_assert(eq(sz, released, 1));
	expect_sent(5200);
}

Test(output, dropped_data_is_released_and_not_sent)
{
	copy(0, 100);
	own(100, 5000);
	own(5100, 5000);
	evert_output_drop(&output, reactor);
	cr_assert(eq(sz, released, 2));
	cr_assert(eq(sz, queued(), 0));
	cr_assert(eq(int, send_it(), 0));
	cr_assert(eq(sz, kernel.length, 0));
}

/* ---- Gathering ---- */

static bool gather(const char *from, size_t length)
{
	if (!evert_window_has(&reactor->window, length))
		return false;
	memcpy(evert_window_take(&reactor->window, length), from, length);
	return true;
}

Test(output, gathered_copies_take_no_memory_and_one_call)
{
	size_t requests = failing_allocator_counts().requests;
	size_t i;

	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	for (i = 0; i < 100; i++)
		cr_assert(gather(data + 10 * i,
					      10));
	cr_assert(eq(sz, queued(), 1000));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(1000);
	cr_assert(eq(sz, kernel.calls, 1));
	cr_assert(eq(sz, failing_allocator_counts().requests, requests));
}

Test(output, gathers_no_more_once_it_was_sent)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(evert_output_gathers(&output, reactor));
	send_it();
	cr_assert(not(evert_output_gathers(&output, reactor)));
	cr_assert(not(gather(data, 1)));
}

Test(output, does_not_gather_behind_what_is_queued)
{
	copy(0, 1);
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(not(evert_output_gathers(&output, reactor)));
}

Test(output, gathers_as_much_as_the_write_buffer_holds)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, EVERT_WRITE_SIZE - 1));
	cr_assert(not(gather(data, 2)));
	cr_assert(gather(data + EVERT_WRITE_SIZE - 1, 1));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(EVERT_WRITE_SIZE);
}

Test(output, what_does_not_fit_goes_behind_what_was_gathered)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	copy(10000, 10000);
	cr_assert(not(evert_output_gathers(&output, reactor)));
	cr_assert(eq(sz, queued(), 20000));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(20000);
}

Test(output, owned_data_goes_behind_what_was_gathered)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 100));
	own(100, 100);
	cr_assert(eq(int, send_it(), 0));
	expect_sent(200);
}

static void send_gathered_in_part(void)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	kernel.takes = 1234;
	cr_assert(eq(int, send_it(), -EAGAIN));
	cr_assert(eq(sz, queued(), 10000 - 1234));
	cr_assert(not(evert_output_gathers(&output, reactor)));
}

Test(output, gathered_and_sent_in_part_the_rest_is_queued)
{
	send_gathered_in_part();
	kernel.takes = SIZE_MAX;
	cr_assert(eq(int, send_it(), 0));
	expect_sent(10000);
}

Test(output, gathered_and_not_sent_all_is_queued)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	kernel.error = EAGAIN;
	cr_assert(eq(int, send_it(), -EAGAIN));
	cr_assert(eq(sz, queued(), 10000));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(10000);
}

Test(output, gathered_and_interrupted_it_is_sent_at_once)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	kernel.error = EINTR;
	cr_assert(eq(int, send_it(), 0));
	expect_sent(10000);
}

Test(output, gathered_data_that_is_dropped_is_not_sent)
{
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	evert_output_drop(&output, reactor);
	cr_assert(eq(sz, queued(), 0));
	cr_assert(eq(int, send_it(), 0));
	cr_assert(eq(sz, kernel.calls, 0));
}

/* ---- Memory ---- */

Test(output, a_copy_without_memory_is_refused_and_nothing_has_changed)
{
	copy(0, 100);
	failing_allocator_fail(1, true);
	cr_assert(eq(int, evert_output_copy(&output, reactor, data, 10000),
		     -ENOMEM));
	failing_allocator_fail(0, false);
	cr_assert(eq(sz, queued(), 100));
	cr_assert(eq(int, send_it(), 0));
	expect_sent(100);
}

Test(output, owned_data_without_memory_is_refused_and_not_released)
{
	failing_allocator_fail(1, true);
	cr_assert(eq(int,
		     evert_output_own(&output, reactor, data, 100,
				      note_release, NULL),
		     -ENOMEM));
	failing_allocator_fail(0, false);
	cr_assert(eq(sz, released, 0));
}

Test(output, what_can_t_be_kept_of_gathered_data_is_an_error)
{
	failing_allocator_fail(1, true);
	evert_output_begin(&output, reactor, EVERT_WRITE_SIZE);
	cr_assert(gather(data, 10000));
	kernel.takes = 1234;
	cr_assert(eq(int, send_it(), -ENOMEM));
	failing_allocator_fail(0, false);
}

Test(output, a_size_that_no_memory_has_is_refused)
{
	cr_assert(eq(int,
		     evert_output_copy(&output, reactor, data, SIZE_MAX - 8),
		     -ENOMEM));
}

Test(output, a_busy_connection_asks_for_no_memory)
{
	size_t requests, i;

	copy(0, 1000);
	send_it();
	requests = failing_allocator_counts().requests;
	for (i = 1; i < 100; i++) {
		copy(i * 1000, 1000);
		send_it();
	}
	expect_sent(100000);
	cr_assert(eq(sz, failing_allocator_counts().requests, requests));
}

Test(output, an_idle_reactor_keeps_a_quarter_of_a_megabyte_at_most)
{
	size_t i, before = failing_allocator_counts().live_bytes;

	for (i = 0; i < 300; i++)
		copy(i * 1000, 1000);
	for (i = 0; i < 300; i++)
		copy(i * 1000, 1000);
	cr_assert(eq(int, send_it(), 0));
	cr_assert(le(sz, failing_allocator_counts().live_bytes - before,
		     64 * 4096));
	cr_assert(gt(sz, failing_allocator_counts().live_bytes, before));
}
