/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/bug.h"
#include "../../../deferred/base/say_internal.h"
#include "../../support/stalled.h"

enum { LONG_ENOUGH = 70000 }; /* for a pipe */

static int reader;
static char said[2 * LONG_ENOUGH];
static size_t length;

static void say_into(int fd)
{
	cr_assert(dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	close(fd);
}

static void say_into_a_pipe(void)
{
	int ends[2];

	cr_assert(pipe(ends) == 0);
	reader = ends[0];
	cr_assert(fcntl(reader, F_SETFL, O_NONBLOCK) == 0);
	say_into(ends[1]);
}

static void read_more(void)
{
	ssize_t size;

	while ((size = read(reader, said + length,
			    sizeof(said) - 1 - length)) > 0)
		length += (size_t)size;
	said[length] = '\0';
}

static void end(void)
{
	close(reader);
}

TestSuite(say, .init = say_into_a_pipe, .fini = end);

static void say_until_full(size_t *accepted)
{
	size_t i;

	for (i = 0; !evert_say_left_out; i++)
		evert_say("report %zu\n", i);
	*accepted = i - 1;
}

Test(say, p92_a_report_is_written_at_once)
{
	evert_say("%s %d\n", "number", 7);
	read_more();
	cr_assert(eq(str, said, "number 7\n"));
}

Test(say, p92_a_pipe_that_nobody_reads_holds_nobody_up)
{
	size_t accepted, i;
	char last[40];

	say_until_full(&accepted);
	for (i = 0; i < 9; i++)
		evert_say("too many\n");
	cr_assert(eq(sz, evert_say_left_out, 10));
	read_more();
	snprintf(last, sizeof(last), "report %zu\n", accepted - 1);
	cr_assert(eq(str, said + length - strlen(last), last));
	cr_assert(strstr(said, "too many") == NULL);
}

Test(say, p92_what_was_left_out_is_counted_and_told_when_there_is_room)
{
	size_t accepted, before;

	say_until_full(&accepted);
	evert_say("too many\n");
	read_more();
	before = length;
	evert_say("again\n");
	read_more();
	cr_assert(eq(str, said + before,
		     "evert: 2 reports were left out, since stderr took no "
		     "more\nagain\n"));
	cr_assert(eq(sz, evert_say_left_out, 0));
}

Test(say, p92_the_loop_tries_to_tell_once_a_second)
{
	const int64_t second = 1000000000;
	size_t accepted, before;

	say_until_full(&accepted);
	evert_say_try_again(5 * second);
	cr_assert(eq(sz, evert_say_left_out, 1));
	read_more();
	before = length;
	evert_say_try_again(5 * second + 1);
	cr_assert(eq(sz, evert_say_left_out, 1));
	evert_say_try_again(6 * second);
	cr_assert(eq(sz, evert_say_left_out, 0));
	read_more();
	cr_assert(eq(str, said + before,
		     "evert: 1 report was left out, since stderr took no "
		     "more\n"));
}

Test(say, p92_a_pipe_without_a_reader_ends_nobody)
{
	close(reader);
	evert_say("nobody hears\n");
	cr_assert(eq(sz, evert_say_left_out, 1));
	say_into_a_pipe();
	evert_say("somebody hears\n");
	read_more();
	cr_assert(strstr(said, "somebody hears\n") != NULL);
}

Test(say, p92_a_sigpipe_of_the_programs_own_stays_pending, .signal = SIGPIPE)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGPIPE);
	close(reader);
	evert_say("nobody hears\n");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

Test(say, p92_a_closed_stderr_is_no_error)
{
	close(STDERR_FILENO);
	errno = 4711;
	evert_say("nobody hears\n");
	cr_assert(eq(int, errno, 4711));
	cr_assert(eq(sz, evert_say_left_out, 1));
}

Test(say, what_is_too_long_is_cut)
{
	static char text[2 * EVERT_TEXT_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	evert_say("%s\n", text);
	read_more();
	cr_assert(eq(sz, length, EVERT_TEXT_SIZE));
	cr_assert(eq(str, said + length - 6, "x ...\n"));
}

Test(say, what_is_gathered_in_parts_is_cut_once)
{
	struct evert_text text;
	size_t i;

	evert_text_init(&text, NULL);
	for (i = 0; i < EVERT_TEXT_SIZE; i++)
		evert_text_add(&text, "xyz\n");
	evert_text_say(&text);
	read_more();
	cr_assert(eq(sz, length, EVERT_TEXT_SIZE));
	cr_assert(strstr(said, "...\n") == said + length - 4);
}

TestSuite(say_into, .fini = end);

static void say_too_much(void)
{
	int i;

	for (i = 0; i < LONG_ENOUGH; i++)
		evert_say("a report into something that is full by now\n");
}

Test(say_into, p92_a_socket_that_nobody_reads_holds_nobody_up)
{
	int ends[2];

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	reader = ends[0];
	say_into(ends[1]);
	say_too_much();
	cr_assert(gt(sz, evert_say_left_out, 0));
}

static int open_terminal(void)
{
	int terminal;

	reader = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	cr_assert(reader >= 0 && grantpt(reader) == 0 &&
		  unlockpt(reader) == 0);
	terminal = open(ptsname(reader), O_RDWR | O_NOCTTY);
	cr_assert(terminal >= 0);
	return terminal;
}

Test(say_into, p92_a_terminal_that_nobody_reads_holds_nobody_up)
{
	say_into(open_terminal());
	say_too_much();
	cr_assert(gt(sz, evert_say_left_out, 0));
	read_more();
	cr_assert(gt(sz, length, 1000));
}

Test(say_into, p92_a_terminal_that_was_stopped_holds_nobody_up)
{
	say_into(open_terminal());
	cr_assert(tcflow(STDERR_FILENO, TCOOFF) == 0);
	say_too_much();
	cr_assert(gt(sz, evert_say_left_out, 0));
	tcflow(STDERR_FILENO, TCOON);
	evert_say("goes on\n");
	read_more();
	cr_assert(strstr(said, "goes on\r\n") != NULL);
}

Test(say_into, a_file)
{
	FILE *file = tmpfile();

	reader = fileno(file);
	say_into(dup(reader));
	say_too_much();
	cr_assert(eq(sz, evert_say_left_out, 0));
}

Test(say_into, p92_a_full_disk_is_counted)
{
	reader = -1;
	say_into(open("/dev/full", O_WRONLY));
	evert_say("no room\n");
	cr_assert(eq(sz, evert_say_left_out, 1));
}

Test(say_into, p92_a_bug_ends_the_program_though_nobody_reads,
     .signal = SIGABRT, .timeout = 10)
{
	stall_stderr();
	evert_bug("nobody hears of it");
}
