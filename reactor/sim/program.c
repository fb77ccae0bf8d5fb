/* SPDX-License-Identifier: MIT */
/*
 * Who runs, and when. A program has a turn: its loop runs until it waits for
 * the first time. Where nothing is ready then, it notes until when it would
 * have slept, and its wait returns with nothing, as one that was interrupted
 * does. It has no other turn until something has changed on its host, or that
 * time has come. So the stack is unwound, and any other one may run.
 *
 * A wait that is not the loop's own (a reactor that stops waits inside its
 * turn) can't return: the world goes on under it, beyond the end of the run,
 * too, since that is further down on the same stack.
 */
#include "program_internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../../deferred/base/bug.h"
#include "../name/resolver.h"
#include "world_internal.h"

enum done {
	DONE_SOMETHING,
	NOTHING_UNTIL_THEN,
	NOTHING_EVER,
};

/* What is left to be done when a run is over, or all is destroyed, may take so
   long. */
static const int64_t LAST_WAIT = INT64_C(3600000000000);

/* ---- Sleeping ---- */

/* One of the things it depends on has changed. */
static void count_ready(struct evert_sim_program *program)
{
	bool is_ready =
		!program->ended && !program->asleep && !program->has_turn;

	if (is_ready && !program->is_ready)
		program->host->sim->ready_count++;
	else if (!is_ready && program->is_ready)
		program->host->sim->ready_count--;
	program->is_ready = is_ready;
}

static void wake(struct evert_sim_program *program)
{
	evert_sim_cancel(program->host->sim, &program->wake);
	program->asleep = false;
	count_ready(program);
}

static void time_has_come(struct evert_sim_event *event)
{
	wake(evert_container_of(event, struct evert_sim_program, wake));
}

void evert_sim_stir(struct evert_sim_host *host)
{
	struct evert_sim *sim = host->sim;
	size_t i;

	for (i = 0; i < sim->program_count; i++)
		if (sim->programs[i]->asleep && sim->programs[i]->host == host)
			wake(sim->programs[i]);
}

/* By the clock of who waits. */
static int64_t when(const struct evert_sim_host *host, int milliseconds)
{
	return evert_sim_host_when(host, milliseconds * INT64_C(1000000));
}

static void fall_asleep(struct evert_sim_program *program, int milliseconds)
{
	struct evert_sim_host *host = program->host;

	program->asleep = true;
	count_ready(program);
	if (milliseconds > 0)
		evert_sim_plan(host->sim, &program->wake,
			       when(host, milliseconds));
}

/* ---- Running ---- */

static const char *what_ended(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "an hour after the run it has not shut down";
	case -EDEADLK:
		return "what its shutdown waits for never comes";
	default:
		return strerror(-error);
	}
}

static void end_turn(struct evert_sim_program *program, int error)
{
	struct evert_sim_host *host = program->host;

	if (error == -ESHUTDOWN) {
		program->ended = true;
		evert_sim_tell(host, "ended", 0, 0);
	} else if (error) {
		evert_sim_fail(host->sim, "the reactor on %s ends: %s",
			       host->name, what_ended(error));
	}
}

static void give_turn(struct evert_sim_program *program)
{
	struct evert_sim *sim = program->host->sim;
	struct evert_sim_program *outer = sim->current;
	int error;

	sim->current = program;
	program->has_turn = program->may_return = true;
	count_ready(program);
	error = evert_reactor_turn(program->reactor, -1);
	program->has_turn = program->may_return = false;
	sim->current = outer;
	end_turn(program, error);
	count_ready(program);
}

/* One of those that may, drawn; or NULL: what happens next is as likely as one
   of them, if it is due. */
static struct evert_sim_program *choose(struct evert_sim *sim, bool is_due)
{
	size_t count = sim->ready_count + is_due, i, left;

	if (!sim->ready_count)
		return NULL;
	left = count == 1 ? 0 : evert_sim_random(sim, count);
	if (left == sim->ready_count)
		return NULL;
	for (i = 0; !sim->programs[i]->is_ready || left--; i++)
		continue;
	return sim->programs[i];
}

static void move_to(struct evert_sim *sim, int64_t time)
{
	if (sim->now < time)
		sim->now = time;
	sim->trace->now = sim->now - sim->begun;
	if (sim->trace->now > EVERT_SIM_LIFE)
		evert_sim_fail(sim, "the world is 200 years old, where time "
				    "ends");
}

static void let_happen(struct evert_sim *sim, struct evert_sim_event *event)
{
	move_to(sim, event->at);
	evert_sim_cancel(sim, event);
	event->happen(event);
}

/* Time moves only where nobody can run; not beyond `until`. */
static enum done step(struct evert_sim *sim, int64_t until)
{
	struct evert_sim_event *first = evert_sim_events_first(&sim->events);
	bool is_due = first && first->at <= sim->now;
	struct evert_sim_program *program = choose(sim, is_due);

	if (program) {
		give_turn(program);
		return DONE_SOMETHING;
	}
	if (!first)
		return NOTHING_EVER;
	if (first->at > until)
		return NOTHING_UNTIL_THEN;
	let_happen(sim, first);
	return DONE_SOMETHING;
}

static int64_t later(const struct evert_sim *sim, double seconds)
{
	int64_t left = sim->begun + EVERT_SIM_LIFE - sim->now;

	if (!(seconds >= 0))
		evert_bug("evert_sim_run was given a time that can't be: %g "
			  "seconds",
			  seconds);
	return seconds * 1e9 < (double)left
		       ? sim->now + (int64_t)(seconds * 1e9)
		       : INT64_MAX;
}

static void bound_waits(struct evert_sim *sim, int64_t end)
{
	sim->limit = end < INT64_MAX - LAST_WAIT ? end + LAST_WAIT : INT64_MAX;
}

/* Unless it wakes before; at the latest when the longest wait is over: then it
   waits again. */
static void wake_in(struct evert_sim_program *program, double seconds)
{
	int64_t longest = INT_MAX * INT64_C(1000000);
	bool is_longer = seconds * 1e9 > (double)longest;
	int64_t at = evert_sim_host_when(
		program->host,
		is_longer ? longest : (int64_t)(seconds * 1e9) + 1);

	if (!program->wake.place || at < program->wake.at)
		evert_sim_plan(program->host->sim, &program->wake, at);
}

/* What was asked of its reactor from outside, since it fell asleep. */
static void heed(struct evert_sim_program *program)
{
	double left = evert_reactor_prepare(program->reactor);

	if (left > 0)
		wake_in(program, left);
	else if (left == 0)
		wake(program);
}

static void heed_all(struct evert_sim *sim)
{
	size_t i;

	for (i = 0; i < sim->program_count; i++)
		if (sim->programs[i]->asleep && !sim->programs[i]->ended)
			heed(sim->programs[i]);
}

int evert_sim_run(struct evert_sim *sim, double seconds)
{
	enum done done = DONE_SOMETHING;
	int64_t end;

	evert_sim_need(sim, "evert_sim_run");
	evert_sim_need_outside(sim, "evert_sim_run");
	end = later(sim, seconds);
	bound_waits(sim, end);
	sim->stopped = false;
	heed_all(sim);
	while (!sim->stopped && done == DONE_SOMETHING)
		done = step(sim, end);
	if (done == NOTHING_UNTIL_THEN)
		move_to(sim, end);
	sim->limit = INT64_MAX;
	return done == NOTHING_UNTIL_THEN ? -ETIMEDOUT : 0;
}

void evert_sim_stop(struct evert_sim *sim)
{
	evert_sim_need(sim, "evert_sim_stop");
	sim->stopped = true;
}

/* ---- Waiting ---- */

/* 0: go on. */
static int wait_once(struct evert_sim *sim, int64_t deadline, bool *over)
{
	bool too_long = deadline < 0 || deadline > sim->limit;
	enum done done = step(sim, too_long ? sim->limit : deadline);

	if (done == DONE_SOMETHING)
		return 0;
	if (deadline < 0 && done == NOTHING_EVER)
		return -EDEADLK;
	if (too_long)
		return -ETIMEDOUT;
	move_to(sim, deadline);
	*over = true;
	return 0;
}

static int wait_inside(struct evert_sim_host *host, int (*look)(void *arg),
		       void *arg, int milliseconds)
{
	int64_t deadline = milliseconds < 0 ? -1 : when(host, milliseconds);
	bool over = false;
	int ready = 0, error = 0;

	while (!ready && !over && !error) {
		error = wait_once(host->sim, deadline, &over);
		ready = look(arg);
	}
	return ready ? ready : error;
}

int evert_sim_wait(struct evert_sim_host *host, int (*look)(void *arg),
		   void *arg, int milliseconds)
{
	struct evert_sim_program *program = host->sim->current;
	int ready = look(arg);
	bool is_first = program && program->may_return;

	if (is_first)
		program->may_return = false;
	if (ready || !milliseconds)
		return ready;
	if (!is_first)
		return wait_inside(host, look, arg, milliseconds);
	fall_asleep(program, milliseconds);
	return 0;
}

/* ---- Beginning and ending ---- */

static void remember(struct evert_sim *sim, struct evert_sim_program *program)
{
	sim->programs =
		evert_sim_grow(sim->programs, (sim->program_count + 1) *
						      sizeof(*sim->programs));
	sim->programs[sim->program_count++] = program;
}

struct beginning {
	struct evert_reactor *reactor;
	void (*program)(struct evert_reactor *reactor, void *arg);
	void *arg;
};

static void begin(void *arg)
{
	struct beginning beginning = *(struct beginning *)arg;

	evert_sim_free(arg);
	beginning.program(beginning.reactor, beginning.arg);
}

static bool plan_beginning(struct evert_reactor *reactor,
			   void (*program)(struct evert_reactor *reactor,
					   void *arg),
			   void *arg)
{
	struct beginning *beginning = evert_sim_allocate(sizeof(*beginning));

	*beginning = (struct beginning){reactor, program, arg};
	return evert_delayed_call_active(evert_reactor_call_later_with(
		reactor, 0, begin, beginning, evert_sim_free));
}

struct evert_reactor *
evert_sim_start(struct evert_sim_host *host,
		void (*program)(struct evert_reactor *reactor, void *arg),
		void *arg)
{
	struct evert_reactor_options options = {.system = NULL};
	struct evert_reactor *reactor;
	struct evert_sim_program *made;
	int error;

	evert_sim_need_host(host, "evert_sim_start");
	evert_sim_need_outside(host->sim, "evert_sim_start");
	if (!program)
		evert_bug("evert_sim_start was given no program for %s",
			  host->name);
	host->down = false;
	options.system = &host->base;
	reactor = evert_reactor_create(&options);
	if (!reactor)
		return NULL;
	/* Now: so who looks no name up draws as who does. */
	error = -evert_reactor_set_resolver(reactor, NULL);
	if (!error && !plan_beginning(reactor, program, arg))
		error = errno;
	if (error) {
		evert_reactor_destroy(reactor);
		errno = error;
		return NULL;
	}
	made = evert_sim_allocate(sizeof(*made));
	made->host = host;
	made->reactor = reactor;
	made->wake.happen = time_has_come;
	remember(host->sim, made);
	count_ready(made);
	return reactor;
}

static void end_program(struct evert_sim_program *program)
{
	struct evert_sim *sim = program->host->sim;

	bound_waits(sim, sim->now);
	/* Its waits are not the loop's own. */
	sim->current = program;
	program->has_turn = true;
	wake(program); /* and it is not ready */
	evert_reactor_destroy(program->reactor);
	program->reactor = NULL;
	program->ended = true;
	count_ready(program);
	sim->current = NULL;
	sim->limit = INT64_MAX;
}

void evert_sim_end_programs(struct evert_sim *sim, struct evert_sim_host *host)
{
	size_t i;

	for (i = 0; i < sim->program_count; i++)
		if (sim->programs[i]->reactor &&
		    (!host || sim->programs[i]->host == host))
			end_program(sim->programs[i]);
}

void evert_sim_programs_release(struct evert_sim *sim)
{
	size_t i;

	for (i = 0; i < sim->program_count; i++)
		evert_sim_free(sim->programs[i]);
	evert_sim_free(sim->programs);
}
