/* SPDX-License-Identifier: MIT */
#include "dump_signal_internal.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../deferred/base/handler_text_internal.h"
#include "../deferred/base/running_internal.h"
#include "dump_internal.h"

enum { REACTORS = 64 }; /* that hear of it; more do not */

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "USR1", SIGUSR1 },   { "USR2", SIGUSR2 }, { "HUP", SIGHUP },
	{ "QUIT", SIGQUIT },   { "IO", SIGIO },	    { "PWR", SIGPWR },
	{ "WINCH", SIGWINCH },
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* In the place of a reactor that goes, while handlers may have found it. */
#define LEAVING ((struct evert_reactor *)&dump_signal)

/* The handler looks at these at any moment. */
static struct {
	const char *name; /* of the signal; NULL: there is none */
	_Atomic(struct evert_reactor *) reactors[REACTORS];
	atomic_bool asked[REACTORS]; /* for a dump that was not made yet */
	atomic_uint handlers;	     /* that run */
} dump_signal;

/* ---- The handler ---- */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void add_seconds(struct evert_handler_text *text, int64_t nanoseconds)
{
	int64_t tenths = nanoseconds > 0 ? nanoseconds / 100000000 : 0;

	evert_handler_text_add_number(text, (uint64_t)tenths / 10);
	evert_handler_text_add(text, ".");
	evert_handler_text_add_number(text, (uint64_t)tenths % 10);
	evert_handler_text_add(text, " s");
}

/* And the innermost that runs in it, where that is known. On the reactor's
   thread. */
static void add_turn(struct evert_handler_text *text,
		     const struct evert_reactor *reactor)
{
	const struct evert_running_thread *thread = evert_running_here();
	unsigned depth = thread ? thread->depth : 0;
	const struct evert_running *running;

	evert_handler_text_add(text, " of turn ");
	evert_handler_text_add_number(text, reactor->turns);
	if (depth < 2) /* nothing in the turn */
		return;
	running = &thread->stack[depth - 1];
	evert_handler_text_add(text, ", ");
	evert_handler_text_add(text, running->what);
	if (running->name) {
		evert_handler_text_add(text, " ");
		evert_handler_text_add(text, running->name);
	}
	if (running->made && running->place) {
		evert_handler_text_add(text, running->made);
		evert_handler_text_add(text, running->place);
	}
}

/* Of the reactor only what never changes, and what is atomic: its thread may be
   another one, and at work. */
static void say_busy(const struct evert_reactor *reactor, int64_t since)
{
	struct evert_handler_text text = { .length = 0 };

	evert_handler_text_add(&text, "evert: SIG");
	evert_handler_text_add(&text, dump_signal.name);
	evert_handler_text_add(&text, ": the reactor made at ");
	evert_handler_text_add(&text, reactor->place);
	evert_handler_text_add(&text, " is inside a callback");
	if (evert_reactor_current() == reactor)
		add_turn(&text, reactor);
	evert_handler_text_add(&text, ", which has taken ");
	add_seconds(&text, now() - since);
	evert_handler_text_add(&text, "; it dumps when that returns\n");
	evert_handler_text_say(&text);
}

/* One that does not run does it when it runs again. */
static void ask(struct evert_reactor *reactor, atomic_bool *asked)
{
	int64_t since = atomic_load(&reactor->works_since);

	atomic_store(asked, true);
	evert_reactor_wake(reactor);
	if (since)
		say_busy(reactor, since);
}

static void on_signal(int number)
{
	struct evert_reactor *reactor;
	int saved = errno, i;

	(void)number;
	atomic_fetch_add(&dump_signal.handlers, 1);
	for (i = 0; i < REACTORS; i++) {
		reactor = atomic_load(&dump_signal.reactors[i]);
		if (reactor && reactor != LEAVING)
			ask(reactor, &dump_signal.asked[i]);
	}
	atomic_fetch_sub(&dump_signal.handlers, 1);
	errno = saved;
}

/* ---- The loop ---- */

static void dump(const struct evert_reactor *reactor)
{
	struct evert_text text;

	evert_text_init(&text, NULL);
	evert_text_add(&text, "evert: SIG%s: ", dump_signal.name);
	evert_reactor_add_to(reactor, &text);
	evert_text_say(&text);
}

void evert_dump_signal_check(struct evert_reactor *reactor)
{
	int i;

	if (!dump_signal.name)
		return;
	for (i = 0; i < REACTORS; i++)
		if (atomic_load(&dump_signal.reactors[i]) == reactor &&
		    atomic_exchange(&dump_signal.asked[i], false))
			dump(reactor);
}

/* ---- Begin ---- */

static bool is_called(const char *text, const char *name)
{
	return !strcmp(text, name) ||
	       (!strncmp(text, "SIG", 3) && !strcmp(text + 3, name));
}

static void say_names(const char *wrong)
{
	struct evert_text text;
	int i;

	evert_text_init(&text, NULL);
	evert_text_add(&text,
		       "evert: EVERT_DUMP_SIGNAL=%.40s is no signal to dump "
		       "by, nothing is dumped; it may be",
		       wrong);
	for (i = 0; i < NAMES; i++)
		evert_text_add(&text, "%s %s", i ? "," : "", names[i].name);
	evert_text_add(&text, "\n");
	evert_text_say(&text);
}

/* Those of the parent's other threads are not here, to end. */
static void in_child(void)
{
	atomic_store(&dump_signal.handlers, 0);
}

/* A handler of the program's own stays. */
static void handle(const char *name, int number)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART | SA_ONSTACK,
	};
	struct sigaction before;

	sigaction(number, NULL, &before);
	if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
		evert_say("evert: EVERT_DUMP_SIGNAL=%s: the program handles "
			  "that signal itself, nothing is dumped\n",
			  name);
		return;
	}
	sigemptyset(&action.sa_mask);
	pthread_atfork(NULL, NULL, in_child);
	dump_signal.name = name;
	/* For the handler: what runs. */
	evert_observe(EVERT_OBSERVED_BY_SLOW);
	sigaction(number, &action, NULL);
}

static void start(void)
{
	const char *text = getenv("EVERT_DUMP_SIGNAL");
	int i;

	if (!text || !*text || !strcmp(text, "0"))
		return;
	for (i = 0; i < NAMES; i++)
		if (is_called(text, names[i].name)) {
			handle(names[i].name, names[i].number);
			return;
		}
	say_names(text);
}

void evert_dump_signal_join(struct evert_reactor *reactor)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct evert_reactor *none;
	int i;

	pthread_once(&once, start);
	if (!dump_signal.name || reactor->system != evert_system_real())
		return;
	for (i = 0; i < REACTORS; i++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&dump_signal.reactors[i],
						   &none, reactor))
			return;
	}
}

/* A handler that has found it may still be at it, in another thread. What it
   asks for then is not asked of who has the place next. */
void evert_dump_signal_leave(struct evert_reactor *reactor)
{
	int i = 0;

	if (!dump_signal.name)
		return;
	while (i < REACTORS && atomic_load(&dump_signal.reactors[i]) != reactor)
		i++;
	if (i == REACTORS)
		return;
	atomic_store(&dump_signal.reactors[i], LEAVING);
	while (atomic_load(&dump_signal.handlers))
		sched_yield();
	atomic_store(&dump_signal.asked[i], false);
	atomic_store(&dump_signal.reactors[i], NULL);
}
