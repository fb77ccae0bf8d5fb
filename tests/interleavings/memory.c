/* SPDX-License-Identifier: MIT */
/*
 * Where the library's memory comes from: each interleaving begins with all of
 * it. What is given back is not had again in the same interleaving, and to
 * touch it fails.
 */
#include "engine.h"
#include "meet.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../deferred/base/memory.h"

enum { GRAIN = 16, GRAINS = MEMORY_SIZE / GRAIN };

enum state { NEVER, LIVE, GONE };

struct head {
	size_t size;
	char pad[GRAIN - sizeof(size_t)];
};

static struct {
	char *memory;
	size_t used, live;
	unsigned char state[GRAINS];
} self;

bool memory_place(const void *address, size_t *offset)
{
	*offset = (size_t)((const char *)address - self.memory);
	return *offset < MEMORY_SIZE;
}

static void fail(const void *address, enum state state, const void *at)
{
	explore_blame(at);
	meet_fail("memory at %p is used %s", address,
		  state == GONE ? "after it was given back"
				: "that is nobody's");
}

/* Its ends: all between is one piece, or was never anybody's. */
void memory_check(const void *address, size_t size, const void *at)
{
	size_t offset, last;

	if (!memory_place(address, &offset) || !size)
		return;
	last = (offset + size - 1) / GRAIN;
	if (self.state[offset / GRAIN] != LIVE || self.state[last] != LIVE)
		fail(address, self.state[offset / GRAIN], at);
}

static void set_state(const struct head *head, enum state state)
{
	size_t first = (size_t)((const char *)(head + 1) - self.memory);

	memset(&self.state[first / GRAIN], state, head->size / GRAIN);
}

static void *allocate(void *context, size_t size)
{
	struct head *head;

	(void)context;
	size = (size + GRAIN - 1) / GRAIN * GRAIN;
	head = (struct head *)(void *)(self.memory + self.used);
	self.used += sizeof(*head) + size;
	if (self.used > MEMORY_SIZE)
		meet_fail("the explorer's own: no memory is left");
	head->size = size;
	set_state(head, LIVE);
	self.live++;
	return head + 1;
}

static void release(void *context, void *memory)
{
	struct head *head = memory;

	(void)context;
	if (!memory)
		return;
	head--;
	races_give_back(memory, head->size, __builtin_return_address(0));
	set_state(head, GONE);
	self.live--;
}

static void *reallocate(void *context, void *memory, size_t size)
{
	void *moved = allocate(context, size);
	size_t before = memory ? ((struct head *)memory)[-1].size : 0;

	if (memory)
		memcpy(moved, memory, before < size ? before : size);
	release(context, memory);
	return moved;
}

void memory_init(void)
{
	static const struct evert_allocator allocator = {
		.allocate = allocate,
		.reallocate = reallocate,
		.release = release,
	};

	self.memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (self.memory == MAP_FAILED)
		abort();
	evert_set_allocator(&allocator);
}

void memory_reset(void)
{
	memset(self.state, NEVER, self.used / GRAIN);
	self.used = self.live = 0;
}

void memory_check_empty(void)
{
	if (self.live)
		meet_fail("%zu pieces of memory were never given back",
			  self.live);
}
