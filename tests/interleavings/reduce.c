/* SPDX-License-Identifier: MIT */
/*
 * Two interleavings that differ only in the order of steps that do not touch
 * the same object, or only look at it, are the same to every thread; of such
 * only one is run: dynamic partial-order reduction with source sets (Abdulla,
 * Aronis, Jonsson and Sagonas, POPL 2014) and sleep sets (Godefroid, 1996).
 *
 * That a mutex was free, and who waited for what, is known of the objects that
 * steps touch; so steps that depend on none of the same objects can't keep
 * each other from being made. A step that could not have been made without
 * the other one (a wake-up before what woke) needs no other order.
 */
#include "reduce.h"

/* What steps have touched, in this interleaving. */
struct object {
	const void *address;
	uint64_t of; /* which interleaving */
	int last;
	struct clock written, read;
};

enum { TABLE = 1 << 12 };

static struct {
	struct object object[TABLE];
	struct clock clock[THREADS]; /* of steps that depend on each other */
	uint64_t number; /* of interleavings */
	struct node *node;
	unsigned made;
} self;

void reduce_reset(void)
{
	self.number++;
	for (int i = 0; i < THREADS; i++)
		self.clock[i] = (struct clock){ { 0 } };
}

void reduce_begin_thread(unsigned thread, unsigned by)
{
	self.clock[thread] = self.clock[by];
}

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

bool reduce_depend(const struct step *a, const struct step *b)
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
		if (i < self.made && reduce_depend(&node->step, thread_step(thread)))
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

void reduce_find_races(struct node *nodes, unsigned made, unsigned thread)
{
	const struct step *step = thread_step(thread);

	self.node = nodes;
	self.made = made;
	for (unsigned k = 0; k < step->objects; k++)
		find_races_at(thread, k);
}

void reduce_note(struct node *node, unsigned made)
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
	clock->of[node->thread] = made + 1;
	node->clock = *clock;
	for (i = 0; i < step->objects; i++) {
		object = object_at(step->object[i]);
		if (step->writes[i])
			object->written = *clock;
		else
			clock_join(&object->read, clock);
		node->before[i] = object->last;
		object->last = (int)made;
	}
}
