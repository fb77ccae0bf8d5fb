/* SPDX-License-Identifier: MIT */
/*
 * Calls from threads: none is lost, none comes twice, each thread's come in
 * order; nobody sleeps while one waits; and when the last one has come, the
 * reactor may go at once, whatever who posted it still does.
 */
#include "../meet.h"

#include "../../../reactor/reactor_internal.h"

enum { MOST = 8, EACH = -1 };

static struct {
	struct evert_reactor *reactor;
	int calls[MOST]; /* of each thread */
	int wanted;	/* then the reactor stops; EACH: with each that comes */
	int came[MOST]; /* of each thread */
	int count, released;
} self;

struct call {
	int thread, number;
};
static struct call calls[MOST][MOST];

static void begin(int threads, int each, int wanted)
{
	self.reactor = meet_reactor();
	self.wanted = wanted;
	self.count = self.released = 0;
	for (int i = 0; i < threads; i++) {
		self.came[i] = 0;
		self.calls[i] = each;
		for (int j = 0; j < each; j++)
			calls[i][j] = (struct call){ i, j };
	}
}

static void come(void *arg)
{
	const struct call *call = arg;

	meet_assert(self.came[call->thread] == call->number);
	self.came[call->thread]++;
	if (++self.count == self.wanted || self.wanted == EACH)
		evert_reactor_stop(self.reactor);
}

static void release(void *arg)
{
	(void)arg;
	self.released++;
}

static void post(void *arg)
{
	struct call *call = arg;
	int each = self.calls[call->thread];

	for (int i = 0; i < each; i++)
		meet_assert(!evert_reactor_call_from_thread_with(
			self.reactor, come, &call[i], release));
}

static void run_and_destroy(void)
{
	meet_assert(!evert_reactor_run(self.reactor));
	evert_reactor_destroy(self.reactor);
}

/* The reactor goes when all have come, before the threads have ended. */
static void all_come(int threads, int each)
{
	begin(threads, each, threads * each);
	for (int i = 0; i < threads; i++)
		meet_start(post, calls[i]);
	run_and_destroy();
	meet_assert(self.count == threads * each && self.released == 0);
}

static void one_call(void)
{
	all_come(1, 1);
}

static void three_calls(void)
{
	all_come(1, 3);
}

static void two_threads(void)
{
	all_come(2, 1);
}

/* Two of one, one of the other. */
static void three_of_two(void)
{
	begin(2, 1, 3);
	self.calls[0] = 2;
	calls[0][1] = (struct call){ 0, 1 };
	meet_start(post, calls[0]);
	meet_start(post, calls[1]);
	run_and_destroy();
	meet_assert(self.count == 3 && self.released == 0);
}

static void weak_comparisons_fail(void)
{
	meet_fail_weak_comparisons();
	all_come(2, 1);
}

/* It stops with the first that comes: the others are called, or given up when
   it is destroyed. */
static void stops_early(void)
{
	unsigned thread[2];
	int i;

	begin(2, 1, 1);
	for (i = 0; i < 2; i++)
		thread[i] = meet_start(post, calls[i]);
	meet_assert(!evert_reactor_run(self.reactor));
	for (i = 0; i < 2; i++)
		meet_wait_for(thread[i]);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.count + self.released == 2);
}

/* What comes when a run has ended is called at its end, or in the next one. */
static void runs_again(void)
{
	begin(2, 1, EACH);
	meet_start(post, calls[0]);
	meet_start(post, calls[1]);
	while (self.count < 2)
		meet_assert(!evert_reactor_run(self.reactor));
	evert_reactor_destroy(self.reactor);
	meet_assert(self.released == 0);
}

/* ---- A pipe that is full ---- */

static void wake(void *reactor)
{
	evert_reactor_wake(reactor);
}

/* Somebody else's byte is in the pipe, which takes one only. */
static void pipe_is_full(void)
{
	unsigned waker;

	meet_set_pipe_size(1);
	begin(2, 1, 2);
	waker = meet_start(wake, self.reactor);
	meet_start(post, calls[0]);
	meet_start(post, calls[1]);
	meet_assert(!evert_reactor_run(self.reactor));
	meet_wait_for(waker);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.count == 2);
}

/* ---- A call that posts another ---- */

static void come_and_post(void *arg)
{
	come(arg);
	meet_assert(!evert_reactor_call_from_thread(self.reactor, come,
						    &calls[1][0]));
}

static void post_first(void *arg)
{
	(void)arg;
	meet_assert(!evert_reactor_call_from_thread(
		self.reactor, come_and_post, &calls[0][0]));
}

/* While the loop delivers, the list has its mark. */
static void posts_while_it_delivers(void)
{
	begin(3, 1, 3);
	meet_start(post_first, NULL);
	meet_start(post, calls[2]);
	run_and_destroy();
	meet_assert(self.count == 3 && self.released == 0);
}

/* Nobody runs it: all are given up. */
static void never_runs(void)
{
	unsigned thread[2];
	int i;

	begin(2, 2, 0);
	for (i = 0; i < 2; i++)
		thread[i] = meet_start(post, calls[i]);
	for (i = 0; i < 2; i++)
		meet_wait_for(thread[i]);
	evert_reactor_destroy(self.reactor);
	meet_assert(self.count == 0 && self.released == 4);
}

const struct meet_scenario meet_mailbox[] = {
	{ "mailbox/1x1", one_call, false },
	{ "mailbox/1x3", three_calls, false },
	{ "mailbox/2x1", two_threads, false },
	{ "mailbox/again", runs_again, false },
	{ "mailbox/weak", weak_comparisons_fail, true },
	{ "mailbox/full", pipe_is_full, true },
	{ "mailbox/delivering", posts_while_it_delivers, true },
	{ "mailbox/stops", stops_early, false },
	{ "mailbox/never", never_runs, false },
	{ "mailbox/2 and 1", three_of_two, true },
	{ NULL, NULL, false },
};
