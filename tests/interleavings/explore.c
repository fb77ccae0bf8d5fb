/* SPDX-License-Identifier: MIT */
/*
 * Which thread goes on at each step. Every interleaving begins as the last one
 * did, up to the last step where another choice is left.
 *
 * Two interleavings that differ only in the order of steps that do not touch
 * the same object, or only look at it, are the same to every thread; of such
 * only one is run: dynamic partial-order reduction with source sets (Abdulla,
 * Aronis, Jonsson and Sagonas, POPL 2014) and sleep sets (Godefroid, 1996). One
 * that turns out to repeat another is finished all the same, so that nothing
 * is left behind.
 *
 * That a mutex was free, and who waited for what, is known of the objects that
 * steps touch; so steps that depend on none of the same objects can't keep
 * each other from being made. A step that could not have been made without
 * the other one (a wake-up before what woke) needs no other order.
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
	uintptr_t pending; /* where all threads stood before */
	struct clock clock; /* what it depends on, itself included */
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
	bool leaves_nothing_out;
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

/* Could either have come first? Not where a mutex keeps them apart. */
static bool could_swap(const struct node *node, unsigned thread)
{
	uint64_t held = thread_held(thread);

	return !(node->held & (held | thread_step(thread)->takes)) &&
	       !(node->step.takes & held);
}

static bool happens_after(const struct clock *clock, unsigned made)
{
	return clock->of[self.node[made].thread] > made;
}

/*
 * Of the steps after `made` those that would be made without it, up to the
 * thread's: the threads that one of them may begin with, as it depends on none
 * of the others.
 */
static unsigned initials(unsigned made, unsigned thread)
{
	unsigned first[THREADS] = { 0 }, begun = 0, initial = 0, i, j;
	struct clock clock = self.clock[thread];
	const struct node *node;
	bool is_first;

	for (i = made + 1; i <= self.made; i++) {
		node = &self.node[i];
		if (i < self.made && happens_after(&node->clock, made))
			continue;
		if (i < self.made && depend(&node->step, thread_step(thread)))
			clock_join(&clock, &node->clock);
		if (begun & 1u << (i < self.made ? node->thread : thread))
			continue;
		is_first = true;
		for (j = 0; j < THREADS; j++)
			if ((begun & 1u << j) &&
			    (i < self.made ? &node->clock : &clock)->of[j] >
				    first[j])
				is_first = false;
		j = i < self.made ? node->thread : thread;
		begun |= 1u << j;
		first[j] = i;
		if (is_first)
			initial |= 1u << j;
	}
	return initial & self.node[made].ready;
}

/* Where step `made` was, one of those that begin without it is to be tried. */
static void try_without(unsigned made, unsigned thread)
{
	struct node *node = &self.node[made];
	unsigned able = initials(made, thread);

	if (able && !(able & node->to_try))
		node->to_try |= able & 1u << thread ? 1u << thread
						    : able & -able;
}

/* Does the step lead to the thread's by way of one of those? */
static bool is_on_the_way(unsigned made, const int *races, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (happens_after(&self.node[races[i]].clock, made))
			return true;
	return false;
}

/* The steps that touched the object and could as well have come after this one
   of the thread. */
static void find_races_at(unsigned thread, unsigned which)
{
	const struct step *step = thread_step(thread);
	const void *object = step->object[which];
	const struct node *node;
	int races[STEPS];
	unsigned count = 0, k;
	int i;

	for (i = object_at(object)->last; i >= 0; i = node->before[k]) {
		node = &self.node[i];
		for (k = 0; node->step.object[k] != object; k++)
			;
		if (happens_after(&self.clock[thread], (unsigned)i)) {
			if (node->step.writes[k])
				break; /* so does it after all before */
		} else if ((node->step.writes[k] || step->writes[which]) &&
			   could_swap(node, thread) &&
			   !is_on_the_way((unsigned)i, races, count)) {
			try_without((unsigned)i, thread);
			races[count++] = i;
		}
	}
}

static void find_races(unsigned thread)
{
	const struct step *step = thread_step(thread);

	for (unsigned k = 0; k < step->objects; k++)
		find_races_at(thread, k);
}

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
	node->clock = *clock;
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

	/* One that is made anew, or for the first time. */
	if (self.made + 1 == self.planned)
		find_races(node->thread);
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
