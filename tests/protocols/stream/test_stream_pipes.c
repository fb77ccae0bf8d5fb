/* SPDX-License-Identifier: MIT */
/* Streams over what is no socket. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/stream/stream.h"
#include "../../../reactor/process/process.h"
#include "../../../reactor/run.h"
#include "../../../reactor/transport/pipe.h"
#include "../../support/death.h"
#include "../../support/system.h"

static void expect_line(struct evert_stream *stream, const char *expected)
{
	struct evert_result r = evert_await(evert_stream_read_line(stream));

	cr_assert(eq(str, (char *)evert_result_as_text(&r), (char *)expected));
	evert_result_release(r);
}

static void expect_end(struct evert_stream *stream)
{
	struct evert_result r = evert_await(evert_stream_read_line(stream));

	cr_assert(evert_result_is_failure(&r));
	cr_assert(evert_failure_is(evert_result_as_failure(&r),
				   EVERT_STREAM_END));
	evert_result_release(r);
}

/* ---- A pipe ---- */

static struct evert_result read_a_pipe(void *arg)
{
	struct evert_stream *stream;
	int fds[2];

	(void)arg;
	cr_assert(zero(int, pipe(fds)));
	stream = evert_stream_of(evert_pipe_open(
		evert_reactor_current(), fds[0], -1, &evert_stream_factory));
	cr_assert(eq(int, (int)write(fds[1], "one\r\ntwo\r\n", 10), 10));
	close(fds[1]);
	expect_line(stream, "one");
	expect_line(stream, "two");
	expect_end(stream);
	evert_stream_destroy(stream);
	return evert_result_none();
}

Test(stream_pipes, lines_come_from_a_pipe)
{
	size_t before = count_descriptors();

	cr_assert(zero(int, evert_run(read_a_pipe, NULL)));
	cr_assert(eq(sz, count_descriptors(), before));
}

/* ---- A child ---- */

static struct evert_stream *stream_at(struct evert_process *process, int fd)
{
	return evert_stream_of(evert_process_transport(process, fd)->protocol);
}

static struct evert_result talk_with_a_child(void *arg)
{
	const struct evert_child_fd fds[] = {
		{ 0, EVERT_CHILD_READS, 0, &evert_stream_factory },
		{ 1, EVERT_CHILD_WRITES, 0, &evert_stream_factory },
	};
	const struct evert_process_options options = { .fds = fds,
						       .fd_count = 2 };
	struct evert_process *process = evert_spawn_process(
		evert_reactor_current(), NULL, NULL,
		EVERT_ARGV("sh", "-c", "read x; printf 'got %s\r\n' $x"), NULL,
		&options);
	struct evert_stream *in = stream_at(process, 0);
	struct evert_stream *out = stream_at(process, 1);

	(void)arg;
	evert_stream_write(in, "this\n", 5);
	expect_line(out, "got this");
	expect_end(out);
	evert_stream_destroy(in);
	evert_stream_destroy(out);
	return evert_await(evert_process_ended(process));
}

Test(stream_pipes, a_child_is_talked_with)
{
	cr_assert(zero(int, evert_run(talk_with_a_child, NULL)));
}

/* ---- Whose it is ---- */

static struct evert_result leave_it(void *arg)
{
	int fds[2];

	(void)arg;
	cr_assert(zero(int, pipe(fds)));
	cr_assert(evert_pipe_open(evert_reactor_current(), fds[0], -1,
				  &evert_stream_factory) != NULL);
	close(fds[1]);
	return evert_result_none();
}

Test(stream_pipes, one_that_is_nobody_s_goes_with_its_connection)
{
	cr_assert(zero(int, evert_run(leave_it, NULL)));
	cr_assert(zero(ptr, evert_stream_of(NULL)));
}

static struct evert_result take_it_twice(void *arg)
{
	struct evert_protocol *protocol;
	int fds[2];

	(void)arg;
	cr_assert(zero(int, pipe(fds)));
	protocol = evert_pipe_open(evert_reactor_current(), fds[0], -1,
				   &evert_stream_factory);
	evert_stream_of(protocol);
	evert_stream_of(protocol);
	return evert_result_none();
}

static void run_that(void *arg)
{
	evert_run(take_it_twice, arg);
}

Test(stream_pipes, to_take_one_twice_is_a_bug)
{
	dies(run_that, NULL, SIGABRT, "somebody's already");
}

static void take_another(void *arg)
{
	struct evert_protocol protocol = { .ops = NULL };

	(void)arg;
	evert_stream_of(&protocol);
}

Test(stream_pipes, to_take_what_is_no_stream_is_a_bug)
{
	dies(take_another, NULL, SIGABRT,
	     "that evert_stream_factory did not make");
}
