/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/fifo.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory factory;
static size_t descriptors;
static char path[64];

static void begin(void)
{
	descriptors = count_descriptors();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&factory, NULL, NULL);
	snprintf(path, sizeof(path), "/tmp/evert-test-fifo-%d", (int)getpid());
	cr_assert(zero(int, mkfifo(path, 0600)));
}

static void finish(void)
{
	unlink(path);
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(fifo, .init = begin, .fini = finish);

static struct recorder *open_fifo(enum evert_fifo_use use)
{
	struct evert_protocol *protocol =
		evert_fifo_open(reactor, path, use, &factory.base);

	cr_assert(protocol != NULL, "%s", strerror(errno));
	return recorder_from(protocol);
}

static void expect_refused(const char *name, enum evert_fifo_use use, int error)
{
	cr_assert(evert_fifo_open(reactor, name, use, &factory.base) == NULL);
	cr_assert(eq(int, errno, error));
}

/* A writer that comes, writes a byte and goes. */
static void visit(void)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK);

	cr_assert(fd >= 0);
	cr_assert(eq(int, (int)write(fd, "x", 1), 1));
	close(fd);
}

static void expect_done(const struct recorder *recorder, const char *events)
{
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(eq(str, (char *)recorder->events, (char *)events));
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(fifo, a_reader_waits_for_the_first_writer_and_ends_with_the_last)
{
	struct recorder *recorder = open_fifo(EVERT_FIFO_READ);

	turn_until_idle(reactor);
	cr_assert(zero(sz, recorder->lost));
	visit();
	expect_done(recorder, "MDLX");
}

Test(fifo, one_that_reads_on_outlasts_writers)
{
	struct recorder *recorder = open_fifo(EVERT_FIFO_READ_ON);

	visit();
	turn_until_count(reactor, &recorder->received, 1);
	turn_until_idle(reactor);
	visit();
	turn_until_count(reactor, &recorder->received, 2);
	turn_until_idle(reactor);
	cr_assert(zero(sz, recorder->lost));
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MDLX");
}

Test(fifo, a_writer_writes_to_who_reads)
{
	struct recorder *reader = open_fifo(EVERT_FIFO_READ);
	struct recorder *writer = open_fifo(EVERT_FIFO_WRITE);

	recorder_write(writer, "text");
	evert_transport_lose_connection(writer->base.transport);
	expect_done(reader, "MDLX");
	cr_assert(eq(str, reader->data, "text"));
}

Test(fifo, a_writer_without_a_reader_is_refused)
{
	expect_refused(path, EVERT_FIFO_WRITE, ENXIO);
}

Test(fifo, what_is_no_fifo_is_refused)
{
	expect_refused("/dev/null", EVERT_FIFO_READ, EINVAL);
	expect_refused("/nowhere/fifo", EVERT_FIFO_READ, ENOENT);
}

Test(fifo, what_fails_leaves_nothing_open)
{
	test_system_fail(&kernel, CALL_FSTAT, 1, EIO, false);
	expect_refused(path, EVERT_FIFO_READ, EIO);
	factory.refuses = true;
	expect_refused(path, EVERT_FIFO_READ, ECONNABORTED);
}
