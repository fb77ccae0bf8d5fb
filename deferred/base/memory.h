/* SPDX-License-Identifier: MIT */
/*
 * Memory: everything that evert allocates comes from here, so that a program
 * can count it, place it, or make the n-th request fail. As long as it comes
 * from malloc, a thread keeps some of what its Deferreds give back, for the
 * next ones, until it ends. Not under AddressSanitizer or Valgrind, and not
 * when the environment variable EVERT_DEBUG is set: then they are not used
 * again soon, and what is used after its end is found.
 */
#ifndef EVERT_DEFERRED_MEMORY_H
#define EVERT_DEFERRED_MEMORY_H

#include "base.h"

EVERT_BEGIN

/* Where memory comes from. Every slot is mandatory. */
struct evert_allocator {
	/* As malloc(3): NULL when there is none. */
	void *(*allocate)(void *context, size_t size);
	/* As realloc(3), `size` never 0. */
	void *(*reallocate)(void *context, void *memory, size_t size);
	/* As free(3): NULL does nothing. */
	void (*release)(void *context, void *memory);
	void *context;
};

/*
 * Takes all memory from `allocator` from now on; NULL means malloc again. The
 * structure is copied. Call it before anything else of evert, or when nothing
 * of evert is alive: memory goes back to the allocator in force at that time.
 * Not while there is another thread that has used evert.
 */
void evert_set_allocator(const struct evert_allocator *allocator);

/*
 * Take memory from the allocator in force, and give it back, on any thread. The
 * caller owns what they return and gives it back by evert_free. On failure
 * NULL, errno ENOMEM.
 */
void *evert_allocate(size_t size);
void *evert_reallocate(void *memory, size_t size);
void evert_free(void *memory);

EVERT_END

#endif
