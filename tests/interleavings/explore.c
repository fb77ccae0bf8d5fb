/* SPDX-License-Identifier: MIT */
/*
 * Which thread goes on at each step. Every interleaving begins as the last one
 * did, up to the last step where another choice is left. One that turns out to
 * repeat another (reduce.c) is finished all the same, so that nothing is left
 * behind.
 */
#include "meet.h"
#include "reduce.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct {
	struct node node[STEPS];
	unsigned planned; /* steps that are to be made as they were before */
	unsigned made;
	bool repeats; /* what follows was seen */
	bool has_chosen;
	bool leaves_nothing_out;
	uint64_t number, steps;
	uint64_t first; /* of the scenario */
	const void *blamed; /* code */
} self;

/* ---- Making a step ---- */

static unsigned ready_threads(void)
{
	const struct step *step;
	unsigned ready = 0;

	for (unsigned i = 0; i < threads_count(); i++) {
		step = thread_step(i);
		if (step && !thread_is_interrupted(i) &&
		    (!step->ready || step->ready(step)))
			ready |= 1u << i;
	}
	return ready;
}

/* Those that need not be tried after the last step. */
static unsigned still_asleep(void)
{
	const struct node *last;
	unsigned asleep, i;

	if (!self.made || self.leaves_nothing_out)
		return 0;
	last = &self.node[self.made - 1];
	asleep = (last->asleep | last->tried) & ~(1u << last->thread);
	for (i = 0; i < threads_count(); i++)
		if ((asleep & 1u << i) &&
		    (!thread_step(i) || reduce_depend(thread_step(i),
						      &last->step)))
			asleep &= ~(1u << i);
	return asleep;
}

/* The one that went on, if it can: so little is switched. */
static unsigned choose_thread(unsigned from)
{
	unsigned last = self.made ? self.node[self.made - 1].thread : 0;

	return from & 1u << last ? last : (unsigned)__builtin_ctz(from);
}

/* Where all threads stand. */
static uintptr_t all_pending(void)
{
	uintptr_t all = 0;

	for (unsigned i = 0; i < threads_count(); i++)
		if (thread_step(i))
			all = all * 31 + (uintptr_t)thread_step(i)->at;
	return all;
}

static void check_pending(const struct node *node, unsigned ready)
{
	if (node->ready == ready && node->pending == all_pending())
		return;
	explore_blame(node->step.at);
	meet_fail("the explorer's own: after %u steps it goes "
		  "otherwise than before",
		  self.made);
}

/* False: there is none. */
static bool plan_step(void)
{
	struct node *node = &self.node[self.made];
	unsigned ready = ready_threads(), asleep, able;

	if (!ready)
		return false;
	if (self.made == STEPS - 1)
		meet_fail("it does not end");
	if (self.made < self.planned) {
		check_pending(node, ready);
		return true;
	}
	asleep = still_asleep();
	able = ready & ~asleep;
	if (!able)
		self.repeats = true;
	node->thread = choose_thread(self.repeats ? ready : able);
	node->outcome = 0;
	node->ready = ready;
	node->pending = all_pending();
	node->asleep = asleep;
	node->to_try = 1u << node->thread;
	if (self.leaves_nothing_out && thread_step(node->thread)->objects)
		node->to_try = ready;
	node->tried = 0;
	if (!self.repeats)
		self.planned = self.made + 1;
	return true;
}

static void make_step(void)
{
	struct node *node = &self.node[self.made];
	unsigned threads = threads_count();

	/* One that is made anew, or for the first time. */
	if (self.made + 1 == self.planned)
		reduce_find_races(self.node, self.made, node->thread);
	node->step = *thread_step(node->thread);
	node->held = thread_held(node->thread);
	node->outcomes = 1;
	node->value = 0;
	reduce_note(node, self.made);
	self.has_chosen = false;
	self.made++;
	self.steps++;
	thread_go_on(node->thread);
	for (; threads < threads_count(); threads++)
		reduce_begin_thread(threads, node->thread);
}

unsigned step_choose(unsigned count)
{
	struct node *node = &self.node[self.made - 1];

	if (self.has_chosen)
		meet_fail("the explorer's own: two choices in a step");
	self.has_chosen = true;
	if (self.made > self.planned) /* it repeats */
		return 0;
	node->outcomes = count;
	if (node->outcome >= count)
		meet_fail("the explorer's own: it went otherwise");
	return node->outcome;
}

void step_tell(uint64_t value)
{
	self.node[self.made - 1].value = value;
}

/* ---- All of them ---- */

static void run_one(void (*run)(void))
{
	self.number++;
	self.made = 0;
	self.repeats = false;
	reduce_reset();
	atomics_reset();
	races_reset();
	memory_reset();
	kernel_reset();
	threads_begin(run);
	while (plan_step())
		make_step();
	for (unsigned i = 0; i < threads_count(); i++)
		if (thread_step(i))
			meet_fail("nobody can go on");
	memory_check_empty();
}

/* False: there is no other choice left. */
static bool choose_another(void)
{
	struct node *node;
	unsigned left;

	for (; self.planned; self.planned--) {
		node = &self.node[self.planned - 1];
		if (node->outcome + 1 < node->outcomes) {
			node->outcome++;
			return true;
		}
		node->tried |= 1u << node->thread;
		left = node->to_try & ~node->tried & ~node->asleep;
		if (left) {
			node->thread = (unsigned)__builtin_ctz(left);
			node->outcome = 0;
			return true;
		}
	}
	return false;
}

void explore_all(bool all)
{
	self.leaves_nothing_out = all;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct explored explore(void (*run)(void), uint64_t most)
{
	struct explored explored = { 0 };
	double begun = seconds();
	uint64_t steps;

	/* Once before, for what is only done the first time. */
	self.planned = 0;
	run_one(run);
	self.planned = 0;
	self.first = self.number;
	steps = self.steps;
	do {
		run_one(run);
		explored.repeated += self.repeats;
	} while (choose_another() && self.number - self.first != most);
	explored.count = self.number - self.first;
	explored.steps = self.steps - steps;
	explored.seconds = seconds() - begun;
	explored.stopped = self.planned != 0;
	return explored;
}

/* ---- What led to here ---- */

uint64_t explore_number(void)
{
	return self.number - self.first;
}

void explore_blame(const void *at)
{
	self.blamed = at;
}

static void print_step(FILE *to, FILE *lines, const struct node *node)
{
	char place[256] = "\n";

	if (lines && !fgets(place, sizeof(place), lines))
		place[0] = '\0';
	fprintf(to, "  thread %u %-16s %14p = %-14llx %s", node->thread,
		node->step.what, node->step.object[0],
		(unsigned long long)node->value, place);
}

void explore_print(FILE *to)
{
	enum { MOST = 40 };
	unsigned first = self.made > MOST ? self.made - MOST : 0, i;
	size_t length = 0;
	char command[MOST * 20 + 100], place[256];
	FILE *lines;

	length = (size_t)snprintf(command, sizeof(command),
				  "addr2line -f -s -p -e /proc/%ld/exe",
				  (long)getpid());
	if (self.blamed)
		length += (size_t)snprintf(
			command + length, sizeof(command) - length, " %p",
			(const char *)self.blamed - 1);
	for (i = first; i < self.made; i++)
		length += (size_t)snprintf(
			command + length, sizeof(command) - length, " %p",
			(const char *)self.node[i].step.at - 1);
	lines = popen(command, "r");
	if (self.blamed && lines && fgets(place, sizeof(place), lines))
		fprintf(to, "  in %s", place);
	for (i = first; i < self.made; i++)
		print_step(to, lines, &self.node[i]);
	if (lines)
		pclose(lines);
}
