/* SPDX-License-Identifier: MIT */
/*
 * Atomic objects, each with all that was ever stored in it. A load may see
 * any of these that C11 allows: none that is older than one which, as far as
 * the thread knows, was stored or seen before (7.17.3, 5.1.2.4); and where it
 * is sequentially consistent, none that is older than the last store that is.
 * A read-modify-write sees the last one. An acquiring load of what was stored
 * with release learns what the storing thread knew; a sequence of read-
 * modify-writes hands that on, later plain stores of the same thread do not,
 * as in C++20, which is less than C11 promises.
 *
 * What is not explored: the stores of an object are in the order in which
 * they were made in the interleaving; no load sees what is stored later (load
 * buffering); sequentially consistent operations are in the order in which
 * they were made. There are no fences: to make one fails.
 */
#include "atomics.h"

#include "engine.h"
#include "meet.h"

#include <string.h>

enum { TABLE = 1024, STORES = 128, LOOKS = 512 };

struct store {
	uint64_t value;
	struct clock released; /* what who acquires it learns */
};

/* A thread has seen a store, or made it. */
struct look {
	unsigned thread;
	uint32_t when; /* by that thread's clock */
	unsigned store;
};

struct location {
	const volatile void *address;
	uint64_t of; /* which interleaving */
	unsigned stores, looks;
	unsigned last_consistent; /* store that is sequentially consistent */
	struct store store[STORES];
	struct look look[LOOKS];
};

static struct {
	struct location location[TABLE];
	uint64_t number;
	/* By thread: */
	struct location *looked_at[THREADS];
	unsigned saw[THREADS];
	bool awaits[THREADS]; /* something newer */
	bool fails_idly;      /* does a weak comparison? */
	bool has_failed[THREADS];
} self;

void atomics_reset(void)
{
	self.number++;
	memset(self.looked_at, 0, sizeof(self.looked_at));
	memset(self.awaits, 0, sizeof(self.awaits));
	memset(self.has_failed, 0, sizeof(self.has_failed));
	self.fails_idly = false;
}

void meet_fail_weak_comparisons(void)
{
	self.fails_idly = true;
}

/* ---- Objects ---- */

static uint64_t in_memory(const volatile void *address, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, (const void *)address, size);
	return value;
}

static void begin(struct location *location, uint64_t value)
{
	location->stores = 1;
	location->looks = 0;
	location->last_consistent = 0;
	location->store[0] = (struct store){ .value = value };
}

static struct location *find(const volatile void *address)
{
	size_t i = ((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 40;
	struct location *location = &self.location[i % TABLE];

	while (location->of == self.number && location->address != address)
		location = &self.location[++i % TABLE];
	return location;
}

/* Its memory always has the last store: else it was stored plainly. */
static struct location *location_at(const volatile void *address,
				    unsigned size)
{
	struct location *location = find(address);
	uint64_t value = in_memory(address, size);
	bool is_new = location->of != self.number;

	location->address = address;
	location->of = self.number;
	if (is_new ||
	    location->store[location->stores - 1].value != value)
		begin(location, value);
	return location;
}

/* ---- Orders ---- */

static bool acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
	       order == __ATOMIC_SEQ_CST;
}

static void note_look(struct location *location, unsigned store)
{
	unsigned thread = thread_current();

	if (location->looks == LOOKS)
		meet_fail("the explorer's own: too many looks at an atomic");
	location->look[location->looks++] = (struct look){
		.thread = thread,
		.when = thread_clock(thread)->of[thread],
		.store = store,
	};
	self.looked_at[thread] = location;
	self.saw[thread] = store;
}

/* The oldest store that may be seen. */
static unsigned oldest(const struct location *location, int order)
{
	unsigned thread = thread_current();
	const struct clock *clock = thread_clock(thread);
	unsigned least = order == __ATOMIC_SEQ_CST ? location->last_consistent
						   : 0;
	const struct look *look;

	for (unsigned i = 0; i < location->looks; i++) {
		look = &location->look[i];
		if (look->when <= clock->of[look->thread] &&
		    look->store > least)
			least = look->store;
	}
	if (self.awaits[thread] && self.looked_at[thread] == location &&
	    self.saw[thread] + 1 > least)
		least = self.saw[thread] + 1;
	self.awaits[thread] = false;
	return least;
}

static void see(struct location *location, unsigned store, int order)
{
	note_look(location, store);
	if (acquires(order))
		clock_learn(&location->store[store].released);
}

static void push(struct location *location, unsigned size, uint64_t value,
		 int order, bool goes_on)
{
	struct store *store = &location->store[location->stores];

	if (location->stores == STORES)
		meet_fail("the explorer's own: too many stores");
	*store = (struct store){ .value = value };
	if (goes_on) /* a read-modify-write, of the one before */
		store->released = store[-1].released;
	note_look(location, location->stores);
	if (order == __ATOMIC_SEQ_CST)
		location->last_consistent = location->stores;
	location->stores++;
	if (releases(order))
		clock_publish(&store->released);
	memcpy((void *)location->address, &value, size);
}

/* ---- The operations ---- */

static void wait_turn(const char *what, const volatile void *address,
		      unsigned size, bool writes, const void *at)
{
	struct step step = {
		.what = what,
		.at = at,
		.object = { (const void *)address },
		.writes = { writes },
		.objects = 1,
	};

	memory_check((const void *)address, size, at);
	step_wait(&step);
	races_look((const void *)address, size, writes, true, at);
}

uint64_t atomic_look(const volatile void *address, unsigned size, int order,
		     const void *at)
{
	struct location *location;
	unsigned least, store;

	wait_turn("loads", address, size, false, at);
	location = location_at(address, size);
	least = oldest(location, order);
	store = location->stores - 1;
	if (store > least)
		store -= step_choose(store - least + 1);
	see(location, store, order);
	step_tell(location->store[store].value);
	return location->store[store].value;
}

void atomic_put(volatile void *address, unsigned size, uint64_t value,
		int order, const void *at)
{
	wait_turn("stores", address, size, true, at);
	step_tell(value);
	push(location_at(address, size), size, value, order, false);
}

static uint64_t changed(uint64_t value, enum rmw how, uint64_t operand)
{
	switch (how) {
	case ADD:
		return value + operand;
	case SUBTRACT:
		return value - operand;
	case AND:
		return value & operand;
	case OR:
		return value | operand;
	case XOR:
		return value ^ operand;
	default:
		return operand;
	}
}

static uint64_t cut(uint64_t value, unsigned size)
{
	return size == 8 ? value : value & (((uint64_t)1 << 8 * size) - 1);
}

uint64_t atomic_change(volatile void *address, unsigned size, enum rmw how,
		       uint64_t operand, int order, const void *at)
{
	struct location *location;
	uint64_t value;

	wait_turn("changes", address, size, true, at);
	location = location_at(address, size);
	value = location->store[location->stores - 1].value;
	see(location, location->stores - 1, order);
	operand = cut(changed(value, how, operand), size);
	step_tell(operand);
	push(location, size, operand, order, true);
	return value;
}

/* What a comparison may come to: to succeed, if the last store is the one that
   is expected; to see any that may be seen and is another; a weak one, to fail
   for no reason, once for each thread. */
struct outcomes {
	unsigned store[STORES + 2];
	unsigned count;
	bool succeeds;
};

static struct outcomes list_outcomes(const struct location *location,
				     uint64_t expected, int failure,
				      bool may_fail)
{
	unsigned last = location->stores - 1, least = oldest(location, failure);
	struct outcomes outcomes = { .count = 0 };

	if (location->store[last].value == expected) {
		outcomes.succeeds = true;
		outcomes.store[outcomes.count++] = last;
	}
	for (unsigned i = last + 1; i-- > least;)
		if (location->store[i].value != expected)
			outcomes.store[outcomes.count++] = i;
	if (outcomes.succeeds && may_fail)
		outcomes.store[outcomes.count++] = last;
	return outcomes;
}

bool atomic_swap(volatile void *address, unsigned size, uint64_t *expected,
		 uint64_t desired, int success, int failure, bool is_weak,
		 const void *at)
{
	struct location *location;
	struct outcomes outcomes;
	unsigned chosen = 0, store;

	wait_turn("compares", address, size, true, at);
	location = location_at(address, size);
	outcomes = list_outcomes(location, *expected, failure,
				 is_weak && self.fails_idly &&
					 !self.has_failed[thread_current()]);
	if (outcomes.count > 1)
		chosen = step_choose(outcomes.count);
	store = outcomes.store[chosen];
	if (outcomes.succeeds && chosen == 0) {
		see(location, store, success);
		step_tell(desired);
		push(location, size, desired, success, true);
		return true;
	}
	see(location, store, failure);
	if (location->store[store].value == *expected)
		self.has_failed[thread_current()] = true;
	*expected = location->store[store].value;
	step_tell(*expected);
	return false;
}

/* ---- Turning round ---- */

bool atomics_has_news(unsigned thread)
{
	const struct location *location = self.looked_at[thread];

	return !location || self.saw[thread] + 1 < location->stores;
}

void atomics_await(unsigned thread)
{
	self.awaits[thread] = true;
}

const void *atomics_looked_at(unsigned thread)
{
	const struct location *location = self.looked_at[thread];

	return location ? (const void *)location->address : NULL;
}
