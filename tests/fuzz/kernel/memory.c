/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "../../../deferred/base/memory.h"
#include "../must.h"

static size_t live, until;
static bool lasts, has_failed;

static bool fails(void)
{
	if (!until)
		return false;
	if (until > 1) {
		until--;
		return false;
	}
	if (!lasts)
		until = 0;
	has_failed = true;
	return true;
}

static void *allocate(void *context, size_t size)
{
	void *memory = fails() ? NULL : malloc(size);

	(void)context;
	live += memory != NULL;
	return memory;
}

static void *reallocate(void *context, void *memory, size_t size)
{
	void *grown = fails() ? NULL : realloc(memory, size);

	(void)context;
	live += !memory && grown;
	return grown;
}

static void release(void *context, void *memory)
{
	(void)context;
	live -= memory != NULL;
	free(memory);
}

void memory_begin(void)
{
	static const struct evert_allocator allocator = {
		.allocate = allocate,
		.reallocate = reallocate,
		.release = release,
	};

	memory_fail(0, false);
	has_failed = false;
	live = 0;
	evert_set_allocator(&allocator);
}

void memory_fail(size_t n, bool forever)
{
	until = n;
	lasts = forever;
}

bool memory_failed(void)
{
	return has_failed;
}

void memory_end(void)
{
	must(!live);
	evert_set_allocator(NULL);
}
