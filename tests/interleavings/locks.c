/* SPDX-License-Identifier: MIT */
/* Mutexes, conditions, and waiting in a circle. */
#include "engine.h"
#include "meet.h"
#include "replaced.h"

#include <errno.h>

enum { MUTEXES = 64, WAITING = 16 };

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
	struct mutex mutex[MUTEXES];
	unsigned mutexes;
	struct wait wait[WAITING];
	unsigned waits;
	uint64_t held[THREADS]; /* mutexes */
	bool is_patient;
} self;

void locks_reset(void)
{
	self.mutexes = self.waits = 0;
	self.is_patient = false;
	for (int i = 0; i < THREADS; i++)
		self.held[i] = 0;
}

uint64_t thread_held(unsigned thread)
{
	return self.held[thread];
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
	self.held[thread_current()] |= bit_of(mutex);
	clock_learn(&mutex->clock);
}

static void give(struct mutex *mutex)
{
	mutex->is_held = false;
	self.held[thread_current()] &= ~bit_of(mutex);
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
	if (self.held[thread_current()] & bit_of(mutex))
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

	if (!(self.held[thread_current()] & bit_of(mutex)))
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
		.thread = thread_current(),
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
		.number = thread_current(),
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
	wait = wait_of(thread_current());
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
		.object = { atomics_looked_at(thread_current()) },
		.objects = 1,
		.ready = has_news,
		.number = thread_current(),
	};

	step_wait(&step);
	atomics_await(thread_current());
	return 0;
}
