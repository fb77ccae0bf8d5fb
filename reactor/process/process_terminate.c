/* SPDX-License-Identifier: MIT */
/* Signals to the child; its end, gently and then firmly; the reactor's stop. */
#include "process_internal.h"

#include <errno.h>

enum { GENTLE_SECONDS = 2 };

int evert_process_signal(struct evert_process *process, int signal)
{
	return evert_child_signal(&process->child, signal);
}

int evert_process_signal_group(struct evert_process *process, int signal)
{
	if (!evert_process_has_own_group(process))
		return -EINVAL;
	return evert_child_signal_group(&process->child, signal);
}

/* ---- Gently, then firmly ---- */

static void signal_all(struct evert_process *process, int signal)
{
	if (evert_process_has_own_group(process))
		evert_child_signal_group(&process->child, signal);
	else
		evert_child_signal(&process->child, signal);
}

/* The child belongs to another user now, and nobody knows for how long. */
static void leave(struct evert_process *process)
{
	process->exit = (struct evert_exit){
		.kind = EVERT_LEFT_RUNNING,
		.code = -1,
	};
	process->is_over = true;
	evert_child_leave(&process->child);
	evert_process_abort_pipes(process);
	evert_process_plan_to_tell(process);
}

static void kill_now(struct evert_process *process)
{
	int error = evert_child_signal(&process->child, SIGKILL);

	signal_all(process, SIGKILL);
	evert_child_release(&process->child);
	if (error == -EPERM)
		leave(process);
}

static void firm_dropped(void *arg)
{
	struct evert_process *process = arg;

	process->firm = (struct evert_delayed_call){ NULL, 0 };
	evert_process_let_go(process);
}

static void firm_due(void *arg)
{
	kill_now(arg);
	firm_dropped(arg);
}

/* It holds the process, which may have told of its end long before. */
static void plan_firm(struct evert_process *process, double seconds)
{
	struct evert_clock *clock =
		evert_reactor_clock(evert_process_reactor(process));

	process->holders++;
	process->firm = evert_clock_call_later_with(clock, seconds, firm_due,
						    process, firm_dropped);
	if (!evert_delayed_call_active(process->firm))
		kill_now(process);
}

static void bring_forward(struct evert_process *process, double seconds)
{
	struct evert_clock *clock =
		evert_reactor_clock(evert_process_reactor(process));

	if (evert_delayed_call_time(process->firm) >
	    evert_clock_seconds(clock) + seconds)
		evert_delayed_call_reset(process->firm, seconds);
}

/* One that is stopped goes on, so that it sees the signal. The group may
   outlive its leader: until it is killed, that is not reaped, so that the
   group's number is nobody else's. */
static void begin_gently(struct evert_process *process, double seconds)
{
	if (evert_process_has_own_group(process))
		evert_child_keep(&process->child);
	signal_all(process, SIGTERM);
	signal_all(process, SIGCONT);
	plan_firm(process, seconds);
}

void evert_process_terminate(struct evert_process *process, double seconds)
{
	bool is_begun = evert_delayed_call_active(process->firm);

	process->is_terminated |= !process->child.is_reaped;
	if (!(seconds >= 0))
		seconds = GENTLE_SECONDS;
	if (seconds == 0)
		kill_now(process);
	if (is_begun && seconds == 0)
		evert_delayed_call_cancel(process->firm);
	else if (is_begun)
		bring_forward(process, seconds);
	else if (seconds > 0 && !process->child.is_reaped)
		begin_gently(process, seconds);
}

void evert_process_keep_group(struct evert_process *process)
{
	if (evert_process_has_own_group(process))
		evert_child_keep(&process->child);
}

/* Nothing is left to be ended, but by what was planned. */
void evert_process_release_group(struct evert_process *process)
{
	if (!evert_delayed_call_active(process->firm))
		evert_child_release(&process->child);
}

/* ---- The reactor's stop ---- */

static struct evert_result end_before_stop(void *arg)
{
	struct evert_process *process = arg;
	struct evert_deferred *over;

	if (process->is_over) {
		evert_process_terminate(process, -1);
		return evert_result_none();
	}
	over = evert_bell_wait(&process->exit_bell, EVERT_HERE);
	evert_process_terminate(process, over ? -1 : 0);
	return over ? evert_result_wait(over) : evert_result_none();
}

static bool is_ended_at_stop(const struct evert_process *process)
{
	return process->at_stop == EVERT_CHILD_IS_ENDED;
}

int evert_process_heed_stop(struct evert_process *process)
{
	if (!is_ended_at_stop(process))
		return 0;
	return evert_reactor_add_trigger(evert_process_reactor(process),
					 EVERT_BEFORE_SHUTDOWN, end_before_stop,
					 process);
}

/* It is over. Where no group is left behind, nothing is to be killed. */
void evert_process_forget_stop(struct evert_process *process)
{
	if (is_ended_at_stop(process))
		evert_reactor_remove_trigger(evert_process_reactor(process),
					     EVERT_BEFORE_SHUTDOWN,
					     end_before_stop, process);
	if (!evert_process_has_own_group(process))
		evert_delayed_call_cancel(process->firm);
}

static struct evert_exit end_or_leave(struct evert_process *process)
{
	struct evert_exit exit = { .kind = EVERT_LEFT_RUNNING, .code = -1 };

	/* In a fork's child it is the parent's. */
	if (is_ended_at_stop(process) &&
	    process->child.forks == evert_forks_now()) {
		process->is_terminated = true;
		exit = evert_child_destroy(
			&process->child, evert_process_has_own_group(process));
	}
	evert_child_leave(&process->child);
	return exit;
}

void evert_process_shut_down(struct evert_member *member)
{
	struct evert_process *process =
		evert_container_of(member, struct evert_process, member);

	if (!process->is_over) {
		process->exit = end_or_leave(process);
		process->is_over = true;
		evert_process_plan_to_tell(process);
	} else if (!process->child.is_reaped) {
		process->is_terminated = true;
		kill_now(process);
	}
	evert_delayed_call_cancel(process->firm);
}
