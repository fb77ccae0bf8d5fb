/* SPDX-License-Identifier: MIT */
/* The explorer's threads: stacks that run in turns, and handlers of signals that
   interrupt them. */
#include "engine.h"
#include "meet.h"
#include "replaced.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../deferred/coroutine/switch_internal.h"

enum { STACK = 256 * 1024, OWN = 8192 };

struct thread {
	struct evert_context *context;
	char *stack;
	char own[OWN]; /* its _Thread_local variables */
	int own_errno;
	void (*call)(void *arg);
	void *arg;
	bool has_ended;
	struct step step;
	struct clock clock;
	struct clock at_end;
	/* By a handler, which runs on a stack of its own. */
	bool may_be_interrupted, is_interrupted;
	struct thread *interrupts; /* whose variables it has meanwhile */
};

static struct {
	struct thread thread[THREADS];
	unsigned count, current;
	char first_own[OWN]; /* as the program begins */
} self;

/* Of all that _Thread_local stands for; see hooks.h. */
extern char __start_meet_own[], __stop_meet_own[];

static size_t own_size(void)
{
	return (size_t)(__stop_meet_own - __start_meet_own);
}

/* ---- Stacks ---- */

static struct thread *current(void)
{
	return &self.thread[self.current];
}

void threads_init(void)
{
	if (own_size() > OWN)
		abort();
	memcpy(self.first_own, __start_meet_own, own_size());
	for (int i = 0; i < THREADS; i++)
		self.thread[i].stack =
			mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static const void *place_of(void (*call)(void *arg))
{
	return (const void *)(uintptr_t)call;
}

static void run(struct evert_context *context)
{
	struct thread *thread = current();
	struct step end = { .what = "ends", .at = place_of(thread->call) };

	thread->call(thread->arg);
	end.object[0] = thread;
	end.writes[0] = true;
	end.objects = 1;
	step_wait(&end);
	thread->has_ended = true;
	clock_publish(&thread->at_end);
	evert_context_end(context);
}

static void create(void (*call)(void *arg), void *arg)
{
	struct thread *thread;

	if (self.count == THREADS)
		meet_fail("the explorer's own: too many threads");
	thread = &self.thread[self.count++];
	memcpy(thread->own, self.first_own, own_size());
	thread->own_errno = 0;
	thread->context = NULL;
	thread->call = call;
	thread->arg = arg;
	thread->has_ended = false;
	thread->clock = (struct clock){ { 0 } };
	thread->clock.of[thread - self.thread] = 1;
	thread->at_end = (struct clock){ { 0 } };
	thread->may_be_interrupted = thread->is_interrupted = false;
	thread->interrupts = NULL;
	thread->step = (struct step){ .what = "begins",
				      .at = place_of(call) };
}

static struct thread *who(struct thread *thread)
{
	return thread->interrupts ? thread->interrupts : thread;
}

void thread_go_on(unsigned number)
{
	struct thread *thread = &self.thread[number];
	char *top;

	self.current = number;
	memcpy(__start_meet_own, who(thread)->own, own_size());
	errno = thread->own_errno;
	if (thread->context) {
		evert_context_enter(thread->context);
	} else {
		top = thread->stack + STACK - sizeof(struct evert_context);
		thread->context = (struct evert_context *)(void *)top;
		evert_context_start(thread->context, thread->stack, run);
	}
	thread->own_errno = errno;
	memcpy(who(thread)->own, __start_meet_own, own_size());
}

/* It depends on the handlers that interrupt it. */
static void add_own(struct thread *thread)
{
	struct step *step = &thread->step;

	if (step->objects == OBJECTS)
		meet_fail("the explorer's own: too many objects");
	step->writes[step->objects] = false;
	step->object[step->objects++] = thread->own;
}

void step_wait(const struct step *step)
{
	struct thread *thread = current();

	thread->step = *step;
	if (thread->may_be_interrupted)
		add_own(thread);
	evert_context_leave(thread->context);
}

static void run_scenario(void *run)
{
	((void (*)(void))(uintptr_t)run)();
}

void threads_begin(void (*scenario)(void))
{
	self.count = 0;
	locks_reset();
	create(run_scenario, (void *)(uintptr_t)scenario);
}

unsigned threads_count(void)
{
	return self.count;
}

unsigned thread_current(void)
{
	return self.current;
}

const void *meet_thread_address(void)
{
	return who(current());
}

bool thread_is_interrupted(unsigned thread)
{
	return self.thread[thread].is_interrupted;
}

const struct step *thread_step(unsigned number)
{
	const struct thread *thread = &self.thread[number];

	return thread->has_ended ? NULL : &thread->step;
}

struct clock *thread_clock(unsigned thread)
{
	return &self.thread[thread].clock;
}

/* What follows did not happen before what others learn now. */
void clock_publish(struct clock *to)
{
	struct thread *thread = current();

	clock_join(to, &thread->clock);
	thread->clock.of[self.current]++;
}

void clock_learn(const struct clock *from)
{
	clock_join(&current()->clock, from);
}

/* ---- Beginning and joining ---- */

unsigned meet_start(void (*call)(void *arg), void *arg)
{
	struct step step = {
		.what = "starts",
		.at = __builtin_return_address(0),
	};
	unsigned number;

	step_wait(&step);
	number = self.count;
	create(call, arg);
	clock_publish(&self.thread[number].clock);
	step_tell(number);
	return number;
}

/* ---- Interrupting ---- */

void meet_let_interrupt(void)
{
	current()->may_be_interrupted = true;
}

static bool may_interrupt(const struct step *step)
{
	const struct thread *thread = step->arg;

	return !thread->is_interrupted;
}

static void wait_to_interrupt(const char *what, struct thread *thread)
{
	struct step step = {
		.what = what,
		.object = { thread->own, thread },
		.writes = { true },
		.objects = 2, /* it may end */
		.arg = thread,
	};

	if (!thread->is_interrupted)
		step.ready = may_interrupt;
	step_wait(&step);
}

void meet_interrupt(unsigned number, int signal)
{
	struct thread *thread = &self.thread[number], *handler = current();

	wait_to_interrupt("interrupts", thread);
	if (thread->has_ended)
		return;
	thread->is_interrupted = true;
	clock_learn(&thread->clock);
	memcpy(handler->own, __start_meet_own, own_size());
	memcpy(__start_meet_own, thread->own, own_size());
	handler->interrupts = thread;
	meet_raise(signal);
	wait_to_interrupt("returns", thread);
	memcpy(thread->own, __start_meet_own, own_size());
	memcpy(__start_meet_own, handler->own, own_size());
	handler->interrupts = NULL;
	clock_publish(&thread->clock);
	thread->is_interrupted = false;
}

static bool has_ended(const struct step *step)
{
	return self.thread[step->number].has_ended;
}

void meet_wait_for(unsigned number)
{
	struct step step = {
		.what = "joins",
		.at = __builtin_return_address(0),
		.object = { &self.thread[number] },
		.objects = 1,
		.ready = has_ended,
		.number = number,
	};

	step_wait(&step);
	clock_learn(&self.thread[number].at_end);
	step_tell(number);
}

int meet_join(pthread_t thread, void **result)
{
	(void)result;
	meet_wait_for((unsigned)thread);
	return 0;
}

int meet_detach(pthread_t thread)
{
	(void)thread;
	return 0;
}

pthread_t meet_self(void)
{
	return self.current;
}

unsigned meet_choose(unsigned count)
{
	struct step step = {
		.what = "chooses",
		.at = __builtin_return_address(0),
	};
	unsigned chosen;

	step_wait(&step);
	chosen = step_choose(count);
	step_tell(chosen);
	return chosen;
}
