/* SPDX-License-Identifier: MIT */
/* The end of a run: triggers in three phases, connections closed between. */
#include "reactor_internal.h"

#include <errno.h>

#include "../deferred/deferred.h"
#include "../deferred/base/memory.h"

struct evert_trigger {
	struct evert_list_node node;
	struct evert_reactor *reactor; /* NULL: destroyed meanwhile */
	enum evert_phase phase;
	struct evert_result (*call)(void *arg);
	void *arg;
	bool has_run;	 /* in this phase */
	bool waited_for; /* what it returned has not fired yet */
	bool removed;	 /* meanwhile */
};

static struct evert_trigger *trigger_at(struct evert_list_node *node)
{
	return evert_container_of(node, struct evert_trigger, node);
}

int evert_reactor_add_trigger(struct evert_reactor *reactor,
			      enum evert_phase phase,
			      struct evert_result (*call)(void *arg),
			      void *arg)
{
	struct evert_trigger *trigger = evert_allocate(sizeof(*trigger));

	if (!trigger)
		return -ENOMEM;
	*trigger = (struct evert_trigger){
		.reactor = reactor,
		.phase = phase,
		.call = call,
		.arg = arg,
	};
	evert_list_append(&reactor->triggers, &trigger->node);
	return 0;
}

static void release(struct evert_trigger *trigger)
{
	evert_list_remove(&trigger->node);
	evert_free(trigger);
}

/* One that is waited for goes when that has ended. */
static void remove_trigger(struct evert_trigger *trigger)
{
	trigger->removed = true;
	if (!trigger->waited_for)
		release(trigger);
}

int evert_reactor_remove_trigger(struct evert_reactor *reactor,
				 enum evert_phase phase,
				 struct evert_result (*call)(void *arg),
				 void *arg)
{
	struct evert_list_node *node;
	struct evert_trigger *trigger;

	for (node = reactor->triggers.next; node != &reactor->triggers;
	     node = node->next) {
		trigger = trigger_at(node);
		if (trigger->phase == phase && trigger->call == call &&
		    trigger->arg == arg && !trigger->removed) {
			remove_trigger(trigger);
			return 0;
		}
	}
	return -ENOENT;
}

void evert_triggers_release(struct evert_reactor *reactor)
{
	struct evert_trigger *trigger;

	while (!evert_list_is_empty(&reactor->triggers)) {
		trigger = trigger_at(reactor->triggers.next);
		evert_list_remove(&trigger->node);
		trigger->reactor = NULL;
		remove_trigger(trigger);
	}
}

/* The result passes on: a failure is reported as unhandled. */
static struct evert_result trigger_done(struct evert_result *in, void *arg)
{
	struct evert_trigger *trigger = arg;

	trigger->waited_for = false;
	if (trigger->reactor)
		trigger->reactor->triggers_waited_for--;
	if (trigger->removed)
		release(trigger);
	return *in;
}

static void run_trigger(struct evert_trigger *trigger)
{
	struct evert_deferred *d;
	struct evert_firing *firing;

	trigger->has_run = true;
	trigger->waited_for = true;
	trigger->reactor->triggers_waited_for++;
	d = evert_deferred_create(&firing);
	evert_deferred_add_both(d, trigger_done, trigger);
	/* `firing` may be NULL, for want of memory: the trigger runs, and what
	   it returns can't be waited for. */
	evert_deferred_fire(&firing, trigger->call(trigger->arg));
	evert_deferred_release(d);
}

/* The triggers of a phase may add and remove triggers; and give the reactor
   up, then the rest is not called. */
static struct evert_trigger *next_trigger(struct evert_reactor *reactor,
					  enum evert_phase phase)
{
	struct evert_list_node *node;
	struct evert_trigger *trigger;

	if (reactor->given_up)
		return NULL;
	for (node = reactor->triggers.next; node != &reactor->triggers;
	     node = node->next) {
		trigger = trigger_at(node);
		if (trigger->phase == phase && !trigger->has_run &&
		    !trigger->removed)
			return trigger;
	}
	return NULL;
}

/* `error` of a turn before: the loop can't turn. */
static int run_phase(struct evert_reactor *reactor, enum evert_phase phase,
		     int error)
{
	struct evert_list_node *node;
	struct evert_trigger *trigger;

	for (node = reactor->triggers.next; node != &reactor->triggers;
	     node = node->next)
		trigger_at(node)->has_run = false;
	do {
		while ((trigger = next_trigger(reactor, phase)))
			run_trigger(trigger);
		if (reactor->triggers_waited_for && !error)
			error = evert_reactor_take_turn(reactor, -1);
	} while (!error && (reactor->triggers_waited_for ||
			    next_trigger(reactor, phase)));
	/* Then nothing is waited for, but everybody is told. */
	while ((trigger = next_trigger(reactor, phase)))
		run_trigger(trigger);
	return reactor->given_up ? -ECHILD : error;
}

/* Those that wait have been failed. */
static int wait_for_threads(struct evert_reactor *reactor, int error)
{
	reactor->triggers_waited_for++; /* the loop may sleep */
	while (reactor->thread_calls && !reactor->given_up && !error)
		error = evert_reactor_take_turn(reactor, -1);
	reactor->triggers_waited_for--;
	return error;
}

int evert_reactor_shut_down(struct evert_reactor *reactor)
{
	int error = run_phase(reactor, EVERT_BEFORE_SHUTDOWN, 0);

	if (error == -ECHILD)
		return error;
	reactor->shutting_down = true;
	evert_reactor_close_members(reactor);
	error = wait_for_threads(reactor, error);
	error = run_phase(reactor, EVERT_DURING_SHUTDOWN, error);
	error = run_phase(reactor, EVERT_AFTER_SHUTDOWN, error);
	/* Last, for a trigger may sleep: who still waits for time (a coroutine
	   in evert_sleep) fails, so that it can clean up while there is a
	   loop. Plain delayed calls stay for the next run. */
	evert_reactor_end_waits(reactor);
	reactor->shutting_down = false;
	return reactor->given_up ? -ECHILD : error;
}
