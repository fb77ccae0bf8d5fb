/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: counts a program's allocations, the bytes that are allocated, and
 * the bytes it copies, for every contestant alike, whatever allocator interface
 * it has of its own.
 */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t probe_allocations(void);
size_t probe_copied(void);
size_t probe_held(void);
size_t probe_pause(void);
void *__memcpy_chk(void *to, const void *from, size_t size, size_t room);
void *__memmove_chk(void *to, const void *from, size_t size, size_t room);

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static size_t allocations, copied, held;
static bool paused;

size_t probe_allocations(void)
{
	return allocations;
}

size_t probe_copied(void)
{
	return copied;
}

/* Allocated by the program, and not freed. */
size_t probe_held(void)
{
	return held;
}

/* What the clients do is not counted: from here to the next call. */
size_t probe_pause(void)
{
	paused = !paused;
	return paused;
}

/* ---- Memory ---- */

static void *count(void *memory)
{
	if (!paused) {
		allocations++;
		held += malloc_usable_size(memory);
	}
	return memory;
}

static void forget(void *memory)
{
	if (!paused)
		held -= malloc_usable_size(memory);
}

void *malloc(size_t size)
{
	return count(__libc_malloc(size));
}

void *calloc(size_t number, size_t size)
{
	return count(__libc_calloc(number, size));
}

void *realloc(void *memory, size_t size)
{
	forget(memory);
	return count(__libc_realloc(memory, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return count(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	*memory = count(__libc_memalign(alignment, size));
	return *memory ? 0 : ENOMEM;
}

void free(void *memory)
{
	forget(memory);
	__libc_free(memory);
}

/* ---- Copying ---- */

/* Byte by byte: nobody measures time while this counts. The volatile keeps the
   compiler from making a call of memcpy of it. */
static void *copy(void *to, const void *from, size_t size)
{
	volatile char *target = to;
	const char *source = from;
	size_t i;

	if (!paused)
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
