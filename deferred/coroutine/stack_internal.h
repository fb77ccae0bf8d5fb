/* SPDX-License-Identifier: MIT */
/*
 * Stacks from a pool. A stack is address space; only the pages that were
 * touched cost memory.
 *
 * Sizes are rounded up to a power of two from EVERT_STACK_SMALLEST to
 * EVERT_STACK_LARGEST_POOLED and come from slabs of EVERT_STACKS_PER_SLAB.
 * What is given back is used again, the latest first, with its pages; those
 * of at most EVERT_STACK_WARM_BYTES of stacks are kept, the pages of the rest
 * go back to the system, and so does a slab that nobody uses. Larger stacks
 * are mapped and unmapped one by one.
 *
 * The memory comes from mmap(2), not from evert_allocate: the pool outlives
 * what is allocated there.
 *
 * Thread rule: every thread has a pool of its own; a stack goes back on the
 * thread that it came from.
 */
#ifndef EVERT_DEFERRED_STACK_INTERNAL_H
#define EVERT_DEFERRED_STACK_INTERNAL_H

#include "../base/base.h"
#include "guard_internal.h"

#define EVERT_STACK_SMALLEST ((size_t)16 * 1024)
#define EVERT_STACK_LARGEST_POOLED ((size_t)1024 * 1024)
#define EVERT_STACKS_PER_SLAB 64
#define EVERT_STACK_WARM_BYTES ((size_t)16 * 1024 * 1024)

struct evert_slab;

struct evert_stack {
	char *low; /* at least what was asked for lies between it */
	char *top; /* and here, from where it grows down */
	size_t takes; /* of the room for warm ones; SIZE_MAX: is never one */
	unsigned class;
	enum evert_guard guard;
	unsigned valgrind_id;
	struct evert_slab *slab;
	struct evert_stack *next; /* of the unused ones */
};

static inline size_t evert_stack_size(const struct evert_stack *stack)
{
	return (size_t)(stack->top - stack->low);
}

/* Powers of two, smallest to largest pooled; larger ones have none. */
enum { EVERT_STACK_CLASSES = 7 };

/* A constant where the size is one. */
static inline unsigned evert_stack_class(size_t size)
{
	return (unsigned)((size > EVERT_STACK_SMALLEST) +
			  (size > EVERT_STACK_SMALLEST << 1) +
			  (size > EVERT_STACK_SMALLEST << 2) +
			  (size > EVERT_STACK_SMALLEST << 3) +
			  (size > EVERT_STACK_SMALLEST << 4) +
			  (size > EVERT_STACK_SMALLEST << 5) +
			  (size > EVERT_STACK_SMALLEST << 6));
}

/* Those that are kept with their pages. */
struct evert_stack_warm {
	struct evert_stack *first[EVERT_STACK_CLASSES];
	size_t room; /* bytes, for more of them */
};

extern _Thread_local struct evert_stack_warm evert_stack_warm;

/* One of that class, or NULL. */
static inline struct evert_stack *evert_stack_take_warm(unsigned class)
{
	struct evert_stack_warm *warm = &evert_stack_warm;
	struct evert_stack *stack = warm->first[class];

	if (!EVERT_LIKELY(stack != NULL))
		return NULL;
	warm->first[class] = stack->next;
	warm->room += stack->takes;
	return stack;
}

/*
 * A stack of at least `size` bytes, its contents arbitrary. Without memory
 * NULL, errno ENOMEM.
 */
struct evert_stack *evert_stack_acquire(size_t size);

void evert_stack_cool(struct evert_stack *stack);

/* Gives it back; it may be unmapped at once. */
static inline void evert_stack_release(struct evert_stack *stack)
{
	struct evert_stack_warm *warm = &evert_stack_warm;

	if (!EVERT_LIKELY(stack->takes <= warm->room)) {
		evert_stack_cool(stack);
		return;
	}
	stack->next = warm->first[stack->class];
	warm->first[stack->class] = stack;
	warm->room -= stack->takes;
}

/* Gives what this thread's pool holds unused back to the system. */
void evert_stack_pool_drain(void);

/* What this thread's pool has mapped, and keeps warm; for tests. */
struct evert_stack_usage {
	size_t slabs;	   /* of any kind */
	size_t warm_bytes; /* of address space */
};
struct evert_stack_usage evert_stack_pool_usage(void);

#endif
