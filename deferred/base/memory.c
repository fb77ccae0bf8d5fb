/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "memory_internal.h"
#include "spares_internal.h"

#include <errno.h>
#include <stdlib.h>

static void *system_allocate(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void *system_reallocate(void *context, void *memory, size_t size)
{
	(void)context;
	return realloc(memory, size);
}

static void system_release(void *context, void *memory)
{
	(void)context;
	free(memory);
}

static const struct evert_allocator system_allocator = {
	.allocate = system_allocate,
	.reallocate = system_reallocate,
	.release = system_release,
};

static struct evert_allocator current = {
	.allocate = system_allocate,
	.reallocate = system_reallocate,
	.release = system_release,
};

bool evert_memory_is_malloc = true;

void evert_set_allocator(const struct evert_allocator *allocator)
{
	evert_spares_drain();
	evert_memory_is_malloc = !allocator;
	current = allocator ? *allocator : system_allocator;
}

void *evert_allocate(size_t size)
{
	void *memory = current.allocate(current.context, size);

	if (!memory)
		errno = ENOMEM;
	return memory;
}

void *evert_reallocate(void *memory, size_t size)
{
	void *moved = current.reallocate(current.context, memory, size);

	if (!moved)
		errno = ENOMEM;
	return moved;
}

void evert_free(void *memory)
{
	current.release(current.context, memory);
}
