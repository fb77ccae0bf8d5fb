/* SPDX-License-Identifier: MIT */
/* The explorer's threads: stacks that run in turns; mutexes, conditions. */
#include "engine.h"
#include "meet.h"
#include "replaced.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../deferred/coroutine/switch_internal.h"

enum { STACK = 256 * 1024, OWN = 8192, MUTEXES = 64, WAITING = 16 };

struct thread {
	struct evert_context *context;
	char *stack;
	char own[OWN]; /* its _Thread_local variables */
	int own_errno;
	void (*call)(void *arg);
	void *arg;
	bool has_ended;
	struct step step;
	uint64_t held;
	struct clock clock;
	struct clock at_end;
	/* By a handler, which runs on a stack of its own. */
	bool may_be_interrupted, is_interrupted;
	struct thread *interrupts; /* whose variables it has meanwhile */
};

struct mutex {
	const void *address;
	bool is_held;
	struct clock clock;
};

/* Who waits for a condition. */
struct wait {
	const void *cond;
	unsigned thread;
	bool is_timed, is_signalled;
};

static struct {
	struct thread thread[THREADS];
	unsigned count, current;
	char first_own[OWN]; /* as the program begins */
	struct mutex mutex[MUTEXES];
	unsigned mutexes;
	struct wait wait[WAITING];
	unsigned waits;
	bool is_patient;
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
	thread->held = 0;
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
	self.count = self.mutexes = self.waits = 0;
	self.is_patient = false;
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

uint64_t thread_held(unsigned thread)
{
	return self.thread[thread].held;
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

/* ---- Mutexes ---- */

static struct mutex *mutex_at(const void *address)
{
	struct mutex *mutex = self.mutex;

	for (; mutex < self.mutex + self.mutexes; mutex++)
		if (mutex->address == address)
			return mutex;
	if (self.mutexes++ == MUTEXES)
		meet_fail("the explorer's own: too many mutexes");
	*mutex = (struct mutex){ .address = address };
	return mutex;
}

static uint64_t bit_of(const struct mutex *mutex)
{
	return (uint64_t)1 << (mutex - self.mutex);
}

static bool is_free(const struct step *step)
{
	return !((const struct mutex *)step->arg)->is_held;
}

static void take(struct mutex *mutex)
{
	mutex->is_held = true;
	current()->held |= bit_of(mutex);
	clock_learn(&mutex->clock);
}

static void give(struct mutex *mutex)
{
	mutex->is_held = false;
	current()->held &= ~bit_of(mutex);
	clock_publish(&mutex->clock);
}

int meet_mutex_lock(pthread_mutex_t *address)
{
	struct mutex *mutex = mutex_at(address);
	struct step step = {
		.what = "locks",
		.at = __builtin_return_address(0),
		.object = { mutex },
		.writes = { true },
		.objects = 1,
		.takes = bit_of(mutex),
		.ready = is_free,
		.arg = mutex,
	};

	memory_check(address, sizeof(*address), step.at);
	if (current()->held & bit_of(mutex))
		meet_fail("it locks a mutex that it has locked");
	step_wait(&step);
	memory_check(address, sizeof(*address), step.at);
	take(mutex);
	return 0;
}

int meet_mutex_unlock(pthread_mutex_t *address)
{
	struct mutex *mutex = mutex_at(address);
	struct step step = {
		.what = "unlocks",
		.at = __builtin_return_address(0),
		.object = { mutex },
		.writes = { true },
		.objects = 1,
	};

	if (!(current()->held & bit_of(mutex)))
		meet_fail("it unlocks a mutex that it has not locked");
	step_wait(&step);
	memory_check(address, sizeof(*address), step.at);
	give(mutex);
	return 0;
}

/* ---- Conditions ---- */

static struct wait *wait_of(unsigned thread)
{
	struct wait *wait = self.wait;

	while (wait->thread != thread)
		wait++;
	return wait;
}

static void end_wait(struct wait *wait)
{
	*wait = self.wait[--self.waits];
}

static void begin_wait(const void *cond, bool is_timed)
{
	if (self.waits == WAITING)
		meet_fail("the explorer's own: too many wait");
	self.wait[self.waits++] = (struct wait){
		.cond = cond,
		.thread = self.current,
		.is_timed = is_timed,
	};
}

/* It has the mutex again. One that is timed may give up at any moment. */
static bool may_wake(const struct step *step)
{
	const struct wait *wait = wait_of((unsigned)step->number);

	return is_free(step) &&
	       (wait->is_signalled || (wait->is_timed && !self.is_patient));
}

void meet_be_patient(void)
{
	self.is_patient = true;
}

static int wait_for(pthread_cond_t *cond, pthread_mutex_t *address,
		    bool is_timed, const void *at)
{
	struct mutex *mutex = mutex_at(address);
	struct step step = {
		.what = "begins to wait",
		.at = at,
		.object = { mutex, cond },
		.writes = { true, true },
		.objects = 2,
		.arg = mutex,
		.number = self.current,
	};
	struct wait *wait;
	bool is_late;

	step_wait(&step);
	memory_check(cond, sizeof(*cond), at);
	begin_wait(cond, is_timed);
	give(mutex);
	step.what = "ends to wait";
	step.takes = bit_of(mutex);
	step.ready = may_wake;
	step_wait(&step);
	memory_check(cond, sizeof(*cond), at);
	take(mutex);
	wait = wait_of(self.current);
	is_late = !wait->is_signalled;
	end_wait(wait);
	step_tell(is_late);
	return is_late ? ETIMEDOUT : 0;
}

int meet_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return wait_for(cond, mutex, false, __builtin_return_address(0));
}

int meet_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
			const struct timespec *end)
{
	(void)end;
	return wait_for(cond, mutex, true, __builtin_return_address(0));
}

static void wait_turn(pthread_cond_t *cond, const char *what, const void *at)
{
	struct step step = {
		.what = what,
		.at = at,
		.object = { cond },
		.writes = { true },
		.objects = 1,
	};

	memory_check(cond, sizeof(*cond), at);
	step_wait(&step);
	memory_check(cond, sizeof(*cond), at);
}

int meet_cond_signal(pthread_cond_t *cond)
{
	struct wait *waiting[WAITING];
	unsigned count = 0, i;

	wait_turn(cond, "signals", __builtin_return_address(0));
	for (i = 0; i < self.waits; i++)
		if (self.wait[i].cond == cond && !self.wait[i].is_signalled)
			waiting[count++] = &self.wait[i];
	if (count)
		waiting[step_choose(count)]->is_signalled = true;
	step_tell(count);
	return 0;
}

int meet_cond_broadcast(pthread_cond_t *cond)
{
	wait_turn(cond, "tells all", __builtin_return_address(0));
	for (unsigned i = 0; i < self.waits; i++)
		if (self.wait[i].cond == cond)
			self.wait[i].is_signalled = true;
	return 0;
}

int meet_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attributes)
{
	(void)cond;
	(void)attributes;
	return 0;
}

int meet_cond_destroy(pthread_cond_t *cond)
{
	wait_turn(cond, "destroys", __builtin_return_address(0));
	for (unsigned i = 0; i < self.waits; i++)
		if (self.wait[i].cond == cond)
			meet_fail("it destroys a condition that one waits for");
	return 0;
}

/* ---- Turning round and round ---- */

static bool has_news(const struct step *step)
{
	return atomics_has_news((unsigned)step->number);
}

/* It looks again when there is something new to be seen of what it looked at
   last: so that to wait in a circle is to wait. */
int meet_yield(void)
{
	struct step step = {
		.what = "yields",
		.at = __builtin_return_address(0),
		.object = { atomics_looked_at(self.current) },
		.objects = 1,
		.ready = has_news,
		.number = self.current,
	};

	step_wait(&step);
	atomics_await(self.current);
	return 0;
}

/* ---- What else a thread asks ---- */

int meet_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){ .tv_sec = 1 };
	return 0;
}
