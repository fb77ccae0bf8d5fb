/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/coroutine.h"
#include "../../../protocols/stream/stream.h"
#include "../../../reactor/run.h"
#include "../../support/memory.h"
#include "../../support/system.h"

static int peer; /* of the stream */
static size_t descriptors;

static void begin(void)
{
	descriptors = count_descriptors();
}

static void finish(void)
{
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(stream_descriptors, .init = begin, .fini = finish);

/* Sends it with so many descriptors, each of the same file. */
static void pass(const char *text, size_t count)
{
	char room[CMSG_SPACE(8 * sizeof(int))] = "";
	struct iovec part = { (void *)text, strlen(text) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;
	size_t i;

	if (count) {
		message.msg_control = room;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(header) + i * sizeof(int), &peer,
			       sizeof(int));
	}
	cr_assert(sendmsg(peer, &message, 0) == (ssize_t)part.iov_len);
}

static struct evert_result with_stream(void *arg)
{
	struct evert_result (*test)(struct evert_stream *stream) =
		*(struct evert_result(**)(struct evert_stream *))arg;
	struct evert_stream *stream;
	struct evert_result r;
	char endpoint[32];
	int fds[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	peer = fds[1];
	snprintf(endpoint, sizeof(endpoint), "fd:%d", fds[0]);
	r = evert_await(evert_stream_connect(endpoint));
	cr_assert(not(evert_result_is_failure(&r)));
	stream = evert_stream_take(&r);
	r = test(stream);
	evert_stream_destroy(stream);
	close(peer);
	return r;
}

static void in_a_run(struct evert_result (*test)(struct evert_stream *stream))
{
	cr_assert(zero(int, evert_run(with_stream, &test)));
}

static void expect_line(struct evert_stream *stream, const char *line)
{
	struct evert_result r = evert_await(evert_stream_read_line(stream));

	cr_assert(eq(str, (char *)evert_result_as_text(&r), (char *)line));
	evert_result_release(r);
}

static void expect_descriptors(struct evert_stream *stream, size_t count)
{
	int fd;

	while (count--) {
		fd = evert_stream_take_descriptor(stream);
		cr_assert(ge(int, fd, 0));
		close(fd);
	}
}

static struct evert_result takes_in_order(struct evert_stream *stream)
{
	cr_assert(zero(int, evert_stream_keep_descriptors(stream, 4)));
	cr_assert(eq(int, evert_stream_take_descriptor(stream), -EAGAIN));
	pass("none\n", 0);
	pass("one\ntwo", 1);
	pass("\n", 2);
	expect_line(stream, "none");
	expect_line(stream, "one");
	expect_descriptors(stream, 1);
	expect_line(stream, "two");
	expect_descriptors(stream, 2);
	cr_assert(eq(int, evert_stream_take_descriptor(stream), -EAGAIN));
	return evert_result_none();
}

Test(stream_descriptors, p80_are_there_when_the_bytes_they_came_with_are_read)
{
	in_a_run(takes_in_order);
}

static struct evert_result has_too_many(struct evert_stream *stream)
{
	cr_assert(zero(int, evert_stream_keep_descriptors(stream, 2)));
	pass("a\n", 1);
	pass("b\n", 2);
	pass("c\n", 1);
	expect_line(stream, "a");
	expect_line(stream, "b");
	expect_line(stream, "c");
	expect_descriptors(stream, 2);
	cr_assert(eq(int, evert_stream_take_descriptor(stream), -EMFILE));
	cr_assert(eq(int, evert_stream_take_descriptor(stream), -EAGAIN));
	pass("d\n", 1);
	expect_line(stream, "d");
	expect_descriptors(stream, 1);
	return evert_result_none();
}

Test(stream_descriptors, p80_that_are_too_many_are_closed_and_that_is_told_in_place)
{
	in_a_run(has_too_many);
}

static struct evert_result takes_none(struct evert_stream *stream)
{
	cr_assert(zero(int, evert_stream_keep_descriptors(stream, 2)));
	cr_assert(eq(int, evert_stream_keep_descriptors(stream, 2), -EINVAL));
	pass("a\n", 2);
	expect_line(stream, "a");
	return evert_result_none();
}

Test(stream_descriptors, p80_that_nobody_takes_are_closed_with_the_stream)
{
	in_a_run(takes_none);
}

static struct evert_result wants_none(struct evert_stream *stream)
{
	pass("a\n", 2);
	expect_line(stream, "a");
	cr_assert(eq(int, evert_stream_take_descriptor(stream), -EAGAIN));
	return evert_result_none();
}

Test(stream_descriptors, p80_that_nobody_wants_are_closed_as_they_come)
{
	in_a_run(wants_none);
}
