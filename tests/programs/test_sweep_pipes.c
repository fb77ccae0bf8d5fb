/* SPDX-License-Identifier: MIT */
/* Two pipes with an echo at one end, ptys, a serial line, a FIFO, a file, and standard input and
   output; each allocation and each system call fails in turn, and everything
   is cut short. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/transport/fifo.h"
#include "../../reactor/transport/pipe.h"
#include "../../reactor/transport/serial.h"
#include "../../reactor/transport/standard_io.h"
#include "../../reactor/transport/terminal.h"
#include "../../reactor/transport/transport.h"
#include "../support/memory.h"
#include "../support/reactor.h"
#include "../support/system.h"

enum { MUCH = 200000, SIDES = 8, MOST_TURNS = 3000 };

static struct evert_reactor *reactor;
static size_t made, lost, echoed, read_of_file, of_standard;
static char much[MUCH];

struct side {
	struct evert_protocol base;
};

static void side_made(struct evert_protocol *base)
{
	(void)base;
	made++;
}

static void side_lost(struct evert_protocol *base,
		      const struct evert_failure *reason)
{
	(void)base, (void)reason;
	lost++;
}

static void echo(struct evert_protocol *base, const char *data, size_t length)
{
	evert_transport_write(base->transport, data, length);
}

static void begin_writing(struct evert_protocol *base)
{
	made++;
	evert_transport_write(base->transport, much, MUCH);
	evert_transport_lose_write(base->transport);
}

static void count_echo(struct evert_protocol *base, const char *data,
		       size_t length)
{
	(void)base, (void)data;
	echoed += length;
}

static void count_file(struct evert_protocol *base, const char *data,
		       size_t length)
{
	(void)base, (void)data;
	read_of_file += length;
}

static void count_standard(struct evert_protocol *base, const char *data,
			   size_t length)
{
	of_standard += length;
	echo(base, data, length);
}

#define SIDE(name, on_made, on_data)                               \
	static const struct evert_protocol_ops name##_ops = {      \
		.connection_made = on_made,                        \
		.data_received = on_data,                          \
		.connection_lost = side_lost,                      \
	};                                                         \
	static struct evert_factory name =                         \
		EVERT_FACTORY(struct side, base, &name##_ops)

SIDE(echoes, side_made, echo);
SIDE(writers, begin_writing, count_echo);
SIDE(files, side_made, count_file);
SIDE(standards, side_made, count_standard);

/* What fails leaves them to the caller. */
static void open_on(int read_fd, int write_fd, struct evert_factory *factory)
{
	if (evert_pipe_open(reactor, read_fd, write_fd, factory))
		return;
	close(read_fd);
	if (write_fd >= 0 && write_fd != read_fd)
		close(write_fd);
}

static void open_pipes(void)
{
	int there[2], back[2];

	cr_assert(zero(int, pipe(there)));
	cr_assert(zero(int, pipe(back)));
	open_on(there[0], back[1], &echoes);
	open_on(back[0], there[1], &writers);
}

static void open_terminal(void)
{
	int master, slave;

	cr_assert(zero(int, openpty(&master, &slave, NULL, NULL, NULL)));
	cr_assert(eq(int, (int)write(slave, "last", 4), 4));
	close(slave);
	open_on(master, master, &echoes);
}

static void open_pty(void)
{
	static const struct evert_pty_options options = {
		.mode = EVERT_TERMINAL_RAW,
	};
	struct evert_protocol *protocol =
		evert_pty_open(reactor, &echoes, &options);
	char name[64];
	int slave;

	if (!protocol)
		return;
	if (evert_pty_name(protocol->transport, name, sizeof(name))) {
		evert_transport_abort(protocol->transport);
		return;
	}
	slave = open(name, O_RDWR | O_NOCTTY);
	cr_assert(eq(int, (int)write(slave, "last", 4), 4));
	close(slave);
}

static void open_line(void)
{
	static const struct evert_serial_options options = {
		.exclusive = true,
		.puts_back = true,
	};
	int master, slave;
	char name[64];

	cr_assert(zero(int, openpty(&master, &slave, name, NULL, NULL)));
	if (!evert_serial_open(reactor, name, &echoes, &options))
		cr_assert(not(zero(int, errno)));
	close(slave);
	close(master);
}

/* A writer comes and goes, if there is a reader. */
static void open_fifo(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/tmp/evert-sweep-fifo-%d", (int)getpid());
	cr_assert(zero(int, mkfifo(name, 0600)));
	if (evert_fifo_open(reactor, name, EVERT_FIFO_READ, &echoes)) {
		fd = open(name, O_WRONLY | O_NONBLOCK);
		cr_assert(eq(int, (int)write(fd, "text", 4), 4));
		close(fd);
	}
	unlink(name);
}

static void open_file(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	cr_assert(zero(int, ftruncate(fd, MUCH)));
	open_on(fd, -1, &files);
}

/* The input has its end in it. */
static void open_standard(void)
{
	int in[2];

	cr_assert(zero(int, pipe(in)));
	cr_assert(eq(int, (int)write(in[1], "typed", 5), 5));
	close(in[1]);
	cr_assert(zero(int, dup2(in[0], STDIN_FILENO)));
	close(in[0]);
	if (evert_stdio_open(reactor, &standards))
		evert_stdio_set_mode(EVERT_TERMINAL_NO_ECHO);
}

static void run(struct test_system *system)
{
	struct evert_reactor_options options = { .system = &system->base };
	int turns;

	system->virtual_time = true;
	made = lost = echoed = read_of_file = of_standard = 0;
	reactor = evert_reactor_create(&options);
	if (!reactor)
		return;
	open_pipes();
	open_terminal();
	open_pty();
	open_line();
	open_fifo();
	open_file();
	open_standard();
	for (turns = 0; turns < MOST_TURNS && lost < made; turns++)
		if (evert_reactor_turn(reactor, 0))
			break;
	evert_reactor_destroy(reactor);
	cr_assert(eq(sz, lost, made));
	cr_assert(eq(int, fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0));
}

static void expect_whole(void)
{
	cr_assert(eq(sz, made, SIDES));
	cr_assert(eq(sz, echoed, MUCH));
	cr_assert(eq(sz, read_of_file, MUCH));
	cr_assert(eq(sz, of_standard, 5));
}

static void begin(void)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	close(null);
}

TestSuite(sweep_pipes, .init = begin);

Test(sweep_pipes, everything_comes_when_nothing_fails)
{
	struct test_system system;

	test_system_init(&system);
	run(&system);
	expect_whole();
}

Test(sweep_pipes, everything_comes_when_everything_is_cut_short)
{
	struct test_system system;

	test_system_init(&system);
	system.read_at_most = 2003;
	system.send_at_most = 501;
	run(&system);
	expect_whole();
}

Test(sweep_pipes, nothing_leaks_when_an_allocation_fails)
{
	fail_every_allocation_on(NULL, run);
}

Test(sweep_pipes, nothing_leaks_when_a_call_that_moves_bytes_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_READ, EIO }, { CALL_READ, ECONNRESET },
		{ CALL_WRITEV, EPIPE }, { CALL_WRITEV, EIO },
		{ CALL_WRITEV, ENOSPC },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, run);
}

Test(sweep_pipes, nothing_leaks_when_another_call_fails)
{
	static const struct test_fault faults[] = {
		{ CALL_FCNTL, EPERM }, { CALL_FSTAT, EOVERFLOW },
		{ CALL_SHUTDOWN, ENOTCONN }, { CALL_TCGETATTR, EIO },
		{ CALL_TCSETATTR, EIO }, { CALL_TTY_EXCLUSIVE, EIO },
		{ CALL_OPEN, EBUSY }, { CALL_PTY, ENOSPC },
		{ CALL_PTY_NAME, ENOTTY }, { CALL_CLOSE, EINTR },
		{ CALL_EPOLL_CTL, ENOMEM },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, run);
}
