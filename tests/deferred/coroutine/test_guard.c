/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <sys/mman.h>
#include <unistd.h>

#include "../../../deferred/coroutine/guard_internal.h"

enum { STACK_SIZE = 65536 };

/* Memory for a guard and a stack above it; returns the stack. */
static char *map_stack(void)
{
	char *memory = mmap(NULL, EVERT_GUARD_SIZE + STACK_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(memory != MAP_FAILED);
	return memory + EVERT_GUARD_SIZE;
}

static void unmap_stack(char *low)
{
	munmap(low - EVERT_GUARD_SIZE, EVERT_GUARD_SIZE + STACK_SIZE);
}

/* Does the kernel let itself write there? */
static bool is_writable(char *address)
{
	int ends[2];
	bool did;

	cr_assert(pipe(ends) == 0);
	cr_assert(write(ends[1], "x", 1) == 1);
	did = read(ends[0], address, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return did;
}

static void check_guarded(char *low)
{
	cr_assert(not(is_writable(low - 1)));
	cr_assert(not(is_writable(low - EVERT_GUARD_SIZE)));
	cr_assert(is_writable(low));
	cr_assert(is_writable(low + STACK_SIZE - 1));
}

Test(guard, the_best_one_is_made_of_pages)
{
	char *low = map_stack();

	cr_assert(evert_guard_install(low) != EVERT_GUARD_WATCHED);
	check_guarded(low);
	unmap_stack(low);
}

Test(guard, protects_where_pages_cannot_be_marked)
{
	char *low = map_stack();

	evert_guard_limit(EVERT_GUARD_PROTECTED);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_PROTECTED);
	check_guarded(low);
	unmap_stack(low);
}

Test(guard, watches_where_pages_cannot_be_protected)
{
	char *low = map_stack();

	evert_guard_limit(EVERT_GUARD_WATCHED);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_WATCHED);
	low[0] = 1;
	cr_assert(not(evert_guard_was_hurt(low)));
	low[-1] = 1;
	cr_assert(evert_guard_was_hurt(low));
	unmap_stack(low);
}

Test(guard, what_can_be_neither_marked_nor_protected_is_watched)
{
	char *low = map_stack();

	unmap_stack(low);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_WATCHED);
}

Test(guard, protects_so_many_and_watches_the_rest)
{
	char *low = map_stack();
	int i;

	evert_guard_limit(EVERT_GUARD_PROTECTED);
	for (i = 0; i < EVERT_GUARDS_PROTECTED; i++)
		cr_assert(evert_guard_install(low) == EVERT_GUARD_PROTECTED);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_WATCHED);
	evert_guard_forget(EVERT_GUARD_WATCHED);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_WATCHED);
	evert_guard_forget(EVERT_GUARD_PROTECTED);
	cr_assert(evert_guard_install(low) == EVERT_GUARD_PROTECTED);
	unmap_stack(low);
}

Test(guard, holds_the_addresses_below_the_stack)
{
	static char memory[2 * EVERT_GUARD_SIZE];
	char *low = memory + EVERT_GUARD_SIZE;

	cr_assert(not(evert_guard_holds(low, low)));
	cr_assert(evert_guard_holds(low, low - 1));
	cr_assert(evert_guard_holds(low, memory));
	cr_assert(not(evert_guard_holds(low + 1, memory)));
	cr_assert(not(evert_guard_holds(low, NULL)));
}
