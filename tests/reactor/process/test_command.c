/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/process/command.h"
#include "../../../reactor/reason.h"
#include "../../support/memory.h"
#include "../../support/process_suite.h"

TestSuite(command, .init = process_suite_begin_standing_still,
	  .fini = process_suite_finish);

#define SHELL(command) EVERT_ARGV("sh", "-c", command)

static void expect_failure(struct evert_deferred *deferred,
			   const struct evert_error *kind, int code,
			   const char *message)
{
	struct evert_result result = turn_until_fired(reactor, deferred);
	const struct evert_failure *failure = evert_result_as_failure(&result);

	cr_assert(eq(str, failure->message, message));
	cr_assert(eq(str, failure->kind->name, kind->name));
	cr_assert(eq(int, failure->code, code));
	cr_assert(strstr(failure->place, "test_command.c:") != NULL);
	evert_result_release(result);
}

/* ---- Output ---- */

Test(command, gives_what_a_command_says)
{
	struct evert_result result = turn_until_fired(
		reactor,
		evert_process_output(reactor, EVERT_ARGV("echo", "hello"),
				     NULL));

	cr_assert(eq(str, evert_result_as_text(&result), "hello\n"));
	evert_result_release(result);
	result = turn_until_fired(
		reactor, evert_process_output(reactor, EVERT_ARGV("true"),
					      NULL));
	cr_assert(eq(str, evert_result_as_text(&result), ""));
	evert_result_release(result);
}

Test(command, gives_a_command_what_it_reads)
{
	const struct evert_command_options options = {
		.input = "b\na\n",
		.input_length = 4,
		.env = EVERT_ARGV("LC_ALL=C"),
	};
	struct evert_result result = turn_until_fired(
		reactor,
		evert_process_output(reactor, EVERT_ARGV("sort"), &options));

	cr_assert(eq(str, evert_result_as_text(&result), "a\nb\n"));
	evert_result_release(result);
}

Test(command, runs_as_the_options_of_processes_say)
{
	static const struct evert_process_options process = {
		.directory = "/usr",
		.has_terminal = true,
		.at_stop = EVERT_CHILD_IS_LEFT,
	};
	const struct evert_command_options options = { .process = &process };
	struct evert_result result = turn_until_fired(
		reactor,
		evert_process_output(
			reactor, SHELL("pwd; test -t 1 || echo no terminal"),
			&options));

	cr_assert(eq(str, evert_result_as_text(&result),
		     "/usr\nno terminal\n"));
	evert_result_release(result);
}

Test(command, reads_nothing_unless_it_is_given_something)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_process_output(reactor, EVERT_ARGV("cat"),
					      NULL));

	cr_assert(eq(sz, evert_result_text_length(&result), 0));
	evert_result_release(result);
}

Test(command, fails_in_the_words_of_the_command)
{
	expect_failure(evert_process_output(
			       reactor,
			       SHELL("echo out; printf '\\n no\\t\\001such\n"
				     "thing \\n\\n' >&2; exit 3"),
			       NULL),
		       EVERT_PROCESS_FAILED, 3,
		       "\"sh\" ended with code 3: no ?such thing");
	expect_failure(
		evert_process_output(reactor, EVERT_ARGV("false"), NULL),
		EVERT_PROCESS_FAILED, 1, "\"false\" ended with code 1");
	expect_failure(
		evert_process_output(reactor, SHELL("kill -15 $$"), NULL),
		EVERT_PROCESS_KILLED, SIGTERM, "\"sh\" was killed by SIGTERM");
}

Test(command, says_that_it_cannot_be_started)
{
	expect_failure(evert_process_output(reactor,
					    EVERT_ARGV("no_such_program"),
					    NULL),
		       EVERT_SPAWN_FAILED, 0,
		       "cannot start \"no_such_program\": exec: No such file "
		       "or directory");
}

/* ---- Status, outcome ---- */

Test(command, gives_the_code_whatever_it_is)
{
	struct evert_result result = turn_until_fired(
		reactor, evert_process_status(reactor, SHELL("exit 42"), NULL));

	cr_assert(evert_result_as_integer(&result) == 42);
	expect_failure(
		evert_process_status(reactor, SHELL("kill -9 $$"), NULL),
		EVERT_PROCESS_KILLED, SIGKILL, "\"sh\" was killed by SIGKILL");
}

Test(command, gives_the_whole_outcome)
{
	const struct evert_command_options options = {
		.input = "in",
		.input_length = 2,
	};
	struct evert_result result = turn_until_fired(
		reactor, evert_process_communicate(
				 reactor,
				 SHELL("cat; printf 'e\\0r' >&2; exit 5"),
				 &options));
	const struct evert_outcome *outcome = evert_result_as_outcome(&result);

	cr_assert(eq(int, outcome->exit.code, 5));
	cr_assert(eq(str, outcome->out, "in"));
	cr_assert(eq(sz, outcome->err_length, 3));
	cr_assert(memcmp(outcome->err, "e\0r", 4) == 0);
	evert_result_release(result);
}

/* Far more than pipes hold, both ways at once. */
Test(command, deadlocks_with_no_amount_of_data)
{
	enum { SIZE = 3000000 };
	char *input = calloc(1, SIZE);
	const struct evert_command_options options = {
		.input = input,
		.input_length = SIZE,
	};
	struct evert_result result = turn_until_fired(
		reactor,
		evert_process_communicate(
			reactor,
			SHELL("head -c 400000 /dev/zero >&2; cat; "
			      "head -c 400000 /dev/zero >&2"),
			&options));
	const struct evert_outcome *outcome = evert_result_as_outcome(&result);

	cr_assert(eq(sz, outcome->out_length, SIZE));
	cr_assert(eq(sz, outcome->err_length, 800000));
	evert_result_release(result);
	free(input);
}

/* ---- Ends ---- */

Test(command, ends_it_when_it_takes_too_long)
{
	const struct evert_command_options options = { .timeout = 1.5 };
	struct evert_deferred *d = evert_process_output(
		reactor, EVERT_ARGV("sleep", "1000"), &options);

	pass(1.4);
	cr_assert(not(evert_deferred_has_fired(d)));
	pass(0.2);
	expect_failure(d, EVERT_TIMED_OUT, 0,
		       "\"sleep\" took longer than 1.5 s");
}

/* Who ignores SIGTERM, and has a child of its own that has the pipe. */
static struct evert_deferred *
stubborn(const struct evert_command_options *options, char *path)
{
	char command[256];
	int fd = mkstemp(path);

	close(fd);
	unlink(path);
	cr_assert(mkfifo(path, 0600) == 0);
	fd = open(path, O_RDWR);
	snprintf(command, sizeof(command),
		 "trap '' TERM; sleep 1000 & echo $! > %s; sleep 1000", path);
	return evert_process_output(reactor, SHELL(command), options);
}

Test(command, ends_its_whole_group_firmly_at_last)
{
	const struct evert_command_options options = { .timeout = 1 };
	char path[] = "/tmp/evert_command_XXXXXX", number[16] = "";
	struct evert_deferred *d = stubborn(&options, path);
	int fd = open(path, O_RDWR);

	cr_assert(read(fd, number, sizeof(number)) > 0);
	pass(1.1);
	cr_assert(not(evert_deferred_has_fired(d)));
	cr_assert(kill(atoi(number), 0) == 0);
	pass(2);
	cr_assert(turn_until_failed(reactor, d) == EVERT_TIMED_OUT);
	close(fd);
	unlink(path);
}

Test(command, ends_when_it_is_cancelled)
{
	struct evert_deferred *d = evert_process_output(
		reactor, EVERT_ARGV("sleep", "1000"), NULL);

	evert_deferred_cancel(d);
	cr_assert(not(evert_deferred_has_fired(d)));
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
}

Test(command, is_killed_when_it_is_cancelled_once_more)
{
	char path[] = "/tmp/evert_command_XXXXXX", number[16];
	struct evert_deferred *d = stubborn(NULL, path);
	int fd = open(path, O_RDWR);

	cr_assert(read(fd, number, sizeof(number)) > 0);
	evert_deferred_cancel(d);
	turn_until_idle(reactor);
	cr_assert(not(evert_deferred_has_fired(d)));
	evert_deferred_cancel(d);
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	close(fd);
	unlink(path);
}

Test(command, obeys_a_time_out_of_its_deferred)
{
	struct evert_deferred *d = evert_process_output(
		reactor, EVERT_ARGV("sleep", "1000"), NULL);

	evert_deferred_add_timeout(d, 3, evert_reactor_clock(reactor));
	pass(3.1);
	cr_assert(turn_until_failed(reactor, d) == EVERT_TIMED_OUT);
}

Test(command, ends_one_that_writes_too_much)
{
	const struct evert_command_options options = { .most = 1000 };

	expect_failure(evert_process_output(reactor, EVERT_ARGV("yes"),
					    &options),
		       EVERT_OUTPUT_TOO_LONG, 0,
		       "\"yes\" wrote more than 1000 bytes");
}

static struct evert_result note_kind(struct evert_result *in, void *arg)
{
	*(const struct evert_error **)arg = evert_result_as_failure(in)->kind;
	return evert_result_none();
}

static void stop(void *arg)
{
	evert_reactor_stop(arg);
}

Test(command, ends_when_the_reactor_stops)
{
	const struct evert_error *kind = NULL;
	struct evert_deferred *d = evert_process_output(
		reactor, EVERT_ARGV("sleep", "1000"), NULL);

	evert_deferred_add_errback(d, note_kind, &kind);
	evert_deferred_release(d);
	evert_reactor_call_later(reactor, 0, stop, reactor);
	run_reactor(reactor);
	cr_assert(kind == EVERT_REACTOR_STOPPED);
}

Test(command, ends_when_the_reactor_is_destroyed)
{
	const struct evert_error *kind = NULL;
	struct evert_deferred *d = evert_process_status(
		reactor, EVERT_ARGV("sleep", "1000"), NULL);

	evert_deferred_add_errback(d, note_kind, &kind);
	evert_deferred_release(d);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kind == EVERT_REACTOR_STOPPED);
}

/* ---- A command that has ended, whose child has its pipes ---- */

/* When that ends, the end of `*fd` can be read. */
static struct evert_deferred *
begin_and_hear(const char *form, const struct evert_command_options *options,
	       int *fd, pid_t *child)
{
	char path[] = "/tmp/evert_command_XXXXXX", command[256], number[16] = "";
	struct evert_deferred *d;

	close(mkstemp(path));
	unlink(path);
	cr_assert(mkfifo(path, 0600) == 0);
	snprintf(command, sizeof(command), form, path);
	d = evert_process_output(reactor, SHELL(command), options);
	*fd = open(path, O_RDONLY);
	unlink(path);
	cr_assert(read(*fd, number, sizeof(number) - 1) > 0);
	*child = atoi(number);
	return d;
}

static struct evert_deferred *
orphan(const struct evert_command_options *options, int *fd)
{
	struct evert_deferred *d;
	siginfo_t info;
	pid_t shell;

	d = begin_and_hear("(echo $$ >&3; exec sleep 1000) 3> %s & echo part",
			   options, fd, &shell);
	waitid(P_PID, (id_t)shell, &info, WEXITED | WNOWAIT);
	turn_until_idle(reactor);
	cr_assert(not(evert_deferred_has_fired(d)));
	return d;
}

static void expect_end(int fd)
{
	char byte;

	cr_assert(read(fd, &byte, 1) == 0);
	close(fd);
}

Test(command, ends_what_is_left_of_it_when_that_takes_too_long)
{
	const struct evert_command_options options = { .timeout = 1 };
	int fd;
	struct evert_deferred *d = orphan(&options, &fd);

	pass(1.1);
	expect_failure(d, EVERT_TIMED_OUT, 0,
		       "\"sh\" took longer than 1 s");
	expect_end(fd);
}

Test(command, lets_go_of_the_pipes_of_who_has_left_its_group)
{
	const struct evert_command_options options = { .timeout = 1 };
	size_t descriptors = count_descriptors();
	struct evert_deferred *d;
	pid_t child;
	int fd;

	d = begin_and_hear("setsid sh -c 'echo $$ >&3; exec sleep 1000' 3> %s &"
			   " echo part",
			   &options, &fd, &child);
	pass(1.1);
	expect_failure(d, EVERT_TIMED_OUT, 0,
		       "\"sh\" took longer than 1 s");
	turn_until_idle(reactor);
	cr_expect(eq(sz, count_descriptors(), descriptors + 1));
	cr_assert(kill(child, SIGKILL) == 0);
	expect_end(fd);
}

Test(command, ends_what_is_left_of_it_when_it_is_cancelled)
{
	int fd;
	struct evert_deferred *d = orphan(NULL, &fd);

	evert_deferred_cancel(d);
	cr_assert(turn_until_failed(reactor, d) == EVERT_CANCELLED);
	expect_end(fd);
}

Test(command, ends_what_is_left_of_it_when_the_reactor_stops)
{
	const struct evert_error *kind = NULL;
	int fd;
	struct evert_deferred *d = orphan(NULL, &fd);

	evert_deferred_add_errback(d, note_kind, &kind);
	evert_deferred_release(d);
	evert_reactor_call_later(reactor, 0, stop, reactor);
	run_reactor(reactor);
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	expect_end(fd);
}

Test(command, ends_what_is_left_of_it_when_the_reactor_is_destroyed)
{
	const struct evert_error *kind = NULL;
	int fd;
	struct evert_deferred *d = orphan(NULL, &fd);

	evert_deferred_add_errback(d, note_kind, &kind);
	evert_deferred_release(d);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kind == EVERT_REACTOR_STOPPED);
	expect_end(fd);
}

Test(command, leaves_no_zombie_of_one_that_has_ended)
{
	struct evert_result result = turn_until_fired(
		reactor,
		evert_process_output(reactor, EVERT_ARGV("true"), NULL));

	evert_result_release(result);
	cr_assert(waitpid(-1, NULL, WNOHANG) == -1);
	cr_assert(eq(int, errno, ECHILD));
}

/* ---- Memory ---- */

static void scenario(void *arg)
{
	const struct evert_command_options options = {
		.input = "some input",
		.input_length = 10,
		.timeout = 1000,
	};
	struct evert_reactor *own = evert_reactor_create(NULL);
	struct evert_deferred *d;

	(void)arg;
	if (!own)
		return;
	d = evert_process_communicate(own, EVERT_ARGV("cat"), &options);
	if (d)
		evert_result_release(turn_until_fired(own, d));
	evert_reactor_destroy(own);
}

Test(command, gives_all_back_when_memory_runs_out)
{
	fail_every_allocation(scenario, NULL);
}
