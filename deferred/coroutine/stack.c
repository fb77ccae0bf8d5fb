/* SPDX-License-Identifier: MIT */
/*
 * A slab is one mapping: a header, then, as often as it has stacks, a guard
 * and the stack above it. Guards are installed when a stack is first used, so
 * a program with one coroutine does not pay for 64.
 *
 * An unused stack is warm, with its pages, in the pool's list of its size, or
 * cold, without, in its slab. A slab with cold stacks only is unmapped.
 */
#include "stack_internal.h"

#include <errno.h>

#include <sys/mman.h>
#include <unistd.h>

#include "fiber_internal.h"

enum {
	CLASSES = EVERT_STACK_CLASSES,
	NO_CLASS = CLASSES, /* larger: a slab of its own */
};

/* What other systems know, too, or do without. */
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_STACK
#define MAP_STACK 0
#endif
#ifndef MADV_NOHUGEPAGE
#define MADV_NOHUGEPAGE MADV_NORMAL
#endif

struct evert_slab {
	/* Among those of its class that have room. */
	struct evert_slab *next;
	struct evert_slab **link; /* what points here; NULL: not in it */
	size_t mapped;
	char *first_guard;
	size_t stack_size;
	unsigned class;
	unsigned count;	 /* stacks it has room for */
	unsigned carved; /* of these, once used */
	unsigned used;	 /* of these, not cold */
	struct evert_stack *cold;
	struct evert_stack stacks[];
};

_Thread_local struct evert_stack_warm evert_stack_warm = {
	.room = EVERT_STACK_WARM_BYTES,
};

static _Thread_local struct {
	struct evert_slab *slabs[CLASSES]; /* with room */
	size_t count;			   /* of slabs of any kind */
} pool;

/* ---- Sizes ---- */

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* ---- Slabs ---- */

static void link_slab(struct evert_slab *slab)
{
	struct evert_slab **first = &pool.slabs[slab->class];

	slab->next = *first;
	slab->link = first;
	if (slab->next)
		slab->next->link = &slab->next;
	*first = slab;
}

static void unlink_slab(struct evert_slab *slab)
{
	*slab->link = slab->next;
	if (slab->next)
		slab->next->link = slab->link;
	slab->link = NULL;
}

static bool has_room(const struct evert_slab *slab)
{
	return slab->cold || slab->carved < slab->count;
}

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				    MAP_STACK,
			    -1, 0);

	if (memory == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	/* A huge page would make every stack in it cost as if all of it had
	   been touched. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	return memory;
}

static struct evert_slab *map_slab(unsigned class, size_t stack_size,
				   unsigned count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t header, each;
	struct evert_slab *slab;

	if (stack_size > SIZE_MAX / 4) {
		errno = ENOMEM;
		return NULL;
	}
	stack_size = round_up(stack_size, page);
	each = EVERT_GUARD_SIZE + stack_size;
	header = round_up(sizeof(*slab) + count * sizeof(slab->stacks[0]),
			  page);
	slab = map(header + count * each);
	if (!slab)
		return NULL;
	slab->mapped = header + count * each;
	slab->first_guard = (char *)slab + header;
	slab->stack_size = stack_size;
	slab->class = class;
	slab->count = count;
	pool.count++;
	return slab;
}

static void unmap_slab(struct evert_slab *slab)
{
	unsigned i;

	for (i = 0; i < slab->carved; i++) {
		evert_guard_forget(slab->stacks[i].guard);
		evert_valgrind_forget_stack(slab->stacks[i].valgrind_id);
	}
	pool.count--;
	munmap(slab, slab->mapped);
}

/* From the top down: debuggers expect that who was called, be it on another
   stack, stands lower. */
static struct evert_stack *carve(struct evert_slab *slab)
{
	struct evert_stack *stack = &slab->stacks[slab->carved++];
	size_t below = slab->count - slab->carved;
	size_t each = EVERT_GUARD_SIZE + slab->stack_size;

	stack->low = slab->first_guard + below * each + EVERT_GUARD_SIZE;
	stack->top = stack->low + slab->stack_size;
	stack->class = slab->class;
	stack->takes = slab->class == NO_CLASS ? SIZE_MAX :
						    slab->stack_size;
	stack->slab = slab;
	stack->guard = evert_guard_install(stack->low);
	stack->valgrind_id = evert_valgrind_add_stack(
		stack->low, slab->stack_size);
	return stack;
}

/* A stack of a slab that has room. */
static struct evert_stack *take(struct evert_slab *slab)
{
	struct evert_stack *stack = slab->cold;

	slab->used++;
	if (stack)
		slab->cold = stack->next;
	else
		stack = carve(slab);
	if (slab->link && !has_room(slab))
		unlink_slab(slab);
	return stack;
}

/* Gives the pages of a stack back, or those of its slab, if it was the last
   in use there. */
void evert_stack_cool(struct evert_stack *stack)
{
	struct evert_slab *slab = stack->slab;

	slab->used--;
	if (slab->used == 0) {
		if (slab->link)
			unlink_slab(slab);
		unmap_slab(slab);
		return;
	}
	madvise(stack->low, slab->stack_size, MADV_DONTNEED);
	stack->next = slab->cold;
	slab->cold = stack;
	if (!slab->link)
		link_slab(slab);
}

/* ---- The pool ---- */

static struct evert_stack *acquire_cold(unsigned class, size_t size)
{
	struct evert_slab *slab;

	if (class == NO_CLASS) {
		slab = map_slab(class, size, 1);
		return slab ? take(slab) : NULL;
	}
	slab = pool.slabs[class];
	if (!slab) {
		slab = map_slab(class, EVERT_STACK_SMALLEST << class,
				EVERT_STACKS_PER_SLAB);
		if (!slab)
			return NULL;
		link_slab(slab);
	}
	return take(slab);
}

struct evert_stack *evert_stack_acquire(size_t size)
{
	unsigned class = evert_stack_class(size);
	struct evert_stack *stack = NULL;

	if (class != NO_CLASS)
		stack = evert_stack_take_warm(class);
	return stack ? stack : acquire_cold(class, size);
}

void evert_stack_pool_drain(void)
{
	struct evert_stack *stack;
	unsigned class;

	for (class = 0; class < CLASSES; class++)
		while ((stack = evert_stack_take_warm(class)))
			evert_stack_cool(stack);
}

struct evert_stack_usage evert_stack_pool_usage(void)
{
	return (struct evert_stack_usage){
		.slabs = pool.count,
		.warm_bytes = EVERT_STACK_WARM_BYTES - evert_stack_warm.room,
	};
}
