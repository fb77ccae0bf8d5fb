/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/memory_transport.h"
#include "../../../reactor/transport/terminal.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory factory;
static size_t descriptors;

static void begin(void)
{
	descriptors = count_descriptors();
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&factory, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, count_descriptors(), descriptors));
}

TestSuite(terminal, .init = begin, .fini = finish);

static struct recorder *open_pty(const struct evert_pty_options *options)
{
	struct evert_protocol *protocol =
		evert_pty_open(reactor, &factory.base, options);

	cr_assert(protocol != NULL, "%s", strerror(errno));
	return recorder_from(protocol);
}

static int open_slave(const struct recorder *recorder)
{
	char name[64];
	int fd;

	cr_assert(zero(int, evert_pty_name(recorder->base.transport, name,
					   sizeof(name))));
	fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert(fd >= 0, "%s: %s", name, strerror(errno));
	return fd;
}

static void feed(int fd, const char *text)
{
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void expect_read(int fd, const char *text)
{
	char data[64];
	ssize_t size = read(fd, data, sizeof(data) - 1);

	cr_assert(size >= 0, "%s", strerror(errno));
	data[size] = '\0';
	cr_assert(eq(str, data, (char *)text));
}

static void expect_size(int fd, int rows, int columns)
{
	struct winsize size;

	cr_assert(zero(int, ioctl(fd, TIOCGWINSZ, &size)));
	cr_assert(eq(int, size.ws_row, rows));
	cr_assert(eq(int, size.ws_col, columns));
}

static void expect_done(const struct recorder *recorder, const char *events)
{
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(eq(str, (char *)recorder->events, (char *)events));
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
}

Test(terminal, eio_is_the_end_behind_what_was_printed)
{
	struct recorder *recorder = open_pty(NULL);
	int slave = open_slave(recorder);

	feed(slave, "printed");
	close(slave);
	expect_done(recorder, "MDLX");
	cr_assert(eq(str, recorder->data, "printed"));
}

Test(terminal, what_is_written_is_typed_with_an_echo)
{
	struct recorder *recorder = open_pty(NULL);
	int slave = open_slave(recorder);

	recorder_write(recorder, "typed\n");
	turn_until_count(reactor, &recorder->received, 7);
	cr_assert(eq(str, recorder->data, "typed\r\n"));
	expect_read(slave, "typed\n");
	close(slave);
	expect_done(recorder, "MDLX");
}

Test(terminal, without_an_echo_lines_are_lines)
{
	static const struct evert_pty_options options = {
		.mode = EVERT_TERMINAL_NO_ECHO,
	};
	struct recorder *recorder = open_pty(&options);
	int slave = open_slave(recorder);

	recorder_write(recorder, "secretx\177\n"); /* erase */
	turn_until_idle(reactor);
	expect_read(slave, "secret\n");
	cr_assert(zero(sz, recorder->received));
	close(slave);
	expect_done(recorder, "MLX");
}

Test(terminal, a_raw_one_changes_nothing_either_way)
{
	static const struct evert_pty_options options = {
		.mode = EVERT_TERMINAL_RAW,
	};
	struct recorder *recorder = open_pty(&options);
	int slave = open_slave(recorder);

	recorder_write(recorder, "\003\r");
	turn_until_idle(reactor);
	expect_read(slave, "\003\r");
	feed(slave, "a\nb");
	close(slave);
	expect_done(recorder, "MDLX");
	cr_assert(eq(str, recorder->data, "a\nb"));
}

Test(terminal, waits_for_the_slave_with_what_was_written)
{
	struct recorder *recorder = open_pty(NULL);
	int slave;

	recorder_write(recorder, "early\n");
	turn_until_idle(reactor);
	cr_assert(zero(sz, recorder->lost));
	slave = open_slave(recorder);
	expect_read(slave, "early\n");
	close(slave);
	expect_done(recorder, "MDLX");
}

Test(terminal, goes_on_while_somebody_keeps_the_slave)
{
	struct recorder *recorder = open_pty(NULL);
	int keeper = open_slave(recorder), slave = open_slave(recorder);

	feed(slave, "1");
	close(slave);
	turn_until_count(reactor, &recorder->received, 1);
	turn_until_idle(reactor);
	slave = open_slave(recorder);
	feed(slave, "2");
	close(slave);
	close(keeper);
	expect_done(recorder, "MDLX");
	cr_assert(eq(str, recorder->data, "12"));
}

static void stay(struct recorder *recorder)
{
	(void)recorder;
}

Test(terminal, who_opens_the_slave_behind_the_end_is_not_heard)
{
	static const struct recorder_hooks staying = { .ended = stay };
	struct recorder *recorder;
	int slave;

	factory.hooks = &staying;
	recorder = open_pty(NULL);
	close(open_slave(recorder));
	turn_until_count(reactor, &recorder->ended, 1);
	slave = open_slave(recorder);
	feed(slave, "late");
	recorder_write(recorder, "heard\n");
	turn_until_idle(reactor);
	expect_read(slave, "heard\n");
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MELX");
	close(slave);
}

Test(terminal, the_name_is_gone_with_the_transport)
{
	struct recorder *recorder = open_pty(NULL);
	char name[64];

	cr_assert(zero(int, evert_pty_name(recorder->base.transport, name,
					   sizeof(name))));
	evert_transport_lose_connection(recorder->base.transport);
	expect_done(recorder, "MLX");
	cr_assert(open(name, O_RDWR | O_NOCTTY) < 0);
}

Test(terminal, has_a_size_that_may_change)
{
	static const struct evert_pty_options options = { .rows = 50,
							  .columns = 132 };
	struct recorder *recorder = open_pty(&options);
	int slave = open_slave(recorder);

	expect_size(slave, 50, 132);
	cr_assert(zero(int,
		       evert_pty_resize(recorder->base.transport, 10, 20)));
	expect_size(slave, 10, 20);
	close(slave);
	expect_done(recorder, "MLX");
}

Test(terminal, is_of_24_rows_and_80_columns_unless_told)
{
	struct recorder *recorder = open_pty(NULL);
	int slave = open_slave(recorder);

	expect_size(slave, 24, 80);
	close(slave);
	expect_done(recorder, "MLX");
}

Test(terminal, a_name_that_does_not_fit_is_refused)
{
	struct recorder *recorder = open_pty(NULL);
	char name[4];

	cr_assert(eq(int, evert_pty_name(recorder->base.transport, name,
					 sizeof(name)),
		     -ERANGE));
}

static void ask_again(struct recorder *recorder)
{
	char name[64];

	cr_assert(eq(int, evert_pty_resize(recorder->base.transport, 1, 1),
		     *(int *)recorder->arg));
	cr_assert(eq(int, evert_pty_name(recorder->base.transport, name,
					 sizeof(name)),
		     *(int *)recorder->arg));
}

static const struct recorder_hooks asking = { .made = ask_again };

Test(terminal, a_transport_that_is_no_terminal_says_so)
{
	int expected = -ENOTTY, fds[2];

	factory.hooks = &asking;
	factory.arg = &expected;
	cr_assert(zero(int, pipe(fds)));
	cr_assert(evert_pipe_open(reactor, fds[0], -1, &factory.base) != NULL);
	close(fds[1]);
	connect_pair(reactor, &factory, &factory);
}

Test(terminal, what_fails_leaves_nothing_open)
{
	factory.refuses = true;
	cr_assert(evert_pty_open(reactor, &factory.base, NULL) == NULL);
	cr_assert(eq(int, errno, ECONNABORTED));
	test_system_fail(&kernel, CALL_PTY, 1, ENOSPC, false);
	cr_assert(evert_pty_open(reactor, &factory.base, NULL) == NULL);
	cr_assert(eq(int, errno, ENOSPC));
}
