/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../deferred/base/trace_table_internal.h"

enum { MANY = 5000 };

static char objects[MANY];

TestSuite(trace_table, .fini = evert_trace_remove_all);

static struct evert_trace_entry *find(const void *address)
{
	return evert_trace_find(EVERT_TRACE_DEFERRED, address, 0);
}

static uint64_t add(const void *address)
{
	return evert_trace_add(EVERT_TRACE_DEFERRED, address, 0)->id;
}

Test(trace_table, an_object_has_its_number_until_it_is_removed)
{
	cr_assert(find(&objects[0]) == NULL);
	cr_assert(eq(u64, add(&objects[0]), 1));
	cr_assert(eq(u64, find(&objects[0])->id, 1));
	evert_trace_remove(find(&objects[0]));
	cr_assert(find(&objects[0]) == NULL);
	cr_assert(eq(u64, add(&objects[0]), 2));
}

Test(trace_table, kinds_are_counted_each_for_itself)
{
	add(&objects[0]);
	cr_assert(eq(u64, evert_trace_add(EVERT_TRACE_TIMER, &objects[0], 0)->id,
		     1));
	cr_assert(eq(u64, evert_trace_add(EVERT_TRACE_TIMER, &objects[0], 7)->id,
		     2));
	cr_assert(eq(u64, find(&objects[0])->id, 1));
	cr_assert(eq(u64, evert_trace_find(EVERT_TRACE_TIMER, &objects[0], 7)->id,
		     2));
}

Test(trace_table, who_comes_to_the_same_place_has_a_new_number)
{
	add(&objects[0]);
	cr_assert(eq(u64, add(&objects[0]), 2));
	evert_trace_remove(find(&objects[0]));
	cr_assert(find(&objects[0]) == NULL);
}

static const void *in_a_row(size_t i)
{
	return &objects[i];
}

/* Many have to make way for others. */
static const void *at_random(size_t i)
{
	return (const void *)(uintptr_t)(i * i * i * 8 + 8);
}

/* Every third stays, whatever had to make way for what has left. */
static void many_come_and_go(const void *(*object)(size_t i))
{
	size_t i;

	for (i = 0; i < MANY; i++)
		cr_assert(eq(u64, add(object(i)), i + 1));
	for (i = 0; i < MANY; i++)
		if (i % 3)
			evert_trace_remove(find(object(i)));
	for (i = 0; i < MANY; i++)
		if (i % 3)
			cr_assert(find(object(i)) == NULL);
		else
			cr_assert(eq(u64, find(object(i))->id, i + 1));
}

Test(trace_table, many_are_found_when_others_have_left)
{
	many_come_and_go(in_a_row);
}

Test(trace_table, who_had_to_make_way_is_found_when_others_have_left)
{
	many_come_and_go(at_random);
}

Test(trace_table, who_comes_and_goes_takes_the_same_room_again)
{
	const struct evert_trace_entry *first;
	size_t i;

	add(&objects[0]);
	first = find(&objects[0]);
	for (i = 0; i < MANY; i++) {
		evert_trace_remove(find(&objects[0]));
		add(&objects[0]);
	}
	cr_assert(eq(ptr, (void *)find(&objects[0]), (void *)first));
}
