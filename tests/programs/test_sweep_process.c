/* SPDX-License-Identifier: MIT */
/* Children where memory, descriptors or the kernel fail. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/process/process.h"
#include "../support/memory.h"
#include "../support/process.h"
#include "../support/reactor.h"
#include "../support/system.h"

static struct recorder_factory lines;
static bool without_pidfd, on_terminal;

/* What it did until then, it did; but the end is told, if there was a
   beginning. */
static void talk_with_children(struct evert_reactor *reactor)
{
	const struct evert_child_fd fds[] = {
		{ 0, EVERT_CHILD_READS, 0, NULL },
		{ 1, EVERT_CHILD_WRITES, 0, &lines.base },
		{ 2, EVERT_CHILD_SAME_AS, 1, NULL },
		{ 5, EVERT_CHILD_TALKS, 0, NULL },
	};
	struct evert_failure *failure = NULL;
	const struct evert_process_options options = {
		.fds = on_terminal ? NULL : fds,
		.fd_count = 4,
		.has_terminal = on_terminal,
		.group = EVERT_CHILD_IN_OWN_GROUP,
		.at_stop = EVERT_CHILD_IS_ENDED,
		.failure = &failure,
	};
	static struct child_record record;
	struct evert_process *process;

	child_record_init(&record);
	recorder_factory_init(&lines, NULL, NULL);
	process = evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("cat"), NULL, &options);
	if (!process) {
		cr_assert(failure != NULL);
		evert_failure_release(failure);
		cr_assert(eq(str, record.events, ""));
		return;
	}
	evert_process_write(process, "hello\n", 6);
	evert_process_close_in(process);
	evert_process_terminate(process, 5);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(record.has_exited && record.has_ended);
}

/* Whom a failing waitid has left behind. */
static void reap_the_rest(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void scenario(struct test_system *system)
{
	struct evert_reactor_options options = { .system = &system->base };
	struct evert_reactor *reactor = evert_reactor_create(&options);

	if (!reactor)
		return;
	if (without_pidfd)
		test_system_fail(system, CALL_PIDFD, 1, ENOSYS, true);
	talk_with_children(reactor);
	evert_reactor_destroy(reactor);
	reap_the_rest();
}

Test(sweep_process, gives_all_back_when_memory_runs_out)
{
	fail_every_allocation_on(NULL, scenario);
}

Test(sweep_process, gives_all_back_when_memory_runs_out_with_a_terminal)
{
	on_terminal = true;
	fail_every_allocation_on(NULL, scenario);
	fail_every_call(CALL_PTY, ENOSPC, NULL, scenario);
	fail_every_call(CALL_PTY_SLAVE, EMFILE, NULL, scenario);
}

Test(sweep_process, gives_all_back_when_memory_runs_out_without_pidfd)
{
	without_pidfd = true;
	fail_every_allocation_on(NULL, scenario);
}

static void fail_calls(void)
{
	static const struct test_fault faults[] = {
		{ CALL_PIPE, EMFILE },	     { CALL_SOCKETPAIR, ENFILE },
		{ CALL_SPAWN, EAGAIN },	     { CALL_SPAWN, ENOMEM },
		{ CALL_FCNTL, EBADF },	     { CALL_CLOSE, EIO },
		{ CALL_EPOLL_CTL, ENOSPC },  { CALL_EPOLL_CTL, ENOMEM },
		{ CALL_WAITID, ECHILD },     { CALL_KILL, EPERM },
		{ CALL_PIDFD_SEND_SIGNAL, EPERM },
		{ .error = 0 },
	};

	fail_every_fault(faults, NULL, scenario);
}

Test(sweep_process, closes_all_when_a_call_fails)
{
	fail_calls();
}

Test(sweep_process, closes_all_when_a_call_fails_without_pidfd)
{
	without_pidfd = true;
	fail_calls();
}

static void interrupt_waiting(struct test_system *system)
{
	test_system_fail(system, CALL_WAITID, 1, EINTR, false);
}

Test(sweep_process, waits_again_when_it_was_interrupted)
{
	static struct test_system system;
	static struct child_record record;
	struct evert_reactor *reactor;

	test_system_init(&system);
	reactor = make_reactor(&system.base);
	child_record_init(&record);
	interrupt_waiting(&system);
	run_shell(reactor, &record, "exit 5", NULL);
	cr_assert(eq(int, record.exit.code, 5));
	evert_reactor_destroy(reactor);
}

/* Data comes and goes in pieces. */
Test(sweep_process, reads_and_writes_in_small_pieces)
{
	static struct test_system system;
	static struct child_record record;
	struct evert_reactor *reactor;
	struct evert_process *process;

	test_system_init(&system);
	system.read_at_most = system.send_at_most = 1;
	reactor = make_reactor(&system.base);
	child_record_init(&record);
	process = spawn_shell(reactor, &record, "cat; echo err >&2", NULL);
	evert_process_write(process, "some bytes\n", 11);
	evert_process_close_in(process);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "some bytes\n"));
	cr_assert(eq(str, record.err, "err\n"));
	evert_reactor_destroy(reactor);
}
