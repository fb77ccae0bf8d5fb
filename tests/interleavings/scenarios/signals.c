/* SPDX-License-Identifier: MIT */
/*
 * Handlers of signals, which run in any thread: what they are about reaches
 * the loop; and a reactor, or who listens for the ends of processes, may go
 * at any moment.
 */
#include "../meet.h"

#include <signal.h>
#include <stdatomic.h>

#include "../../../reactor/process/child_internal.h"

static struct evert_reactor *reactor;

static void raise_it(void *number)
{
	meet_raise(*(int *)number);
}

static int interrupt = SIGINT, child_ended = SIGCHLD;

/* The run ends by the signal, and the reactor goes while the handler may not
   have returned. */
static void stopped_by_signal(void)
{
	reactor = meet_reactor();
	meet_assert(!evert_reactor_handle_signals(reactor));
	meet_start(raise_it, &interrupt);
	meet_assert(!evert_reactor_run(reactor));
	evert_reactor_destroy(reactor);
}

/* It comes before, while and after the reactor is destroyed; who has not
   heard of it does not stop. */
static void reactor_goes(void)
{
	reactor = meet_reactor();
	meet_assert(!evert_reactor_handle_signals(reactor));
	meet_start(raise_it, &interrupt);
	evert_reactor_destroy(reactor);
}

/* On the loop's own thread. */
static void interrupt_main(void *number)
{
	meet_interrupt(0, *(int *)number);
}

static void interrupted(void)
{
	reactor = meet_reactor();
	meet_assert(!evert_reactor_handle_signals(reactor));
	meet_let_interrupt();
	meet_start(interrupt_main, &interrupt);
	meet_assert(!evert_reactor_run(reactor));
	evert_reactor_destroy(reactor);
}

static void interrupted_reactor_goes(void)
{
	reactor = meet_reactor();
	meet_let_interrupt();
	meet_start(interrupt_main, &interrupt);
	meet_assert(!evert_reactor_handle_signals(reactor));
	evert_reactor_destroy(reactor);
}

static int calls;

static void count_call(void *unused)
{
	(void)unused;
	calls++;
}

static void post(void *unused)
{
	(void)unused;
	meet_assert(!evert_reactor_call_from_thread(reactor, count_call,
						    NULL));
}

/* A call comes at the same time: it is called, at the end of the run or when
   it is destroyed it is given up. */
static void meets_call(void)
{
	unsigned thread;

	calls = 0;
	reactor = meet_reactor();
	meet_assert(!evert_reactor_handle_signals(reactor));
	meet_let_interrupt();
	meet_start(interrupt_main, &interrupt);
	thread = meet_start(post, NULL);
	meet_assert(!evert_reactor_run(reactor));
	meet_wait_for(thread);
	meet_assert(calls <= 1);
	evert_reactor_destroy(reactor);
}

/* ---- The ends of processes ---- */

static struct evert_child child[2];
static atomic_bool has_ended;
static int looks;

/* In place of reactor/process/child.c. */
void evert_child_look(struct evert_child *which)
{
	(void)which;
	looks++;
	if (atomic_load(&has_ended) && reactor->running)
		evert_reactor_stop(reactor);
}

static void join(struct evert_child *which, struct evert_reactor *its)
{
	*which = (struct evert_child){ .reactor = its };
	meet_assert(!evert_sigchld_join(which));
}

static void begin(void)
{
	looks = 0;
	atomic_store(&has_ended, false);
	reactor = meet_reactor();
	join(&child[0], reactor);
}

static void end_process(void *unused)
{
	(void)unused;
	atomic_store(&has_ended, true);
	meet_raise(child_ended);
}

static void process_ends(void)
{
	begin();
	meet_start(end_process, NULL);
	meet_assert(!evert_reactor_run(reactor));
	evert_sigchld_leave(&child[0]);
	evert_reactor_destroy(reactor);
	meet_assert(looks);
}

static void nobody_listens(void)
{
	begin();
	meet_start(end_process, NULL);
	evert_sigchld_leave(&child[0]);
	evert_reactor_destroy(reactor);
}

static void other_reactor(void *unused)
{
	struct evert_reactor *other = meet_reactor();

	(void)unused;
	join(&child[1], other);
	evert_sigchld_leave(&child[1]);
	evert_reactor_destroy(other);
}

static void interrupt_by_end(void *unused)
{
	(void)unused;
	atomic_store(&has_ended, true);
	meet_interrupt(0, child_ended);
}

static void interrupted_by_end(void)
{
	begin();
	meet_let_interrupt();
	meet_start(interrupt_by_end, NULL);
	meet_assert(!evert_reactor_run(reactor));
	evert_sigchld_leave(&child[0]);
	evert_reactor_destroy(reactor);
}

static void interrupted_while_it_leaves(void)
{
	begin();
	meet_let_interrupt();
	meet_start(interrupt_by_end, NULL);
	evert_sigchld_leave(&child[0]);
	evert_reactor_destroy(reactor);
}

/* Another one begins and ends to listen while the handler walks. */
static void others_come_and_go(void)
{
	unsigned other;

	begin();
	other = meet_start(other_reactor, NULL);
	meet_start(end_process, NULL);
	meet_assert(!evert_reactor_run(reactor));
	evert_sigchld_leave(&child[0]);
	meet_wait_for(other);
	evert_reactor_destroy(reactor);
	meet_assert(looks);
}

const struct meet_scenario meet_signals[] = {
	{ "signals/stopped", stopped_by_signal, false },
	{ "signals/destroyed", reactor_goes, false },
	{ "signals/interrupted", interrupted, false },
	{ "signals/interrupted, destroyed", interrupted_reactor_goes, false },
	{ "signals/call", meets_call, false },
	{ "signals/child, interrupted", interrupted_by_end, false },
	{ "signals/nobody, interrupted", interrupted_while_it_leaves, false },
	{ "signals/child", process_ends, false },
	{ "signals/nobody", nobody_listens, false },
	{ "signals/others", others_come_and_go, true },
	{ NULL, NULL, false },
};
