/* SPDX-License-Identifier: MIT */
/* The signal at which reactors dump: those that run do, each once; one that
   goes is not touched any more; one that comes later was not asked. */
#include "../meet.h"

#include <signal.h>

/* That they are on the explorer's system is no reason not to hear of it; and
   to count is enough. */
#define evert_system_real meet_system
#define evert_reactor_add_to count_dump
#include "../../../reactor/dump_signal.c"

static struct {
	struct evert_reactor *reactor;
	int dumps;
} self;

void count_dump(const struct evert_reactor *reactor, struct evert_text *text)
{
	(void)text;
	meet_assert(reactor == self.reactor);
	self.dumps++;
	if (reactor->running)
		evert_reactor_stop(self.reactor);
}

static void begin(void)
{
	dump_signal.name = "USR1";
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal },
		  NULL);
	self.reactor = meet_reactor();
	self.dumps = 0;
}

static void end(void)
{
	evert_reactor_destroy(self.reactor);
	dump_signal.name = NULL;
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

static void signal_it(void *unused)
{
	(void)unused;
	meet_raise(SIGUSR1);
}

static void signal_main(void *unused)
{
	(void)unused;
	meet_interrupt(0, SIGUSR1);
}

static void run(void)
{
	meet_assert(!evert_reactor_run(self.reactor));
	meet_assert(self.dumps == 1);
}

static void dumps(void)
{
	begin();
	meet_start(signal_it, NULL);
	run();
	end();
}

static void dumps_interrupted(void)
{
	begin();
	meet_let_interrupt();
	meet_start(signal_main, NULL);
	run();
	end();
}

static void reactor_goes(void)
{
	begin();
	meet_start(signal_it, NULL);
	end();
}

static void interrupted_reactor_goes(void)
{
	begin();
	meet_let_interrupt();
	meet_start(signal_main, NULL);
	end();
}

static void stop(void *reactor)
{
	evert_reactor_stop(reactor);
}

/* In the place of the former one. */
static void next_is_not_asked(void)
{
	unsigned thread;

	begin();
	thread = meet_start(signal_it, NULL);
	evert_reactor_destroy(self.reactor);
	meet_wait_for(thread);
	self.reactor = meet_reactor();
	meet_assert(!evert_reactor_call_from_thread(self.reactor, stop,
						    self.reactor));
	meet_assert(!evert_reactor_run(self.reactor));
	meet_assert(self.dumps == 0);
	end();
}

const struct meet_scenario meet_dump[] = {
	{ "dump/once", dumps, false },
	{ "dump/interrupted", dumps_interrupted, false },
	{ "dump/destroyed", reactor_goes, false },
	{ "dump/interrupted, destroyed", interrupted_reactor_goes, false },
	{ "dump/next", next_is_not_asked, false },
	{ NULL, NULL, false },
};
