/* SPDX-License-Identifier: MIT */
/* Ending a child, gently and firmly, and when the reactor stops or forks. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../reactor/process/process.h"
#include "../../support/child.h"
#include "../../support/process_suite.h"

static const struct evert_process_options own_group = {
	.group = EVERT_CHILD_IN_OWN_GROUP,
};
static const struct evert_process_options ends_at_stop = {
	.group = EVERT_CHILD_IN_OWN_GROUP,
	.at_stop = EVERT_CHILD_IS_ENDED,
};

TestSuite(terminate, .init = process_suite_begin_standing_still,
	  .fini = process_suite_finish);

/* One that says "ready" when it is. */
static struct evert_process *
start(const char *command, const struct evert_process_options *options)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, command, options);

	turn_until_count(reactor, &record.out_length, 6);
	return process;
}

#define STUBBORN "trap 'echo no' TERM; echo ready; while :; do read x; done"
#define POLITE                                      \
	"trap 'echo bye; exit 3' TERM; echo ready;" \
	"while :; do read x; done"

Test(terminate, ends_a_child_gently)
{
	evert_process_terminate(start(POLITE, NULL), 1000000);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 3));
	cr_assert(eq(str, record.out, "ready\nbye\n"));
}

Test(terminate, ends_a_stubborn_child_firmly)
{
	evert_process_terminate(start(STUBBORN, NULL), 7);
	turn_until_count(reactor, &record.out_length, 9);
	pass(6.9);
	cr_assert(eq(str, record.out, "ready\nno\n"));
	cr_assert(eq(int, evert_process_signal(record.base.process, 0), 0));
	pass(0.2);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

Test(terminate, ends_at_once_with_no_seconds)
{
	struct evert_process *process = start(STUBBORN, NULL);

	evert_process_terminate(process, 1000);
	evert_process_terminate(process, 0);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

Test(terminate, waits_for_the_sooner_end)
{
	struct evert_process *process = start(STUBBORN, NULL);

	evert_process_terminate(process, 5);
	evert_process_terminate(process, 100);
	evert_process_terminate(process, 3);
	evert_process_terminate(process, 4);
	pass(2.9);
	turn_until_count(reactor, &record.out_length, 9);
	pass(0.2);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

Test(terminate, wakes_one_that_is_stopped)
{
	struct evert_process *process = start(POLITE, NULL);

	evert_process_signal(process, SIGSTOP);
	evert_process_terminate(process, 1000000);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 3));
}

/* The child goes at the SIGTERM, its child does not. */
Test(terminate, kills_what_is_left_of_the_group)
{
	struct evert_process *process =
		start("(trap '' TERM; echo ready; exec sleep 1000) & wait",
		      &own_group);

	evert_process_terminate(process, 5);
	turn_until(reactor, &record.has_exited);
	cr_assert(eq(int, record.at_exit.signal, SIGTERM));
	cr_assert(eq(int, evert_process_signal(process, SIGTERM), -ESRCH));
	cr_assert(eq(int, evert_process_signal_group(process, 0), 0));
	cr_assert(not(record.has_ended));
	/* The grandchild has its pipes. */
	pass(5);
	turn_until(reactor, &record.is_destroyed);
}

Test(terminate, leaves_nothing_when_the_group_is_gone_before)
{
	struct evert_process *process = start(POLITE, &own_group);
	pid_t pid = evert_process_pid(process);

	evert_process_terminate(process, 5);
	turn_until(reactor, &record.is_destroyed);
	/* It is not reaped yet, so that nobody gets its number. */
	cr_assert(kill(-pid, 0) == 0);
	pass(5);
	cr_assert(kill(-pid, 0) == -1 && errno == ESRCH);
}

Test(terminate, forgets_no_group_when_the_reactor_is_destroyed)
{
	struct evert_process *process = start(POLITE, &own_group);
	pid_t pid = evert_process_pid(process);

	evert_process_terminate(process, 1000);
	turn_until(reactor, &record.is_destroyed);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(kill(-pid, 0) == -1 && errno == ESRCH);
}

Test(terminate, does_nothing_to_one_that_has_ended)
{
	struct evert_process *process =
		start("sleep 1000 & echo ready; echo $!", &own_group);

	turn_until(reactor, &record.has_exited);
	evert_process_terminate(process, 0);
	evert_process_terminate(process, 1);
	cr_assert(evert_clock_pending(evert_reactor_clock(reactor)) == 0);
	turn_until_idle(reactor);
	kill(atoi(record.out + 6), SIGKILL);
	turn_until(reactor, &record.is_destroyed);
}

/* ---- A child that has changed its user ---- */

static int forbid_kill(struct evert_system *system, pid_t pid, int signal)
{
	(void)system;
	(void)pid;
	(void)signal;
	return -EPERM;
}

static int forbid(struct evert_system *system, int pidfd, int signal)
{
	(void)system;
	(void)pidfd;
	(void)signal;
	return -EPERM;
}

static pid_t start_foreign(void)
{
	static struct evert_system_ops ops;

	ops = *kernel.base.ops;
	ops.kill = forbid_kill;
	ops.pidfd_send_signal = forbid;
	kernel.base.ops = &ops;
	return evert_process_pid(start(POLITE, &ends_at_stop));
}

static void expect_left(pid_t pid)
{
	cr_assert(record.is_destroyed);
	cr_assert(eq(int, record.exit.kind, EVERT_LEFT_RUNNING));
	cr_assert(kill(pid, SIGKILL) == 0);
	cr_assert(waitpid(pid, NULL, 0) == pid);
}

Test(terminate, leaves_one_that_it_may_not_kill)
{
	pid_t pid = start_foreign();

	evert_process_terminate(record.base.process, 3);
	pass(3.1);
	turn_until(reactor, &record.is_destroyed);
	expect_left(pid);
}

static void pass_two_seconds(void *arg)
{
	(void)arg;
	kernel.now += 2100000000;
}

Test(terminate, leaves_one_that_it_may_not_kill_when_the_reactor_stops)
{
	pid_t pid = start_foreign();

	evert_reactor_stop(reactor);
	evert_reactor_call_later(reactor, 0, pass_two_seconds, NULL);
	evert_reactor_call_later(reactor, 0.1, pass_two_seconds, NULL);
	run_reactor(reactor);
	expect_left(pid);
}

Test(terminate, leaves_one_that_it_may_not_kill_when_the_reactor_is_destroyed)
{
	pid_t pid = start_foreign();

	evert_reactor_destroy(reactor);
	reactor = NULL;
	expect_left(pid);
}

/* ---- The reactor's stop ---- */

/* The second time it says that it does not obey: two seconds pass. */
static void stop_when_ready(struct child_record *of, int fd)
{
	(void)fd;
	evert_reactor_stop(reactor);
	if (!strcmp(of->out, "ready\nno\n"))
		kernel.now += 2100000000;
}

static const struct child_hooks stopping = { .received = stop_when_ready };

Test(terminate, leaves_a_child_when_the_reactor_stops)
{
	struct evert_process *process;
	pid_t pid;

	record.hooks = &stopping;
	process = spawn_shell(reactor, &record, "echo ready; exec sleep 1000",
			      NULL);
	pid = evert_process_pid(process);
	run_reactor(reactor);
	cr_assert(record.exit.kind == EVERT_LEFT_RUNNING);
	cr_assert(not(record.has_exited));
	cr_assert(record.is_destroyed);
	cr_assert(kill(pid, SIGKILL) == 0);
	cr_assert(waitpid(pid, NULL, 0) == pid);
}

Test(terminate, ends_a_child_gently_when_the_reactor_stops)
{
	record.hooks = &stopping;
	spawn_shell(reactor, &record, POLITE, &ends_at_stop);
	run_reactor(reactor);
	cr_assert(eq(int, record.exit.code, 3));
	cr_assert(record.is_destroyed);
}

Test(terminate, ends_a_child_firmly_when_the_reactor_stops)
{
	record.hooks = &stopping;
	spawn_shell(reactor, &record, STUBBORN, &ends_at_stop);
	run_reactor(reactor);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
	cr_assert(eq(str, record.out, "ready\nno\n"));
}

Test(terminate, kills_a_child_when_the_reactor_is_destroyed)
{
	pid_t pid = evert_process_pid(start(STUBBORN, &ends_at_stop));

	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(int, record.exit.signal, SIGKILL));
	cr_assert(record.is_destroyed);
	cr_assert(kill(pid, 0) == -1 && errno == ESRCH);
}

/* Its end is then all that there is to be told. */
static struct evert_process *
start_without_pipes(enum evert_child_at_stop at_stop)
{
	const struct evert_child_fd none = { 0 };
	const struct evert_process_options options = {
		.fds = &none,
		.at_stop = at_stop,
	};

	return spawn_shell(reactor, &record, "exec sleep 1000", &options);
}

Test(terminate, tells_the_end_of_one_without_pipes_when_it_is_destroyed)
{
	start_without_pipes(EVERT_CHILD_IS_ENDED);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, record.events, "MXZD"));
	cr_assert(eq(int, record.at_exit.signal, SIGKILL));
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

Test(terminate, tells_that_one_without_pipes_is_left_when_it_is_destroyed)
{
	pid_t pid = evert_process_pid(start_without_pipes(EVERT_CHILD_IS_LEFT));

	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(str, record.events, "MZD"));
	expect_left(pid);
}

/* As if it had another user. */
Test(terminate, leaves_a_child_that_may_not_be_killed, .timeout = 20)
{
	pid_t pid = evert_process_pid(start(STUBBORN, &ends_at_stop));

	test_system_fail(&kernel, CALL_PIDFD_SEND_SIGNAL, 1, EPERM, true);
	test_system_fail(&kernel, CALL_KILL, 1, EPERM, true);
	evert_reactor_destroy(reactor);
	reactor = NULL;
	cr_assert(eq(int, record.exit.kind, EVERT_LEFT_RUNNING));
	cr_assert(record.is_destroyed);
	cr_assert(zero(int, kill(pid, SIGKILL)));
	cr_assert(waitpid(pid, NULL, 0) == pid);
}

static struct evert_result spawn_too_late(void *arg)
{
	cr_assert(evert_spawn_process(reactor, &record.base, NULL,
				      EVERT_ARGV("true"), NULL, NULL) == NULL);
	*(int *)arg = errno;
	return evert_result_none();
}

Test(terminate, starts_nothing_while_the_reactor_stops)
{
	int error = 0;

	evert_reactor_add_trigger(reactor, EVERT_DURING_SHUTDOWN,
				  spawn_too_late, &error);
	evert_reactor_stop(reactor);
	run_reactor(reactor);
	cr_assert(eq(int, error, ESHUTDOWN));
	/* But when it runs again. */
	evert_reactor_remove_trigger(reactor, EVERT_DURING_SHUTDOWN,
				     spawn_too_late, &error);
	run_shell(reactor, &record, "true", &ends_at_stop);
}

/* ---- Forks ---- */

static bool gives_up(void)
{
	evert_reactor_destroy(reactor);
	return record.exit.kind == EVERT_LEFT_RUNNING && !record.has_exited;
}

static bool runs_on(void)
{
	while (!record.is_destroyed)
		if (evert_reactor_turn(reactor, 5))
			return false;
	evert_reactor_destroy(reactor);
	return record.exit.kind == EVERT_LEFT_RUNNING && !record.has_exited;
}

static void fork_and(bool (*act)(void))
{
	struct evert_process *process = start(STUBBORN, &ends_at_stop);

	cr_assert(child(act));
	cr_assert(eq(int, evert_process_signal(process, 0), 0),
		  "the fork's child has ended the parent's");
	evert_process_terminate(process, 0);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

static bool signals_it(void)
{
	struct evert_process *process = record.base.process;

	evert_process_terminate(process, 0);
	return evert_process_signal(process, SIGKILL) == -ESRCH &&
	       evert_process_signal_group(process, SIGKILL) == -ESRCH;
}

Test(terminate, ends_no_child_of_its_parents)
{
	fork_and(signals_it);
}

Test(terminate, leaves_its_parents_children_when_it_gives_up)
{
	fork_and(gives_up);
}

static void leave_them_to_the_parent(void)
{
	struct evert_process *process =
		evert_spawn_process(reactor, &record.base, NULL,
				    EVERT_ARGV("sleep", "1000"), NULL, NULL);

	cr_assert(child(runs_on));
	cr_assert(eq(int, evert_process_signal(process, SIGTERM), 0));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGTERM));
}

Test(terminate, leaves_its_parents_children_when_it_runs_on)
{
	leave_them_to_the_parent();
}

/* Not: takes it away. */
Test(terminate, leaves_what_they_say_to_the_parent)
{
	struct evert_process *process =
		spawn_shell(reactor, &record, "echo all; read x; echo $x", NULL);

	cr_assert(child(runs_on));
	evert_process_write(process, "of it\n", 6);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(str, record.out, "all\nof it\n"));
}

/* ---- Without pidfd: all the same, by SIGCHLD ---- */

static void begin_without(void)
{
	process_suite_begin_standing_still();
	test_system_fail(&kernel, CALL_PIDFD, 1, ENOSYS, true);
}

TestSuite(sigchld, .init = begin_without, .fini = process_suite_finish);

static size_t heard;

static void hear(int number)
{
	(void)number;
	heard++;
}

Test(sigchld, tells_of_the_end)
{
	run_shell(reactor, &record, "echo x; exit 6", NULL);
	cr_assert(eq(int, record.exit.code, 6));
	cr_assert(atomic_load(&kernel.plans[CALL_PIDFD].failed) == 1);
}

Test(sigchld, calls_the_former_handler_and_puts_it_back)
{
	struct sigaction now;

	signal(SIGCHLD, hear);
	run_shell(reactor, &record, "exit 6", NULL);
	cr_assert(eq(int, record.exit.code, 6));
	cr_assert(heard > 0);
	sigaction(SIGCHLD, NULL, &now);
	cr_assert(now.sa_handler == hear);
}

static pid_t heard_of;

static void hear_of(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	heard_of = info->si_pid;
}

Test(sigchld, tells_the_former_handler_which_child_it_was)
{
	const struct sigaction action = {
		.sa_sigaction = hear_of,
		.sa_flags = SA_SIGINFO,
	};
	struct sigaction now;
	pid_t pid;

	sigaction(SIGCHLD, &action, NULL);
	pid = evert_process_pid(
		spawn_shell(reactor, &record, "exit 6", NULL));
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 6));
	cr_assert(eq(int, heard_of, pid));
	sigaction(SIGCHLD, NULL, &now);
	cr_assert(now.sa_sigaction == hear_of);
}

Test(sigchld, works_where_children_are_ignored)
{
	signal(SIGCHLD, SIG_IGN);
	spawn_shell(reactor, &record, "read line; exit 6", NULL);
	evert_process_close_in(record.base.process);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.code, 6));
	signal(SIGCHLD, SIG_DFL);
}

Test(sigchld, reaps_nobody_elses_child)
{
	reap_only_ours(reactor);
}

Test(sigchld, tells_two_reactors)
{
	struct evert_reactor *second = make_reactor(&kernel.base);
	static struct child_record of_second;

	child_record_init(&of_second);
	spawn_shell(reactor, &record, "exit 1", NULL);
	spawn_shell(second, &of_second, "exit 2", NULL);
	turn_until(reactor, &record.is_destroyed);
	turn_until(second, &of_second.is_destroyed);
	cr_assert(eq(int, record.exit.code, 1));
	cr_assert(eq(int, of_second.exit.code, 2));
	evert_reactor_destroy(second);
}

Test(sigchld, ends_a_group_gently_and_firmly)
{
	struct evert_process *process = start(STUBBORN, &own_group);

	evert_process_terminate(process, 3);
	turn_until_count(reactor, &record.out_length, 9);
	pass(3);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGKILL));
}

Test(sigchld, ends_children_when_the_reactor_stops)
{
	record.hooks = &stopping;
	spawn_shell(reactor, &record, POLITE, &ends_at_stop);
	run_reactor(reactor);
	cr_assert(eq(int, record.exit.code, 3));
}

Test(sigchld, leaves_its_parents_children_to_the_parent)
{
	leave_them_to_the_parent();
}

static bool runs_one_of_its_own(void)
{
	static struct child_record own;

	child_record_init(&own);
	run_shell(reactor, &own, "exit 8", NULL);
	return own.exit.code == 8;
}

Test(terminate, starts_children_of_a_fork_s_child)
{
	start(STUBBORN, NULL);
	cr_assert(child(runs_one_of_its_own));
	evert_process_terminate(record.base.process, 0);
	turn_until(reactor, &record.is_destroyed);
}

Test(sigchld, serves_a_fork_s_child_too)
{
	struct evert_process *process =
		evert_spawn_process(reactor, &record.base, NULL,
				    EVERT_ARGV("sleep", "1000"), NULL,
				    NULL);

	cr_assert(child(runs_one_of_its_own));
	evert_process_signal(process, SIGTERM);
	turn_until(reactor, &record.is_destroyed);
	cr_assert(eq(int, record.exit.signal, SIGTERM));
}
