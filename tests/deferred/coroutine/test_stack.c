/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/coroutine/stack_internal.h"

enum {
	SIZE = 65536,
	WARM = EVERT_STACK_WARM_BYTES / SIZE,
	MANY = WARM + 2 * EVERT_STACKS_PER_SLAB,
};

static struct evert_stack *stacks[MANY];

static void acquire_many(void)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		stacks[i] = evert_stack_acquire(SIZE);
		cr_assert(stacks[i] != NULL);
		stacks[i]->low[0] = 1;
	}
}

static void release_many(void)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		evert_stack_release(stacks[i]);
}

Test(stack, is_at_least_as_large_as_asked_for)
{
	static const size_t sizes[] = { 1, 16384, 16385, 100000, 1 << 20,
					(1 << 20) + 1, 12345678 };
	struct evert_stack *stack;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		stack = evert_stack_acquire(sizes[i]);
		cr_assert(ge(sz, evert_stack_size(stack), sizes[i]));
		stack->low[0] = 1;
		stack->low[evert_stack_size(stack) - 1] = 1;
		evert_stack_release(stack);
	}
}

Test(stack, is_guarded)
{
	struct evert_stack *stack = evert_stack_acquire(SIZE);

	cr_assert(stack->guard != EVERT_GUARD_WATCHED);
	evert_stack_release(stack);
}

Test(stack, that_the_system_cannot_give_is_no_memory)
{
	cr_assert(zero(ptr, evert_stack_acquire(SIZE_MAX)));
	cr_assert(eq(int, errno, ENOMEM));
	errno = 0;
	cr_assert(zero(ptr, evert_stack_acquire(SIZE_MAX / 8)));
	cr_assert(eq(int, errno, ENOMEM));
	cr_assert(eq(sz, evert_stack_pool_usage().slabs, 0));
}

Test(stack, the_latest_one_given_back_is_used_first)
{
	struct evert_stack *first = evert_stack_acquire(SIZE);
	struct evert_stack *second = evert_stack_acquire(SIZE);

	evert_stack_release(second);
	evert_stack_release(first);
	cr_assert(eq(ptr, evert_stack_acquire(SIZE), first));
	cr_assert(eq(ptr, evert_stack_acquire(SIZE), second));
}

Test(stack, one_of_another_size_is_another_one)
{
	struct evert_stack *stack = evert_stack_acquire(SIZE);

	evert_stack_release(stack);
	cr_assert(ne(ptr, evert_stack_acquire(2 * SIZE), stack));
}

Test(stack, many_do_not_overlap)
{
	size_t i;

	acquire_many();
	for (i = 0; i < MANY; i++)
		memset(stacks[i]->low, (int)i, evert_stack_size(stacks[i]));
	for (i = 0; i < MANY; i++) {
		cr_assert(eq(chr, stacks[i]->low[0], (char)i));
		cr_assert(eq(chr, stacks[i]->low[evert_stack_size(stacks[i]) - 1],
			     (char)i));
	}
	release_many();
}

Test(stack, the_pool_keeps_so_much_and_unmaps_the_rest)
{
	acquire_many();
	cr_assert(eq(sz, evert_stack_pool_usage().slabs,
		     MANY / EVERT_STACKS_PER_SLAB));
	release_many();
	cr_assert(eq(sz, evert_stack_pool_usage().warm_bytes,
		     EVERT_STACK_WARM_BYTES));
	cr_assert(eq(sz, evert_stack_pool_usage().slabs,
		     WARM / EVERT_STACKS_PER_SLAB));
}

Test(stack, gives_its_pages_back_when_enough_are_kept)
{
	size_t i;

	acquire_many();
	for (i = 0; i < MANY - 1; i++)
		evert_stack_release(stacks[i]);
	/* One slab is left because of its last stack. New pages are zero. */
	cr_assert(eq(chr, stacks[0]->low[0], 1));
	cr_assert(eq(chr, stacks[MANY - 2]->low[0], 0));
	cr_assert(eq(chr, stacks[MANY - 1]->low[0], 1));
	evert_stack_release(stacks[MANY - 1]);
}

Test(stack, one_without_pages_is_used_again)
{
	size_t i;

	acquire_many();
	for (i = 0; i < MANY - 1; i++)
		evert_stack_release(stacks[i]);
	for (i = 0; i < WARM; i++)
		evert_stack_acquire(SIZE);
	cr_assert(eq(ptr, evert_stack_acquire(SIZE), stacks[MANY - 2]));
}

Test(stack, draining_the_pool_gives_all_back_that_is_not_in_use)
{
	struct evert_stack *used;

	acquire_many();
	release_many();
	used = evert_stack_acquire(SIZE);
	evert_stack_pool_drain();
	cr_assert(eq(sz, evert_stack_pool_usage().warm_bytes, 0));
	cr_assert(eq(sz, evert_stack_pool_usage().slabs, 1));
	evert_stack_release(used);
	evert_stack_pool_drain();
	cr_assert(eq(sz, evert_stack_pool_usage().slabs, 0));
}

Test(stack, a_large_one_is_not_kept)
{
	struct evert_stack *stack;

	stack = evert_stack_acquire(2 * EVERT_STACK_LARGEST_POOLED);
	cr_assert(eq(sz, evert_stack_pool_usage().slabs, 1));
	evert_stack_release(stack);
	cr_assert(eq(sz, evert_stack_pool_usage().slabs, 0));
}
