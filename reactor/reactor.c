/* SPDX-License-Identifier: MIT */
#include "fork_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../deferred/base/bug.h"
#include "../deferred/base/debug_internal.h"
#include "../deferred/coroutine/coroutine_internal.h"
#include "../deferred/base/memory.h"
#include "../deferred/base/probe_internal.h"
#include "../deferred/base/say_internal.h"
#include "../deferred/base/slow_internal.h"
#include "../deferred/base/trace_internal.h"
#include "dump_signal_internal.h"
#include "reason.h"

enum {
	EVENTS_PER_TURN = 256,
	MOST_PASSES = 100000,
};

static _Thread_local struct evert_reactor *current;

/* ---- Time ---- */

/* For who asks from outside the loop's own code. */
static int64_t check_and_read(struct evert_clock *clock)
{
	struct evert_reactor *reactor =
		evert_container_of(clock, struct evert_reactor, clock);

	evert_reactor_check_running(
		reactor,
		"what asks for time (a delayed call, a sleep, a time-out)");
	return evert_reactor_now(reactor);
}

struct evert_clock *evert_reactor_clock(struct evert_reactor *reactor)
{
	return &reactor->clock;
}

/* ---- Making and destroying ---- */

static void init(struct evert_reactor *reactor, struct evert_system *system)
{
	memset(reactor, 0, offsetof(struct evert_reactor, read_buffer));
	reactor->window.buffer = reactor->write_buffer;
	reactor->window.most = EVERT_OUTPUT_GATHERS;
	reactor->system = system;
	reactor->thread = evert_thread();
	evert_clock_init(&reactor->clock, evert_reactor_now(reactor),
			 check_and_read);
	if (system->ops->now == evert_system_real()->ops->now)
		evert_clock_hold(&reactor->clock,
				 evert_ticks_of_a_microsecond());
	reactor->clock.why = EVERT_REACTOR_STOPPED;
	evert_watches_init(reactor);
	evert_list_init(&reactor->tasks);
	evert_list_init(&reactor->last_tasks);
	evert_list_init(&reactor->members);
	evert_list_init(&reactor->triggers);
	evert_list_init(&reactor->errands);
	evert_list_init(&reactor->sibling);
}

static void release(struct evert_reactor *reactor)
{
	evert_fork_leave(reactor);
	if (reactor->resolver)
		reactor->release_resolver(reactor->resolver);
	if (reactor->conduits)
		reactor->release_conduits(reactor->conduits);
	evert_triggers_release(reactor);
	evert_stock_release(&reactor->spare_chunks);
	evert_free(reactor->datagrams);
	evert_clock_finish(&reactor->clock);
	if (reactor->poller)
		reactor->poller->ops->destroy(reactor->poller);
	evert_free(reactor->slots);
	evert_free(reactor);
}

struct evert_reactor *
evert_reactor_create_at(const struct evert_reactor_options *options,
			const char *place)
{
	static const struct evert_reactor_options defaults;
	struct evert_reactor *reactor = evert_allocate(sizeof(*reactor));
	int error;

	if (!reactor)
		return NULL;
	if (!options)
		options = &defaults;
	evert_trace_start();
	evert_slow_start();
	init(reactor, options->system ? options->system : evert_system_real());
	reactor->place = place;
	reactor->poller =
		evert_poller_create(reactor->system, options->poller);
	error = reactor->poller ? evert_fork_join(reactor) : -errno;
	if (!error)
		error = evert_closing_init(reactor, options);
	if (!error)
		error = evert_mailbox_open(reactor);
	if (error) {
		release(reactor);
		errno = -error;
		return NULL;
	}
	evert_dump_signal_join(reactor);
	return reactor;
}

static void print_forgotten(const struct evert_reactor *reactor)
{
	if (evert_clock_pending(&reactor->clock) && evert_debug())
		evert_clock_print_pending(&reactor->clock,
					  "evert: reactor destroyed with a ");
}

/* While the loop is on the stack. */
static void leave_loop(struct evert_reactor *reactor)
{
	if (!evert_reactor_is_forked(reactor))
		evert_bug("evert_reactor_destroy was called while the reactor "
			  "runs; call evert_reactor_stop, and destroy it when "
			  "evert_reactor_run has returned");
	if (reactor->given_up)
		return;
	evert_reactor_give_up(reactor);
	if (current != reactor)
		return;
	current = NULL;
	reactor->left_coroutines = evert_coroutine_leave_all();
}

void evert_reactor_destroy(struct evert_reactor *reactor)
{
	if (!reactor)
		return;
	if (reactor->running) {
		leave_loop(reactor);
		return;
	}
	reactor->thread = evert_thread();
	reactor->shutting_down = true;
	evert_dump_signal_leave(reactor);
	evert_signals_release(reactor);
	evert_reactor_close_members(reactor);
	print_forgotten(reactor);
	/* Who waits for time is told while there is a reactor to ask. */
	evert_clock_end(&reactor->clock);
	evert_reactor_close_members(reactor);
	evert_mailbox_close(reactor);
	/* What is begun when calls that were given up are released. */
	evert_reactor_close_members(reactor);
	evert_say_what_was_left_out();
	release(reactor);
}

/* ---- Who and where ---- */

struct evert_reactor *evert_reactor_current(void)
{
	return current;
}

bool evert_reactor_is_running(const struct evert_reactor *reactor)
{
	return reactor->running;
}

void evert_reactor_check_thread(const struct evert_reactor *reactor,
				const char *what)
{
	if (!reactor)
		evert_bug("%s was given no reactor; evert_reactor_current is "
			  "NULL while none runs on this thread",
			  what);
	if (reactor->thread != evert_thread())
		evert_bug("%s was called from a thread that is not the "
			  "reactor's; use evert_reactor_call_from_thread",
			  what);
}

/* ---- Tasks and members ---- */

void evert_task_plan_anew(struct evert_reactor *reactor,
			  struct evert_task *task)
{
	evert_reactor_check_running(reactor, "an operation of a transport or "
					     "port");
	evert_list_append(&reactor->tasks, &task->node);
}

void evert_task_plan_last(struct evert_reactor *reactor,
			  struct evert_task *task)
{
	evert_list_append(&reactor->last_tasks, &task->node);
}

/* Those that are left when the reactor is given up stay, until it is
   destroyed. */
static bool leaves_tasks(const struct evert_reactor *reactor)
{
	return reactor->given_up && reactor->running;
}

/* Runs what was planned before this began; what is planned meanwhile has the
   next turn, so that tasks which plan each other starve nobody. */
static void run_list(const struct evert_reactor *reactor,
		     struct evert_list_node *list)
{
	struct evert_list_node now;
	struct evert_task *task;

	evert_list_init(&now);
	evert_list_move_all(&now, list);
	while (!evert_list_is_empty(&now)) {
		task = evert_container_of(now.next, struct evert_task, node);
		evert_list_remove(&task->node);
		if (leaves_tasks(reactor))
			evert_list_append(list, &task->node);
		else
			task->run(task);
	}
}

void evert_reactor_run_tasks(struct evert_reactor *reactor)
{
	run_list(reactor, &reactor->tasks);
	run_list(reactor, &reactor->last_tasks);
}

/* At the end, when each task should be the last of its kind. */
void evert_reactor_run_all_tasks(struct evert_reactor *reactor)
{
	unsigned passes = 0;

	while (!leaves_tasks(reactor) &&
	       (!evert_list_is_empty(&reactor->tasks) ||
		!evert_list_is_empty(&reactor->last_tasks))) {
		if (++passes > MOST_PASSES)
			evert_bug("the reactor made at %s can't stop: "
				  "something is begun again and again; an "
				  "errback that connects again has to look "
				  "for EVERT_REACTOR_STOPPED",
				  reactor->place);
		evert_reactor_run_tasks(reactor);
	}
}

void evert_member_join(struct evert_reactor *reactor,
		       struct evert_member *member,
		       void (*shut_down)(struct evert_member *member))
{
	member->shut_down = shut_down;
	evert_list_append(&reactor->members, &member->node);
}

void evert_reactor_close_members(struct evert_reactor *reactor)
{
	struct evert_list_node open;
	struct evert_member *member;

	evert_watches_shut_down(reactor);
	evert_list_init(&open);
	evert_list_move_all(&open, &reactor->members);
	while (!evert_list_is_empty(&open)) {
		member = evert_container_of(open.next, struct evert_member,
					    node);
		evert_list_remove(&member->node);
		evert_list_append(&reactor->members, &member->node);
		member->shut_down(member);
	}
	evert_reactor_run_all_tasks(reactor);
	evert_reactor_send_queued(reactor);
}

void evert_reactor_end_waits(struct evert_reactor *reactor)
{
	if (reactor->given_up)
		return; /* they are the parent's */
	evert_clock_end_waits(&reactor->clock);
	evert_reactor_run_all_tasks(reactor);
}

/* ---- The loop ---- */

int evert_reactor_take_turn(struct evert_reactor *reactor, int most)
{
	struct evert_event events[EVENTS_PER_TURN];
	struct evert_running_mark mark;
	int count, error;

	if (evert_reactor_is_forked(reactor)) {
		error = evert_reactor_adopt(reactor);
		if (error)
			return error;
	}
	if (atomic_load_explicit(&evert_say_left_out, memory_order_relaxed))
		evert_say_try_again(reactor->clock.now);
	evert_running_turn_begin(&mark, reactor->place);
	evert_trace_begin("turn", "turn");
	evert_watches_tell_poller(reactor);
	evert_trace_begin("wait", "wait");
	evert_running_wait_begin(&mark);
	count = evert_reactor_wait(reactor, events, EVENTS_PER_TURN, most);
	evert_running_wait_end(&mark);
	evert_trace_end();
	if (count < 0 && count != -EINTR) {
		evert_running_turn_end(&mark);
		return count;
	}
	evert_turn = ++reactor->turns;
	EVERT_PROBE2(turn__begin, reactor, count);
	if (reactor->mailbox.has_more)
		evert_mailbox_deliver(reactor);
	evert_watches_dispatch(reactor, events, count);
	evert_clock_run_due(&reactor->clock);
	evert_reactor_run_tasks(reactor);
	EVERT_PROBE1(turn__end, reactor);
	evert_trace_end();
	evert_running_turn_end(&mark);
	return reactor->given_up ? -ECHILD : 0;
}

/* Calls are run that were accepted before and during the shutdown. */
int evert_reactor_end_run(struct evert_reactor *reactor)
{
	int error;

	evert_mailbox_deliver(reactor);
	error = evert_reactor_shut_down(reactor);
	if (error != -ECHILD)
		evert_mailbox_deliver(reactor);
	evert_signals_forget(reactor);
	reactor->stopping = false;
	return reactor->given_up ? -ECHILD : error;
}

static int run_turns(struct evert_reactor *reactor)
{
	int error, ended;

	do {
		error = evert_reactor_take_turn(reactor, -1);
	} while (!error && !reactor->stopping);
	if (error == -ECHILD)
		return error;
	/* What failed, fails there as well: it ends all the same. */
	ended = evert_reactor_end_run(reactor);
	return error ? error : ended;
}

/* 0, or -errno: then nothing has changed. */
static int may_run(struct evert_reactor *reactor)
{
	bool here = reactor->running && reactor->thread == evert_thread();

	if (reactor->given_up)
		return -ECHILD;
	/* On a coroutine's stack no other coroutine would go on. */
	if (here || evert_coroutine_current())
		return -EBUSY;
	if (evert_reactor_is_forked(reactor))
		return evert_reactor_adopt(reactor);
	return reactor->running ? -EBUSY : 0;
}

int evert_reactor_enter(struct evert_reactor *reactor,
			struct evert_reactor_visit *visit)
{
	int error = may_run(reactor);

	if (error)
		return error;
	visit->outer = current;
	visit->owner = reactor->thread;
	reactor->running = true;
	reactor->thread = evert_thread();
	reactor->run_since = evert_reactor_now(reactor);
	current = reactor;
	return 0;
}

void evert_reactor_leave(struct evert_reactor *reactor,
			 const struct evert_reactor_visit *visit)
{
	current = visit->outer && visit->outer->given_up ? NULL : visit->outer;
	if (reactor->left_coroutines)
		evert_coroutine_return_to_all();
	reactor->left_coroutines = false;
	reactor->thread = visit->owner;
	atomic_store_explicit(&reactor->works_since, 0, memory_order_relaxed);
	reactor->time_run += evert_reactor_now(reactor) - reactor->run_since;
	reactor->running = false;
}

int evert_reactor_run(struct evert_reactor *reactor)
{
	struct evert_reactor_visit visit;
	int error = evert_reactor_enter(reactor, &visit);

	if (error)
		return error;
	error = run_turns(reactor);
	evert_signals_forget(reactor);
	reactor->stopping = false;
	evert_reactor_leave(reactor, &visit);
	return error;
}

void evert_reactor_stop(struct evert_reactor *reactor)
{
	evert_reactor_check_thread(reactor, "evert_reactor_stop");
	reactor->stopping = true;
}

struct evert_result evert_reactor_stop_when_done(struct evert_result *in,
						 void *reactor)
{
	evert_reactor_stop(reactor);
	return *in;
}
