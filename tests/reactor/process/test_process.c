/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/framing/line_receiver.h"
#include "../../../reactor/process/process.h"
#include "../../support/process_suite.h"

TestSuite(process, .init = process_suite_begin,
	  .fini = process_suite_finish);

/* ---- The end ---- */

Test(process, p78_tells_of_a_child_from_its_beginning_to_its_end)
{
	run_shell(reactor, &record, "echo out; echo err >&2", NULL);
	cr_assert(eq(str, record.out, "out\n"));
	cr_assert(eq(str, record.err, "err\n"));
	cr_assert(record.exit.kind == EVERT_EXITED);
	cr_assert(eq(int, record.exit.code, 0));
	cr_assert(evert_exit_is_success(&record.exit));
	/* The middle comes as it comes. */
	cr_assert(eq(sz, strlen(record.events), 7));
	cr_assert(record.events[0] == 'M');
	cr_assert(eq(str, record.events + 5, "ZD"));
}

Test(process, p78_tells_code_and_signal_apart)
{
	run_shell(reactor, &record, "exit 9", NULL);
	cr_assert(record.exit.kind == EVERT_EXITED);
	cr_assert(eq(int, record.exit.code, 9));
	cr_assert(eq(int, record.exit.signal, 0));
	cr_assert(eq(int, evert_exit_status(&record.exit), 9));

	child_record_init(&record);
	run_shell(reactor, &record, "kill -9 $$", NULL);
	cr_assert(record.exit.kind == EVERT_KILLED);
	cr_assert(eq(int, record.exit.code, -1));
	cr_assert(eq(int, record.exit.signal, 9));
	cr_assert(not(record.exit.dumped_core));
	cr_assert(eq(int, evert_exit_status(&record.exit), 137));
	cr_assert(memcmp(&record.exit, &record.at_exit,
			 sizeof(record.exit)) == 0);
}

Test(process, says_what_the_child_has_used)
{
	run_shell(reactor, &record,
		  "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done", NULL);
	cr_assert(record.exit.usage.ru_utime.tv_sec +
			  record.exit.usage.ru_utime.tv_usec >
		  0);
}

Test(process, p78_misses_no_child_that_ends_before_anybody_looks)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "echo here", NULL);
	siginfo_t info;

	/* Until it has ended, unreaped. */
	cr_assert(waitid(P_PID, (id_t)evert_process_pid(process), &info,
			 WEXITED | WNOWAIT) == 0);
	cr_assert(eq(str, record.events, "M"));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "here\n"));
	cr_assert(eq(int, record.exit.code, 0));
}

static void kill_it(struct child_record *of, int fd)
{
	(void)fd;
	if (of->closed == 3)
		cr_assert(eq(int,
			     evert_process_signal(of->base.process, SIGTERM),
			     0));
}

Test(process, p78_goes_on_when_a_child_closes_its_pipes_and_lives_on)
{
	static const struct child_hooks hooks = { .closed = kill_it };

	record.hooks = &hooks;
	run_shell(reactor, &record, "exec sleep 1000 <&- >&- 2>&-", NULL);
	cr_assert(eq(int, record.exit.signal, SIGTERM));
	cr_assert(eq(str, record.events + 4, "XZD"));
}

Test(process, p78_ends_only_when_a_grandchild_lets_the_pipe_go)
{
	spawn_shell(reactor, &record, "sleep 1000 & echo $!", NULL);
	turn_until(reactor, &record.has_exited);
	while (!record.out_length)
		turn(reactor);
	turn_until_idle(reactor);
	cr_assert(not(record.has_ended));
	cr_assert(eq(int, evert_process_exit(record.base.process)->code, 0));
	cr_assert(kill(atoi(record.out), SIGKILL) == 0);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 0));
}

Test(process, reaps_nobody_elses_child)
{
	reap_only_ours(reactor);
}

Test(process, says_that_somebody_else_has_reaped_it)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "exit 3", NULL);

	cr_assert(waitpid(evert_process_pid(process), NULL, 0) > 0);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(record.exit.kind == EVERT_EXIT_UNKNOWN);
	cr_assert(eq(int, record.exit.code, -1));
	cr_assert(eq(int, evert_exit_status(&record.exit), 1));
}

Test(process, works_where_children_are_ignored)
{
	signal(SIGCHLD, SIG_IGN);
	run_shell(reactor, &record, "echo x; exit 3", NULL);
	cr_assert(eq(str, record.out, "x\n"));
	cr_assert(record.exit.kind == EVERT_EXIT_UNKNOWN);
	signal(SIGCHLD, SIG_DFL);
}

Test(process, fires_what_waits_for_the_end)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "true", NULL);
	struct evert_result result =
		turn_until_fired(reactor, evert_process_ended(process));

	cr_assert(evert_result_is_none(&result));
	cr_assert(record.has_ended);
}

static struct evert_result ask_three_times(struct evert_result *in, void *arg)
{
	struct evert_deferred *ended;
	size_t *fired = arg;

	if (++*fired < 4) {
		ended = evert_process_ended(record.base.process);
		evert_deferred_add_callback(ended, ask_three_times, fired);
		evert_deferred_release(ended);
	}
	return *in;
}

Test(process, fires_what_waits_for_the_end_from_inside_that)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "true", NULL);
	struct evert_deferred *ended = evert_process_ended(process);
	size_t fired = 0;

	evert_deferred_add_callback(ended, ask_three_times, &fired);
	evert_deferred_release(ended);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(sz, fired, 4));
}

Test(process, needs_no_protocol)
{
	struct evert_process *process = evert_spawn_process(
		reactor, NULL, NULL, EVERT_ARGV("echo", "unheard"), NULL, NULL);

	evert_result_release(
		turn_until_fired(reactor, evert_process_ended(process)));
}

/* ---- Bytes ---- */

Test(process, writes_to_the_child_and_closes_its_input)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "cat; echo done", NULL);

	cr_assert(eq(int, evert_process_write(process, "hello\n", 6), 0));
	cr_assert(eq(int, evert_process_write(process, "world\n", 6), 0));
	evert_process_close_in(process);
	cr_assert(eq(int, evert_process_write(process, "!", 1), -EPIPE));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "hello\nworld\ndone\n"));
}

Test(process, pauses_who_writes_more_than_the_child_reads)
{
	static char much[300000];
	struct evert_process *process =
		spawn_shell(reactor, &record, "wc -c", NULL);

	cr_assert(eq(int, evert_process_write(process, much, sizeof(much)), 0));
	cr_assert(eq(str, record.events, "MP"));
	evert_process_close_in(process);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, atoi(record.out), (int)sizeof(much)));
	cr_assert(record.events[2] == 'R' || record.events[2] == 'I');
}

Test(process, resumes_who_writes_when_the_child_has_read_it)
{
	static char much[300000];
	struct evert_process *process = spawn_shell(
		reactor, &record, "head -c 300000 >/dev/null", NULL);

	evert_process_write(process, much, sizeof(much));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(memcmp(record.events, "MPR", 3) == 0);
}

/* More than a pipe holds, with nobody to read it. */
Test(process, drops_what_a_child_does_not_read)
{
	static char much[300000];
	struct evert_process *process =
		spawn_shell(reactor, &record, "exit 4", NULL);

	evert_process_write(process, much, sizeof(much));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 4));
	cr_assert(strchr(record.events, 'I') != NULL);
}

Test(process, hears_at_once_that_a_child_does_not_read_any_more)
{
	spawn_shell(reactor, &record, "exec <&-; exec sleep 1000", NULL);
	while (!strchr(record.events, 'I'))
		turn(reactor);
	cr_assert(eq(int, evert_process_write(record.base.process, "x", 1),
		     -EPIPE));
	evert_process_signal(record.base.process, SIGKILL);
	turn_until(reactor, &record.is_destroyed);
}

Test(process, holds_back_what_a_paused_pipe_gets)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "echo out", NULL);

	evert_transport_pause_reading(evert_process_transport(process, 1));
	turn_until(reactor, &record.has_exited);
	turn_until_idle(reactor);
	cr_assert(eq(sz, record.out_length, 0));
	cr_assert(not(record.has_ended));
	evert_transport_resume_reading(evert_process_transport(process, 1));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "out\n"));
}

Test(process, talks_by_other_descriptors_too)
{
	static const struct evert_child_fd fds[] = {
		{ 3, EVERT_CHILD_READS, 0, NULL },
		{ 4, EVERT_CHILD_WRITES, 0, NULL },
		{ 5, EVERT_CHILD_TALKS, 0, NULL },
	};
	const struct evert_process_options options = {
		.fds = fds,
		.fd_count = 3,
	};
	struct evert_process *process = spawn_shell(
		reactor, &record,
		"read a <&3; read b <&5; echo $a $b >&4; exec 4>&-; echo $b >&5",
		&options);

	cr_assert(evert_process_input(process) == NULL);
	cr_assert(eq(int, evert_process_write(process, "x", 1), -EPIPE));
	evert_transport_write(evert_process_transport(process, 3), "one\n", 4);
	evert_transport_write(evert_process_transport(process, 5), "two\n", 4);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(sz, record.closed, 3));
	cr_assert(eq(sz, record.other_length, 12));
}

/* ---- Protocols of one's own ---- */

static struct recorder_factory lines;
static const struct evert_child_fd two_outputs[] = {
	{ 1, EVERT_CHILD_WRITES, 0, &lines.base },
	{ 2, EVERT_CHILD_WRITES, 0, NULL },
};
static const struct evert_process_options to_lines = {
	.fds = two_outputs,
	.fd_count = 2,
};

Test(process, has_a_protocol_of_its_own_for_a_pipe)
{
	recorder_factory_init(&lines, NULL, NULL);
	run_shell(reactor, &record, "echo out; echo err >&2", &to_lines);
	cr_assert(eq(str, lines.recorders[0].data, "out\n"));
	cr_assert(eq(sz, lines.recorders[0].lost, 1));
	cr_assert(eq(str, record.out, ""));
	cr_assert(eq(str, record.err, "err\n"));
	cr_assert(strchr(record.events, 'O') != NULL);
}

Test(process, starts_nothing_when_a_factory_refuses)
{
	size_t before = count_descriptors();

	recorder_factory_init(&lines, NULL, NULL);
	lines.refuses = true;
	cr_assert(evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("true"), NULL,
				      &to_lines) == NULL);
	cr_assert(eq(int, errno, ECONNABORTED));
	turn_until_idle(reactor);
	cr_assert(eq(sz, count_descriptors(), before));
	cr_assert(eq(str, record.events, ""));
}

/* ---- Signals ---- */

static void signal_the_dead(struct child_record *of)
{
	cr_assert(eq(int, evert_process_signal(of->base.process, SIGTERM),
		     -ESRCH));
}

Test(process, signals_only_a_child_that_lives)
{
	static const struct child_hooks hooks = {
		.exited = signal_the_dead,
		.ended = signal_the_dead,
	};
	struct evert_process *process =
		spawn_shell(reactor, &record, "exec sleep 1000", NULL);

	cr_assert(eq(int, evert_process_signal(process, 12345), -EINVAL));
	cr_assert(eq(int, evert_process_signal(process, 0), 0));
	cr_assert(eq(int, evert_process_signal_group(process, SIGTERM),
		     -EINVAL));
	record.hooks = &hooks;
	cr_assert(eq(int, evert_process_signal(process, SIGTERM), 0));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGTERM));
}

/* ---- Terminals ---- */

static const struct evert_process_options on_terminal = {
	.has_terminal = true,
	.rows = 40,
	.columns = 100,
};

Test(process, gives_a_terminal)
{
	run_shell(reactor, &record, "test -t 2 && stty size; exec sh -c 'ps "
				    "-o tty= -p $$; exit 4' </dev/tty",
		  &on_terminal);
	cr_assert(memcmp(record.out, "40 100\r\npts/", 12) == 0);
	cr_assert(eq(int, record.exit.code, 4));
	/* One transport for all three. */
	cr_assert(eq(sz, record.closed, 1));
	cr_assert(strchr(record.events, 'O') != NULL);
}

Test(process, types_on_a_terminal)
{
	struct evert_process *process = spawn_shell(
		reactor, &record,
		"trap 'stty size; exit 9' WINCH; stty -echo; echo ready; "
		"read x; echo [$x]; stty size; while :; do read x; done",
		&on_terminal);

	cr_assert(evert_process_input(process) ==
		  evert_process_transport(process, 1));
	turn_until_count(reactor, &record.out_length, 7);
	evert_process_close_in(process);
	evert_process_write(process, "text\n", 5);
	turn_until_count(reactor, &record.out_length, 7 + 8 + 8);
	cr_assert(eq(int, evert_process_resize(process, 10, 20), 0));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out,
		     "ready\r\n[text]\r\n40 100\r\n10 20\r\n"));
	cr_assert(eq(int, record.exit.code, 9));
}

Test(process, interrupts_by_a_character)
{
	struct evert_process *process = spawn_shell(
		reactor, &record, "stty -echo; echo ready; exec sleep 1000",
		&on_terminal);

	turn_until_count(reactor, &record.out_length, 7);
	evert_process_write(process, "\3", 1);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGINT));
}

Test(process, has_a_terminal_or_descriptors)
{
	const struct evert_child_fd none = { 0 };
	const struct evert_process_options options = {
		.has_terminal = true,
		.fds = &none,
	};

	cr_assert(evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("true"), NULL,
				      &options) == NULL);
	cr_assert(eq(int, errno, EINVAL));
	spawn_shell(reactor, &record, "true", NULL);
	cr_assert(eq(int, evert_process_resize(record.base.process, 1, 1),
		     -ENOTTY));
	turn_until(reactor, &record.is_destroyed);
}

/* ---- Words ---- */

static const char *words_of(enum evert_exit_kind kind, int code, int signal,
			    bool dumped_core)
{
	static char words[EVERT_EXIT_WORDS];
	const struct evert_exit exit = {
		.kind = kind,
		.code = code,
		.signal = signal,
		.dumped_core = dumped_core,
	};

	return evert_exit_words(&exit, words);
}

Test(process_words, say_how_a_child_has_ended)
{
	cr_assert(eq(str, (char *)words_of(EVERT_EXITED, 3, 0, false),
		     "ended with code 3"));
	cr_assert(eq(str, (char *)words_of(EVERT_KILLED, -1, SIGSEGV, true),
		     "was killed by SIGSEGV (core dumped)"));
	cr_assert(eq(str, (char *)words_of(EVERT_KILLED, -1, 60, false),
		     "was killed by signal 60"));
	cr_assert(eq(str, (char *)words_of(EVERT_KILLED, -1, 20 + 45, false),
		     "was killed by signal 65"));
	cr_assert(eq(str, (char *)words_of(EVERT_LEFT_RUNNING, -1, 0, false),
		     "was left running"));
	cr_assert(eq(str, (char *)words_of(EVERT_EXIT_UNKNOWN, -1, 0, false),
		     "ended unseen"));
}
