/* SPDX-License-Identifier: MIT */
#include "run_internal.h"

#include <errno.h>
#include <string.h>

#include "../deferred/base/bug.h"
#include "../deferred/base/memory.h"
#include "../deferred/base/say_internal.h"
#include "../deferred/base/say_internal.h"
#include "../deferred/coroutine/coroutine_internal.h"
#include "../deferred/coroutine/sleep.h"
#include "reactor_internal.h"

/* ---- The program ---- */

struct program {
	struct evert_reactor *reactor;
	evert_body body;
	void *arg;
	const char *name, *place;
	struct evert_task start;
	struct evert_waiter body_runs; /* waits for what it returns: */
	struct evert_result outcome;
	bool interrupted; /* before that */
	bool left;	  /* evert_run has returned without it */
	int error;	  /* of the loop, after that */
};

/* Cancels of what does not end when there is no loop to wait with. */
enum { LAST_CANCELS = 100 };

static struct evert_deferred *body_returned(struct evert_waiter *waiter,
					    struct evert_result outcome)
{
	struct program *program =
		evert_container_of(waiter, struct program, body_runs);

	if (program->left) {
		evert_result_release(outcome);
		evert_free(program);
		return NULL;
	}
	program->outcome = outcome;
	evert_reactor_stop(program->reactor);
	return NULL;
}

static const struct evert_waiter_class body_class = {
	.deliver = body_returned,
};

static void start(struct evert_task *task)
{
	struct program *program =
		evert_container_of(task, struct program, start);
	struct evert_result outcome;

	if (evert_deferred_wait(evert_spawn_at(program->body, program->arg,
					       NULL, program->name,
					       program->place),
				&program->body_runs, &outcome))
		body_returned(&program->body_runs, outcome);
}

/* There is no loop any more: what waits for it fails, what waits for anything
   else is cancelled, again and again, for it may clean up. */
static void end_without_loop(struct program *program)
{
	struct evert_reactor *reactor = program->reactor;
	int i;

	reactor->shutting_down = true;
	for (i = 0; i < LAST_CANCELS && evert_coroutine_is_any(); i++) {
		evert_reactor_close_members(reactor);
		evert_reactor_end_waits(reactor);
		evert_mailbox_deliver(reactor);
		evert_coroutine_cancel_all();
	}
	if (evert_coroutine_is_any())
		evert_say("evert: evert_run at %s leaves %zu coroutines "
			  "alive: the reactor failed, and they don't end "
			  "when they are cancelled\n",
			  program->place, evert_coroutine_count());
}

static int turn_until_ended(struct program *program)
{
	int error = 0;

	while (!error && program->body_runs.on)
		error = evert_reactor_take_turn(program->reactor, -1);
	/* Now that the body can't do it. */
	evert_coroutine_cancel_all();
	while (!error && evert_coroutine_is_any())
		error = evert_reactor_take_turn(program->reactor, -1);
	return error;
}

/* Before shutdown. It waits by turns of its own, which need no memory. */
static struct evert_result end_coroutines(void *arg)
{
	struct program *program = arg;

	/* Waiting has failed in the first turn. */
	evert_task_cancel(&program->start);
	program->interrupted = program->body_runs.on;
	evert_deferred_cancel_at(program->body_runs.on,
				 program->place);
	program->reactor->triggers_waited_for++; /* the loop may sleep */
	program->error = turn_until_ended(program);
	program->reactor->triggers_waited_for--;
	if (program->error && program->error != -ECHILD)
		end_without_loop(program);
	return evert_result_none();
}

static int status_of(const struct program *program)
{
	const struct evert_result *outcome = &program->outcome;

	if (!evert_result_is_failure(outcome))
		return 0;
	if (program->interrupted &&
	    evert_result_failed_with(outcome, EVERT_CANCELLED))
		return 0;
	evert_say("%s: %s\n", program_invocation_short_name,
		  evert_result_as_failure(outcome)->message);
	return 1;
}

static int cannot(const char *what, int error)
{
	evert_say("%s: %s: %s\n", program_invocation_short_name, what,
		  strerror(error));
	return 1;
}

/* On the given reactor, which was made for this. */
static int run(struct program *program)
{
	int error;

	evert_task_init(&program->start, start);
	evert_task_plan(program->reactor, &program->start);
	error = evert_reactor_add_trigger(program->reactor,
					  EVERT_BEFORE_SHUTDOWN, end_coroutines,
					  program);
	/* Of several programs, in threads, one has the signals. */
	if (!error)
		error = evert_reactor_handle_signals(program->reactor);
	if (!error || error == -EBUSY)
		error = evert_reactor_run(program->reactor);
	evert_task_cancel(&program->start); /* if the loop did not even turn */
	if (!error)
		error = program->error;
	/* Given up in a fork's child: nobody is to be told. */
	if (error == -ECHILD)
		return 1;
	if (error)
		return cannot("the reactor can't run", -error);
	return status_of(program);
}

int evert_run_on(struct evert_reactor *reactor, evert_body body, void *arg,
		 const char *name, const char *place)
{
	/* Not on this stack: the body may outlive the call. */
	struct program *program = evert_allocate(sizeof(*program));
	int status;

	if (!program) {
		evert_reactor_destroy(reactor);
		return cannot("the reactor can't run", ENOMEM);
	}
	*program = (struct program){
		.reactor = reactor,
		.body = body,
		.arg = arg,
		.name = name,
		.place = place,
		.body_runs = { .class = &body_class },
	};
	status = run(program);
	evert_reactor_destroy(reactor);
	evert_result_release(program->outcome);
	if (program->body_runs.on)
		program->left = true;
	else
		evert_free(program);
	return status;
}

int evert_run_at(evert_body body, void *arg, const char *name,
		 const char *place)
{
	struct evert_reactor *reactor;

	if (evert_reactor_current() || evert_coroutine_current())
		evert_bug("evert_run at %s: a reactor runs on this thread "
			  "already; await evert_spawn(%s, ...) instead",
			  place, name);
	reactor = evert_reactor_create(NULL);
	if (!reactor)
		return cannot("cannot make a reactor", errno);
	return evert_run_on(reactor, body, arg, name, place);
}

/* ---- Time ---- */

struct evert_reactor *evert_reactor_require(const char *what,
					    const char *place)
{
	struct evert_reactor *reactor = evert_reactor_current();

	if (!reactor)
		evert_bug("%s at %s: no reactor runs on this thread; call it "
			  "from a callback, or from a coroutine that runs "
			  "under evert_run",
			  what, place);
	return reactor;
}

static struct evert_clock *running_clock(const char *what, const char *place)
{
	return evert_reactor_clock(evert_reactor_require(what, place));
}

struct evert_deferred *evert_sleep_at(double seconds, const char *place)
{
	return evert_clock_sleep_at(running_clock("evert_sleep", place),
				    seconds, place);
}

struct evert_deferred *evert_timeout_at(double seconds,
					struct evert_deferred *deferred,
					const char *place, const char *label)
{
	struct evert_clock *clock = running_clock("evert_timeout", place);

	/* If that fails it has been cancelled, and what that called may have
	   done anything. */
	evert_timeout_add(deferred, seconds, clock, NULL, NULL,
			  "evert_timeout", place, label);
	return deferred;
}
