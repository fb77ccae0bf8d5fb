/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: counts a program's allocations and the bytes it copies, for
 * every contestant alike, whatever allocator interface it has of its own.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t probe_allocations(void);
size_t probe_copied(void);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);
void *__memmove_chk(void *to, const void *from, size_t size, size_t room);

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static size_t allocations, copied;

size_t probe_allocations(void)
{
	return allocations;
}

size_t probe_copied(void)
{
	return copied;
}

/* ---- Memory ---- */

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	allocations++;
	return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	allocations++;
	return __libc_memalign(alignment, size);
}

/* ---- Copying ---- */

/* Byte by byte: nobody measures time while this counts. The volatile keeps the
   compiler from making a call of memcpy of it. */
static void *copy(void *to, const void *from, size_t size)
{
	volatile char *target = to;
	const char *source = from;
	size_t i;

	copied += size;
	if ((uintptr_t)to - (uintptr_t)from >= size)
		for (i = 0; i < size; i++)
			target[i] = source[i];
	else
		for (i = size; i-- > 0;)
			target[i] = source[i];
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return copy(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
	return copy(to, from, size);
}

void *__memcpy_chk(void *to, const void *from, size_t size, size_t room)
{
	(void)room;
	return copy(to, from, size);
}

void *__memmove_chk(void *to, const void *from, size_t size, size_t room)
{
	(void)room;
	return copy(to, from, size);
}
