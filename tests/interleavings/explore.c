/* SPDX-License-Identifier: MIT */
/*
 * Which thread goes on at each step. Every interleaving begins as the last one
 * did, up to the last step where another choice is left.
 *
 * Two interleavings that differ only in the order of steps that do not touch
 * the same object, or only look at it, are the same to every thread; of such
 * only one is run: dynamic partial-order reduction (Flanagan and Godefroid,
 * POPL 2005) with sleep sets (Godefroid, 1996). One that turns out to repeat
 * another is finished all the same, so that nothing is left behind.
 */
#include "engine.h"
#include "meet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct node {
	unsigned thread;
	unsigned outcome, outcomes;
	/* Sets of threads: those that could go on here; those that have to be
	   tried, that were, and that need not be. */
	unsigned ready, to_try, tried, asleep;
	/* The step that was made. */
	struct step step;
	uint64_t held;
	int before[OBJECTS]; /* the last one that touched that object, or -1 */
	uint64_t value;
};

/* What steps have touched, in this interleaving. */
struct object {
	const void *address;
	uint64_t of; /* which interleaving */
	int last;
	struct clock written, read;
};

enum { TABLE = 1 << 12 };

static struct {
	struct node node[STEPS];
	struct object object[TABLE];
	struct clock clock[THREADS]; /* of steps that depend on each other */
	unsigned planned; /* steps that are to be made as they were before */
	unsigned made;
	bool repeats; /* what follows was seen */
	bool has_chosen;
	uint64_t number, steps;
	uint64_t first; /* of the scenario */
	const void *blamed; /* code */
} self;

/* ---- Objects ---- */

static struct object *object_at(const void *address)
{
	size_t i = ((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 40;
	struct object *object;

	for (;; i++) {
		object = &self.object[i % TABLE];
		if (object->of == self.number && object->address == address)
			return object;
		if (object->of != self.number)
			break;
	}
	*object = (struct object){
		.address = address,
		.of = self.number,
		.last = -1,
	};
	return object;
}

static bool depend(const struct step *a, const struct step *b)
{
	for (unsigned i = 0; i < a->objects; i++)
		for (unsigned j = 0; j < b->objects; j++)
			if (a->object[i] == b->object[j] &&
			    (a->writes[i] || b->writes[j]))
				return true;
	return false;
}

/* ---- Which other order matters ---- */

static bool is_before(unsigned made, unsigned thread)
{
	return self.clock[thread].of[self.node[made].thread] > made;
}

/* Could either have come first? Not where a mutex keeps them apart. */
static bool could_swap(const struct node *node, unsigned thread)
{
	uint64_t held = thread_held(thread);

	return !(node->held & (held | thread_step(thread)->takes)) &&
	       !(node->step.takes & held);
}

/* The last step that touched the object, and could have come after this one of
   the thread; -1: none. */
static int last_race(unsigned thread, unsigned which, int least)
{
	const struct step *step = thread_step(thread);
	const void *object = step->object[which];
	const struct node *node;
	unsigned k;
	int i;

	for (i = object_at(object)->last; i >= least; i = node->before[k]) {
		node = &self.node[i];
		for (k = 0; node->step.object[k] != object; k++)
			;
		if (is_before((unsigned)i, thread)) {
			if (node->step.writes[k])
				return -1; /* so are all before it */
		} else if (node->thread != thread &&
			   (node->step.writes[k] || step->writes[which]) &&
			   could_swap(node, thread)) {
			return i;
		}
	}
	return -1;
}

/* Where step `made` was, the thread, or who leads to its step, is to be tried
   as well. */
static void try_before(int made, unsigned thread)
{
	struct node *node = &self.node[made];
	unsigned able = 0, i;

	for (i = 0; i < THREADS; i++)
		if (i == thread ||
		    self.clock[thread].of[i] > (unsigned)made + 1)
			able |= 1u << i;
	able &= node->ready;
	if (!able)
		node->to_try |= node->ready;
	else if (!(able & node->to_try))
		node->to_try |= able & 1u << thread ? 1u << thread
						    : able & -able;
}

static void find_races(unsigned thread, bool has_moved)
{
	const struct step *step = thread_step(thread);
	int least = has_moved ? 0 : (int)self.made - 1, found = -1, i;

	for (unsigned k = 0; k < step->objects; k++) {
		i = last_race(thread, k, least);
		if (found < i)
			found = i;
	}
	if (found >= 0)
		try_before(found, thread);
}

static void find_all_races(void)
{
	unsigned moved = self.made ? self.node[self.made - 1].thread : 0;

	for (unsigned i = 0; i < threads_count(); i++)
		if (thread_step(i))
			find_races(i, i == moved);
}

/* ---- Making a step ---- */

static unsigned ready_threads(void)
{
	const struct step *step;
	unsigned ready = 0;

	for (unsigned i = 0; i < threads_count(); i++) {
		step = thread_step(i);
		if (step && (!step->ready || step->ready(step)))
			ready |= 1u << i;
	}
	return ready;
}

/* Those that need not be tried after the last step. */
static unsigned still_asleep(void)
{
	const struct node *last;
	unsigned asleep, i;

	if (!self.made)
		return 0;
	last = &self.node[self.made - 1];
	asleep = (last->asleep | last->tried) & ~(1u << last->thread);
	for (i = 0; i < threads_count(); i++)
		if ((asleep & 1u << i) &&
		    (!thread_step(i) || depend(thread_step(i), &last->step)))
			asleep &= ~(1u << i);
	return asleep;
}

/* The one that went on, if it can: so little is switched. */
static unsigned choose_thread(unsigned from)
{
	unsigned last = self.made ? self.node[self.made - 1].thread : 0;

	return from & 1u << last ? last : (unsigned)__builtin_ctz(from);
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
		if (node->ready != ready)
			meet_fail("the explorer's own: it went otherwise");
		return true;
	}
	if (!self.repeats)
		find_all_races();
	asleep = still_asleep();
	able = ready & ~asleep;
	if (!able)
		self.repeats = true;
	node->thread = choose_thread(self.repeats ? ready : able);
	node->outcome = 0;
	node->ready = ready;
	node->asleep = asleep;
	node->to_try = 1u << node->thread;
	node->tried = 0;
	if (!self.repeats)
		self.planned = self.made + 1;
	return true;
}

/* What it depends on happened before it. */
static void note_step(struct node *node)
{
	struct clock *clock = &self.clock[node->thread];
	const struct step *step = &node->step;
	struct object *object;
	unsigned i;

	for (i = 0; i < step->objects; i++) {
		object = object_at(step->object[i]);
		clock_join(clock, &object->written);
		if (step->writes[i])
			clock_join(clock, &object->read);
	}
	clock->of[node->thread] = self.made + 1;
	for (i = 0; i < step->objects; i++) {
		object = object_at(step->object[i]);
		if (step->writes[i])
			object->written = *clock;
		else
			clock_join(&object->read, clock);
		node->before[i] = object->last;
		object->last = (int)self.made;
	}
}

static void make_step(void)
{
	struct node *node = &self.node[self.made];
	unsigned threads = threads_count();

	node->step = *thread_step(node->thread);
	node->held = thread_held(node->thread);
	node->outcomes = 1;
	node->value = 0;
	note_step(node);
	self.has_chosen = false;
	self.made++;
	self.steps++;
	thread_go_on(node->thread);
	for (; threads < threads_count(); threads++)
		self.clock[threads] = self.clock[node->thread];
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
	for (int i = 0; i < THREADS; i++)
		self.clock[i] = (struct clock){ { 0 } };
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
