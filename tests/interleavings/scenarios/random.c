/* SPDX-License-Identifier: MIT */
/*
 * Does the explorer leave nothing out? Programs drawn at random, of atomic
 * operations of all orders, mutexes, and conditions with time-outs: what
 * comes out of them has to be the same whether each interleaving is run, or
 * only those that the explorer holds to differ.
 */
#include "random.h"

#include <pthread.h>

#include "../atomics.h"
#include "../meet.h"

enum { THREADS_MOST = 3, LENGTH_MOST = 4, VARIABLES = 2 };
enum { ATOMIC = 5, KINDS = 7 }; /* of operations; without mutexes */

struct operation {
	unsigned kind, variable;
	int order;
};

static struct {
	struct operation operation[THREADS_MOST][LENGTH_MOST];
	unsigned threads, length;
} program;

static struct {
	int variable[VARIABLES];
	int plain;
	uint64_t saw[THREADS_MOST];
} self;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

/* ---- Drawing ---- */

static uint64_t state;

static unsigned draw(unsigned count)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % count;
}

void random_draw(uint64_t seed)
{
	static const int orders[] = { __ATOMIC_RELAXED, __ATOMIC_ACQUIRE,
				      __ATOMIC_RELEASE, __ATOMIC_ACQ_REL,
				      __ATOMIC_SEQ_CST };
	unsigned i, j;

	state = seed * 2862933555777941757u + 3037000493u;
	program.threads = 2 + draw(2);
	program.length = program.threads == 2 ? 3 : 2;
	for (i = 0; i < program.threads; i++)
		for (j = 0; j < program.length; j++)
			program.operation[i][j] = (struct operation){
				.kind = draw(program.threads == 2 ? KINDS
								  : ATOMIC),
				.variable = draw(VARIABLES),
				.order = orders[draw(5)],
			};
}

/* ---- Running ---- */

/* A load has no release, a store no acquire. */
static int without(int order, int wrong)
{
	return order == wrong || order == __ATOMIC_ACQ_REL ? __ATOMIC_RELAXED
							   : order;
}

static uint64_t compare(const struct operation *operation)
{
	uint64_t expected = 1;
	bool done = atomic_swap(&self.variable[operation->variable], 4,
				&expected, 7, operation->order,
				without(operation->order, __ATOMIC_RELEASE),
				false, NULL);

	return expected << 1 | done;
}

static uint64_t wait_a_while(void)
{
	static const struct timespec end;
	int error;

	pthread_mutex_lock(&mutex);
	error = pthread_cond_timedwait(&cond, &mutex, &end);
	pthread_mutex_unlock(&mutex);
	return error != 0;
}

static uint64_t count(void)
{
	uint64_t before;

	pthread_mutex_lock(&mutex);
	before = (uint64_t)self.plain++;
	pthread_mutex_unlock(&mutex);
	return before;
}

static uint64_t operate(const struct operation *operation, unsigned value)
{
	int *at = &self.variable[operation->variable];

	switch (operation->kind) {
	case 0:
	case 1:
		return atomic_look(at, 4,
				   without(operation->order, __ATOMIC_RELEASE),
				   NULL);
	case 2:
		atomic_put(at, 4, value,
			   without(operation->order, __ATOMIC_ACQUIRE), NULL);
		return 0;
	case 3:
		return atomic_change(at, 4, ADD, 1, operation->order, NULL);
	case 4:
		return compare(operation);
	case 5:
		return operation->variable ? count() : wait_a_while();
	default:
		return (uint64_t)pthread_cond_signal(&cond);
	}
}

static void run_thread(void *arg)
{
	unsigned thread = *(unsigned *)arg, i;
	uint64_t saw = 0;

	for (i = 0; i < program.length; i++)
		saw = saw * 97 + 1 +
		      operate(&program.operation[thread][i], thread + 1);
	self.saw[thread] = saw;
}

void random_run(void)
{
	static unsigned numbers[THREADS_MOST] = { 0, 1, 2 };
	unsigned thread[THREADS_MOST], i;
	uint64_t hash;

	self.plain = self.variable[0] = self.variable[1] = 0;
	for (i = 0; i < program.threads; i++)
		thread[i] = meet_start(run_thread, &numbers[i]);
	for (i = 0; i < program.threads; i++)
		meet_wait_for(thread[i]);
	hash = (uint64_t)self.variable[0] * 10 + (uint64_t)self.variable[1];
	for (i = 0; i < program.threads; i++)
		hash = (hash ^ self.saw[i]) * 1099511628211u;
	meet_note(hash);
}
