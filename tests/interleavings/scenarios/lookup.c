/* SPDX-License-Identifier: MIT */
/*
 * Lookups by getaddrinfo in threads: each is done once, or cancelled and never
 * told of; whatever meets, what it has is given back.
 */
#include "../meet.h"

#include "../../../reactor/name/lookup_internal.h"

enum { MOST = 3 };

static struct {
	struct evert_reactor *reactor;
	struct evert_lookup *lookup[MOST];
	int done[MOST], came, wanted;
} self;

static int numbers[MOST] = { 0, 1, 2 };

static void done(void *arg, const struct evert_lookup_result *result)
{
	int i = *(int *)arg;

	meet_assert(result->count == 1);
	self.done[i]++;
	self.lookup[i] = NULL;
	if (++self.came == self.wanted)
		evert_reactor_stop(self.reactor);
}

static void begin(int count, int wanted)
{
	self.reactor = meet_reactor();
	self.came = 0;
	self.wanted = wanted;
	for (int i = 0; i < count; i++) {
		self.done[i] = 0;
		self.lookup[i] = evert_system_lookup_start(
			self.reactor, "name", 80, done, &numbers[i]);
		meet_assert(self.lookup[i]);
	}
}

static void run_and_destroy(void)
{
	meet_assert(!evert_reactor_run(self.reactor));
	evert_reactor_destroy(self.reactor);
}

static void all_done(int count)
{
	begin(count, count);
	run_and_destroy();
	for (int i = 0; i < count; i++)
		meet_assert(self.done[i] == 1);
}

static void one_lookup(void)
{
	all_done(1);
}

static void two_lookups(void)
{
	all_done(2);
}

/* At any moment of it. The thread may still be at it when the reactor is
   gone. */
static void cancelled(void)
{
	begin(1, 1);
	evert_lookup_cancel(self.lookup[0]);
	evert_reactor_destroy(self.reactor);
	meet_assert(!self.done[0]);
}

static void one_of_two_cancelled(void)
{
	begin(2, 1);
	evert_lookup_cancel(self.lookup[0]);
	run_and_destroy();
	meet_assert(!self.done[0] && self.done[1] == 1);
}

/* From the loop, while the other is told of. */
static void cancel_other(void *arg, const struct evert_lookup_result *result)
{
	int other = 1 - *(int *)arg;

	(void)result;
	self.done[1 - other]++;
	if (self.lookup[other])
		evert_lookup_cancel(self.lookup[other]);
	self.lookup[0] = self.lookup[1] = NULL;
	evert_reactor_stop(self.reactor);
}

static void first_cancels_other(void)
{
	int i;

	begin(0, 0);
	for (i = 0; i < 2; i++) {
		self.done[i] = 0;
		self.lookup[i] = evert_system_lookup_start(
			self.reactor, "name", 80, cancel_other, &numbers[i]);
	}
	run_and_destroy();
	meet_assert(self.done[0] + self.done[1] == 1);
}

const struct meet_scenario meet_lookup[] = {
	{ "lookup/1", one_lookup, false },
	{ "lookup/2", two_lookups, false },
	{ "lookup/cancelled", cancelled, false },
	{ "lookup/1of2", one_of_two_cancelled, false },
	{ "lookup/race", first_cancels_other, false },
	{ NULL, NULL, false },
};
