/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/transport/standard_io.h"
#include "../../support/child.h"
#include "../../support/reactor.h"
#include "../../support/system.h"

static struct test_system kernel;
static struct evert_reactor *reactor;
static struct recorder_factory factory;
static int to, from; /* the other ends */

static void replace(int fd, int by)
{
	cr_assert(dup2(by, fd) == fd);
	close(by);
}

static void begin(void)
{
	int in[2], out[2];

	cr_assert(pipe(in) == 0 && pipe(out) == 0);
	replace(STDIN_FILENO, in[0]);
	replace(STDOUT_FILENO, out[1]);
	to = in[1];
	from = out[0];
	test_system_init(&kernel);
	reactor = make_reactor(&kernel.base);
	recorder_factory_init(&factory, NULL, NULL);
}

static void finish(void)
{
	evert_reactor_destroy(reactor);
	close(to);
	close(from);
}

TestSuite(standard_io, .init = begin, .fini = finish);

static struct recorder *open_it(void)
{
	struct evert_protocol *protocol =
		evert_stdio_open(reactor, &factory.base);

	cr_assert(protocol != NULL, "%s", strerror(errno));
	return recorder_from(protocol);
}

static bool blocks(int fd)
{
	return fcntl(fd, F_GETFL) >= 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static bool echoes(int fd)
{
	struct termios modes;

	cr_assert(tcgetattr(fd, &modes) == 0);
	return modes.c_lflag & ECHO;
}

Test(standard_io, is_read_and_written_and_left_as_it_was_found)
{
	struct recorder *recorder = open_it();
	char text[8] = "";

	cr_assert(blocks(0) == false);
	cr_assert(write(to, "in", 2) == 2);
	turn_until_count(reactor, &recorder->received, 2);
	recorder_write(recorder, "out");
	turn_until_idle(reactor);
	cr_assert(read(from, text, sizeof(text)) == 3);
	cr_assert(eq(str, text, "out"));
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
	cr_assert(blocks(0) && blocks(1));
}

Test(standard_io, has_nothing_to_do_with_stderr)
{
	struct recorder *recorder;
	int log = open("/tmp", O_TMPFILE | O_WRONLY | O_APPEND, 0600), flags;

	cr_assert(log >= 0);
	replace(STDERR_FILENO, log);
	flags = fcntl(STDERR_FILENO, F_GETFL);
	recorder = open_it();
	cr_assert(eq(int, fcntl(STDERR_FILENO, F_GETFL), flags));
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(eq(int, fcntl(STDERR_FILENO, F_GETFL), flags));
}

Test(standard_io, is_there_once_and_again_when_that_has_ended)
{
	struct recorder *recorder = open_it();

	cr_assert(evert_stdio_open(reactor, &factory.base) == NULL);
	cr_assert(eq(int, errno, EBUSY));
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	open_it();
}

Test(standard_io, what_is_left_of_the_input_is_not_taken)
{
	struct recorder *recorder = open_it();
	char text[8] = "";

	evert_transport_pause_reading(recorder->base.transport);
	cr_assert(write(to, "rest", 4) == 4);
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(read(0, text, sizeof(text)) == 4);
	cr_assert(eq(str, text, "rest"));
}

Test(standard_io, a_closed_output_is_none)
{
	struct recorder *recorder;

	close(STDOUT_FILENO);
	recorder = open_it();
	cr_assert(eq(int,
		     evert_transport_write(recorder->base.transport, "x", 1),
		     -EPIPE));
	close(to);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(recorder->lost_kind == EVERT_CONNECTION_DONE);
	to = dup(from);
}

Test(standard_io, without_any_it_is_refused)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	cr_assert(evert_stdio_open(reactor, &factory.base) == NULL);
	cr_assert(eq(int, errno, EBADF));
}

Test(standard_io, each_call_that_fails_leaves_it_as_it_was)
{
	size_t i;

	factory.refuses = true;
	for (i = 1; i < 9; i++) {
		test_system_fail(&kernel, CALL_FCNTL, i, EIO, false);
		cr_assert(evert_stdio_open(reactor, &factory.base) == NULL);
		test_system_fail(&kernel, CALL_FCNTL, 0, 0, false);
		cr_assert(blocks(0) && blocks(1));
	}
	factory.refuses = false;
	open_it();
}

/* ---- Terminals ---- */

static int master;

static void put_on_terminal(void)
{
	int slave;

	cr_assert(openpty(&master, &slave, NULL, NULL, NULL) == 0);
	replace(STDIN_FILENO, slave);
}

Test(standard_io, a_terminals_mode_is_set_and_put_back)
{
	struct recorder *recorder;

	put_on_terminal();
	recorder = open_it();
	cr_assert(eq(int, evert_stdio_set_mode(EVERT_TERMINAL_NO_ECHO), 0));
	cr_assert(echoes(0) == false);
	cr_assert(eq(int, evert_stdio_set_mode(EVERT_TERMINAL_AS_FOUND), 0));
	cr_assert(echoes(0));
	cr_assert(eq(int, evert_stdio_set_mode(EVERT_TERMINAL_RAW), 0));
	cr_assert(echoes(0) == false);
	cr_assert(write(master, "k", 1) == 1); /* no line, but a key */
	turn_until_count(reactor, &recorder->received, 1);
	evert_transport_lose_connection(recorder->base.transport);
	turn_until_count(reactor, &recorder->destroyed, 1);
	cr_assert(echoes(0) && blocks(0));
	close(master);
}

Test(standard_io, only_a_terminal_has_a_mode)
{
	cr_assert(eq(int, evert_stdio_set_mode(EVERT_TERMINAL_RAW), -ENOTTY));
	open_it();
	cr_assert(eq(int, evert_stdio_set_mode(EVERT_TERMINAL_RAW), -ENOTTY));
}

static bool gives_it_up(void)
{
	evert_reactor_destroy(reactor);
	return true;
}

/* They share it. */
Test(standard_io, p81_a_child_that_gives_it_up_leaves_it_as_its_parent_needs_it)
{
	open_it();
	cr_assert(child(gives_it_up));
	cr_assert(not(blocks(0)));
	cr_assert(not(blocks(1)));
}

/* ---- The end of the process ---- */

/* A child opens it and does this; how it ended. */
static int status_of(void (*act)(void))
{
	int status;
	pid_t child = fork();

	cr_assert(child >= 0);
	if (!child) {
		static struct evert_reactor *own; /* no leak at exit */

		own = evert_reactor_create(NULL);

		if (own && evert_stdio_open(own, &factory.base)) {
			evert_stdio_set_mode(EVERT_TERMINAL_NO_ECHO);
			if (!blocks(0))
				act();
		}
		_exit(99);
	}
	cr_assert(waitpid(child, &status, 0) == child);
	return status;
}

static void by_sigterm(void)
{
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
}

static void by_sigquit(void)
{
	raise(SIGQUIT);
}

static void by_exit(void)
{
	exit(7);
}

Test(standard_io, a_signal_that_ends_the_process_leaves_it_as_it_was)
{
	int status;

	signal(SIGQUIT, SIG_DFL);
	status = status_of(by_sigquit);
	cr_assert(eq(int, WTERMSIG(status), SIGQUIT));
	cr_assert(blocks(0) && blocks(1));
}

Test(standard_io, who_handles_a_signal_himself_keeps_it)
{
	int status;

	status = status_of(by_sigterm);
	cr_assert(eq(int, WTERMSIG(status), SIGTERM));
	cr_assert(blocks(0) == false); /* nobody could put it back */
	fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK);
}

Test(standard_io, exit_leaves_it_as_it_was)
{
	int status;

	status = status_of(by_exit);
	cr_assert(eq(int, WTERMSIG(status), 0));
	cr_assert(blocks(0) && blocks(1));
}
