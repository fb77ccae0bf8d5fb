/* SPDX-License-Identifier: MIT */
#include <reactor/run.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <deferred/bug_internal.h>
#include <deferred/coroutine_internal.h>
#include <deferred/sleep.h>
#include <reactor/reactor_internal.h>

/* ---- The program ---- */

struct program {
	struct evert_reactor *reactor;
	evert_body body;
	void *arg;
	const char *name, *place;
	struct evert_task start;
	struct evert_waiter main; /* for the body's outcome */
	struct evert_result outcome;
	struct evert_deferred *shutdown; /* waits for the coroutines */
	bool begun, returned, interrupted;
};

static void no_coroutine_left(void *arg)
{
	struct program *program = arg;

	evert_coroutine_when_none(NULL, NULL);
	evert_deferred_fire(&program->shutdown, evert_result_none());
}

static void body_returned(struct evert_waiter *waiter,
			  struct evert_result outcome)
{
	struct program *program =
		evert_container_of(waiter, struct program, main);

	program->outcome = outcome;
	program->returned = true;
	evert_reactor_stop(program->reactor);
}

static void start(struct evert_task *task)
{
	struct program *program =
		evert_container_of(task, struct program, start);
	struct evert_result outcome;

	program->begun = true;
	if (evert_deferred_wait(evert_spawn_at(program->body, program->arg,
					       NULL, program->name,
					       program->place),
				&program->main, &outcome))
		body_returned(&program->main, outcome);
}

/* Before shutdown: nothing outlives the program. */
static struct evert_result end_coroutines(void *arg)
{
	struct program *program = arg;
	struct evert_deferred *none_left;

	program->interrupted = !program->returned;
	evert_task_cancel(&program->start);
	if (!evert_coroutine_count())
		return evert_result_none();
	none_left = program->shutdown = evert_deferred_create();
	evert_coroutine_when_none(no_coroutine_left, program);
	evert_coroutine_cancel_all();
	return evert_result_wait(none_left);
}

static int status_of(const struct program *program)
{
	const struct evert_result *outcome = &program->outcome;

	if (!evert_result_is_failure(outcome))
		return 0;
	if (program->interrupted &&
	    evert_result_failed_with(outcome, EVERT_CANCELLED))
		return 0;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name,
		evert_result_as_failure(outcome)->message);
	return 1;
}

static int cannot(const char *what, int error)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(error));
	return 1;
}

static int run(struct program *program)
{
	int error;

	error = evert_reactor_add_trigger(program->reactor,
					  EVERT_BEFORE_SHUTDOWN,
					  end_coroutines, program);
	if (!error)
		error = evert_reactor_handle_signals(program->reactor);
	if (!error)
		error = evert_reactor_run(program->reactor);
	if (error)
		return cannot("the reactor can't run", -error);
	return status_of(program);
}

int evert_run_at(evert_body body, void *arg, const char *name,
		 const char *place)
{
	struct program program = {
		.reactor = evert_reactor_create(NULL),
		.body = body,
		.arg = arg,
		.name = name,
		.place = place,
		.main = { .deliver = body_returned },
	};
	int status;

	if (!program.reactor)
		return cannot("cannot make a reactor", errno);
	evert_task_init(&program.start, start);
	evert_task_plan(program.reactor, &program.start);
	status = run(&program);
	evert_task_cancel(&program.start);
	evert_result_release(program.outcome);
	evert_reactor_destroy(program.reactor);
	return status;
}

/* ---- Time ---- */

static struct evert_clock *running_clock(const char *what, const char *place)
{
	struct evert_reactor *reactor = evert_reactor_current();

	if (!reactor)
		evert_bug("%s at %s: no reactor runs on this thread; call it "
			  "from a coroutine under evert_run, or from a callback",
			  what, place);
	return evert_reactor_clock(reactor);
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
	evert_deferred_add_timeout_at(deferred, seconds,
				      running_clock("evert_timeout", place),
				      place, label);
	return deferred;
}
