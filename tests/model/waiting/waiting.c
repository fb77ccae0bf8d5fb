/* SPDX-License-Identifier: MIT */
/* A sequence in both worlds, side by side. */
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>

#include "../../../deferred/coroutine/stack_internal.h"
#include "../../support/memory.h"
#include "world.h"

/* Evert goes first: it says what found no memory. */
static bool same_in_both(const struct waiting_step *step, bool *can)
{
	size_t from = waiting_model.record.length;

	*can = waiting_does(&waiting_evert, step);
	waiting_looks(&waiting_evert);
	waiting_does(&waiting_model, step);
	waiting_looks(&waiting_model);
	return record_agrees(&waiting_evert.record, &waiting_model.record,
			     from) &&
	       waiting_oracle.read == waiting_oracle.written;
}

static const struct {
	enum waiting_verb verb;
	int many;
} ways[] = {
	{ WAITING_RELEASE, WAITING_SLOTS },
	{ WAITING_ABANDON, WAITING_FIRINGS },
	{ WAITING_GIVE_BACK, WAITING_SEMAPHORES },
	{ WAITING_CLOSE_QUEUE, WAITING_QUEUES },
	{ WAITING_CLOSE_SEMAPHORE, WAITING_SEMAPHORES },
	{ WAITING_END_PERIODIC, 1 },
	{ WAITING_END_CLOCK, 1 },
};
enum {
	WAYS = sizeof(ways) / sizeof(ways[0])
};

/* One of each in turn, as long as there is any. */
static bool give_up(unsigned first)
{
	struct waiting_step step = { .verb = WAITING_RELEASE };
	bool can, any;
	unsigned way;
	int i;

	do {
		any = false;
		for (way = first; way < first + WAYS; way++) {
			step.verb = ways[way % WAYS].verb;
			for (i = 0; i < ways[way % WAYS].many; i++) {
				step.number = i;
				if (!same_in_both(&step, &can))
					return false;
				any |= can;
			}
		}
	} while (any);
	return !waiting_evert.does->live() && !waiting_evert.does->coroutines();
}

/* The fuzzers' linker lets evert call this one. */
static unsigned maps_left = UINT_MAX;

void *__wrap_mmap(void *address, size_t length, int protection, int flags,
		  int fd, off_t offset);
void *__real_mmap(void *address, size_t length, int protection, int flags,
		  int fd, off_t offset);

void *__wrap_mmap(void *address, size_t length, int protection, int flags,
		  int fd, off_t offset)
{
	if (!maps_left) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	maps_left--;
	return __real_mmap(address, length, protection, flags, fd, offset);
}

static bool do_all(const struct waiting_sequence *sequence)
{
	bool can;
	size_t i;

	for (i = 0; i < sequence->count; i++)
		if (!same_in_both(&sequence->steps[i], &can))
			return false;
	return give_up(sequence->end % WAYS);
}

bool waiting_holds(const struct waiting_sequence *sequence)
{
	struct memory_counts counts;
	bool same;

	if (sequence->drains)
		evert_stack_pool_drain();
	failing_allocator_start(0, false);
	waiting_begins(&waiting_evert, sequence);
	waiting_begins(&waiting_model, sequence);
	failing_allocator_fail(sequence->fails_at, sequence->fails_forever);
	maps_left = sequence->maps ? sequence->maps - 1 : UINT_MAX;
	same = do_all(sequence);
	maps_left = UINT_MAX;
	counts = failing_allocator_stop();
	if (same && !counts.live)
		return true;
	waiting_print(sequence, stderr);
	record_print(&waiting_evert.record, "evert", stderr);
	record_print(&waiting_model.record, "model", stderr);
	fprintf(stderr, "%zu blocks of memory are left\n", counts.live);
	return false;
}
