/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../support/memory.h"
#include "../support/diary.h"

static void assert_printed(struct evert_result result, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	evert_result_print(&result, to);
	fclose(to);
	cr_assert(eq(str, text, (char *)expected));
	free(text);
	evert_result_release(result);
}

Test(result, is_small_enough_for_registers)
{
	cr_assert(eq(sz, sizeof(struct evert_result), 16));
}

Test(result, all_zero_is_nothing)
{
	struct evert_result result = { NULL, { 0 } };

	cr_assert(evert_result_is_none(&result));
	result = evert_result_none();
	cr_assert(evert_result_is_none(&result));
	cr_assert(not(evert_result_is_failure(&result)));
	evert_result_release(result);
}

Test(result, an_integer_is_read_back)
{
	struct evert_result result = evert_result_integer(INT64_MIN);

	cr_assert(eq(i64, evert_result_as_integer(&result), INT64_MIN));
}

Test(result, a_number_is_read_back)
{
	struct evert_result result = evert_result_number(-0.5);

	cr_assert(eq(dbl, evert_result_as_number(&result), -0.5));
}

Test(result, a_borrowed_pointer_is_not_released)
{
	int target = 0;
	struct evert_result result = evert_result_borrowed(&target);

	cr_assert(eq(ptr, evert_result_as_borrowed(&result), &target));
	evert_result_release(result);
}

Test(result, an_owned_pointer_is_released_once)
{
	evert_result_release(diary_value("x"));
	cr_assert(eq(str, diary, "freed:x"));
}

Test(result, a_text_is_a_copy_that_ends_with_a_zero_byte)
{
	char source[] = "hello, world";
	struct evert_result result = evert_result_text(source, 5);

	memset(source, '!', sizeof(source));
	cr_assert(eq(str, evert_result_as_text(&result), "hello"));
	cr_assert(eq(sz, evert_result_text_length(&result), 5));
	evert_result_release(result);
}

Test(result, a_text_may_hold_zero_bytes_and_may_be_empty)
{
	struct evert_result result = evert_result_text("a\0b", 3);

	cr_assert(eq(sz, evert_result_text_length(&result), 3));
	cr_assert(zero(int, memcmp(evert_result_as_text(&result), "a\0b", 4)));
	evert_result_release(result);
	result = evert_result_text(NULL, 0);
	cr_assert(eq(str, evert_result_as_text(&result), ""));
	evert_result_release(result);
}

Test(result, a_text_without_memory_is_a_failure)
{
	struct evert_result result;

	failing_allocator_start(1, true);
	result = evert_result_text("hello", 5);
	failing_allocator_stop();
	cr_assert(evert_result_failed_with(&result, EVERT_NO_MEMORY));
}

Test(result, a_text_too_long_for_any_memory_is_a_failure)
{
	struct evert_result result = evert_result_text("", SIZE_MAX - 4);

	cr_assert(evert_result_failed_with(&result, EVERT_NO_MEMORY));
}

Test(result, a_failure_is_read_back_and_told_by_its_family)
{
	struct evert_result result = evert_result_fail(EVERT_TIMED_OUT, 0,
						       "%d seconds", 5);

	cr_assert(evert_result_is_failure(&result));
	cr_assert(evert_result_failed_with(&result, EVERT_ERROR));
	cr_assert(not(evert_result_failed_with(&result, EVERT_CANCELLED)));
	cr_assert(eq(str, evert_result_as_failure(&result)->message,
		     "5 seconds"));
	evert_result_release(result);
}

Test(result, an_errno_becomes_a_system_failure)
{
	struct evert_result result = evert_result_error(-2, "open");

	cr_assert(evert_result_failed_with(&result, EVERT_SYSTEM));
	cr_assert(eq(int, evert_result_as_failure(&result)->error, 2));
	evert_result_release(result);
}

Test(result, to_wait_for_null_is_a_failure)
{
	struct evert_result result = evert_result_wait(NULL);

	cr_assert(evert_result_failed_with(&result, EVERT_NO_MEMORY));
}

Test(result, a_deferred_to_wait_for_is_released_with_the_result)
{
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("x"));

	evert_result_release(evert_result_wait(d));
	cr_assert(eq(str, diary, "freed:x"));
}

Test(result, what_is_taken_leaves_nothing_behind)
{
	struct evert_result result = diary_value("x");
	struct evert_result taken = evert_result_take(&result);

	cr_assert(evert_result_is_none(&result));
	evert_result_release(result);
	cr_assert(eq(str, diary, ""));
	evert_result_release(taken);
	cr_assert(eq(str, diary, "freed:x"));
}

/* ---- Asking for what it is not ---- */

Test(result, asking_a_text_for_an_integer_is_a_bug, .signal = SIGABRT)
{
	struct evert_result result = evert_result_text("1", 1);

	evert_result_as_integer(&result);
}

Test(result, asking_nothing_for_a_text_is_a_bug, .signal = SIGABRT)
{
	struct evert_result result = evert_result_none();

	evert_result_as_text(&result);
}

Test(result, asking_a_value_for_its_failure_is_a_bug, .signal = SIGABRT)
{
	struct evert_result result = evert_result_integer(1);

	evert_result_as_failure(&result);
}

Test(result, asking_a_failure_for_a_number_is_a_bug, .signal = SIGABRT)
{
	struct evert_result result = plain_failure();

	evert_result_as_number(&result);
}

/* ---- Lists ---- */

Test(result, a_list_begins_with_nothings_and_owns_its_items)
{
	struct evert_list *list = evert_list_create(2);
	struct evert_result result = evert_result_of(&evert_type_list, list);

	cr_assert(eq(sz, evert_result_as_list(&result)->count, 2));
	cr_assert(evert_result_is_none(&list->items[1]));
	list->items[0] = diary_value("x");
	list->items[1] = diary_value("y");
	evert_result_release(result);
	cr_assert(eq(str, diary, "freed:x freed:y"));
}

Test(result, a_list_may_be_empty)
{
	evert_result_release(
		evert_result_of(&evert_type_list, evert_list_create(0)));
}

Test(result, a_list_without_memory_is_null)
{
	failing_allocator_start(1, true);
	cr_assert(zero(ptr, evert_list_create(2)));
	cr_assert(zero(ptr, evert_list_create(SIZE_MAX / 2)));
	failing_allocator_stop();
}

/* ---- Printing ---- */

Test(result, prints_what_it_is)
{
	assert_printed(evert_result_none(), "nothing");
	assert_printed(evert_result_integer(-42), "-42");
	assert_printed(evert_result_number(0.5), "0.5");
	assert_printed(evert_result_text("hi", 2), "\"hi\"");
	assert_printed(plain_failure(), "failure ERROR: planned");
	assert_printed(evert_result_borrowed(NULL), "borrowed pointer");
	assert_printed(diary_value("x"), "value");
	assert_printed(evert_result_wait(fired(1)), "Deferred to wait for");
}

static struct evert_result list_of(size_t count, struct evert_result last)
{
	struct evert_list *list = evert_list_create(count);

	list->items[count - 1] = last;
	return evert_result_of(&evert_type_list, list);
}

Test(result, prints_a_list_with_what_is_in_it)
{
	struct evert_list *list = evert_list_create(3);

	list->items[0] = evert_result_integer(1);
	list->items[1] = evert_result_text("two", 3);
	list->items[2] = list_of(1, plain_failure());
	assert_printed(evert_result_of(&evert_type_list, list),
		       "[1, \"two\", [failure ERROR: planned]]");
	assert_printed(evert_result_of(&evert_type_list, evert_list_create(0)),
		       "[]");
}

Test(result, prints_no_more_than_can_be_read)
{
	struct evert_result deep = list_of(1, evert_result_integer(1));
	char bytes[1025], printed[1100];
	int i;

	memset(bytes, 'x', sizeof(bytes));
	snprintf(printed, sizeof(printed), "\"%.1024s\"... (1025 bytes)",
		 bytes);
	assert_printed(evert_result_text(bytes, sizeof(bytes)), printed);
	for (i = 0; i < 6; i++)
		deep = list_of(1, deep);
	assert_printed(deep, "[[[[[... (1 items)]]]]]");
	assert_printed(list_of(33, evert_result_integer(1)),
		       "[nothing, nothing, nothing, nothing, nothing, nothing, "
		       "nothing, nothing, nothing, nothing, nothing, nothing, "
		       "nothing, nothing, nothing, nothing, nothing, nothing, "
		       "nothing, nothing, nothing, nothing, nothing, nothing, "
		       "nothing, nothing, nothing, nothing, nothing, nothing, "
		       "nothing, nothing, ... (33 items)]");
}

Test(result, prints_what_is_not_printable_as_numbers)
{
	assert_printed(evert_result_text("a\0b\n\"", 5),
		       "\"a\\x00b\\x0a\\\"\"");
}

Test(result, a_text_may_be_formatted)
{
	struct evert_result text = evert_result_textf("%d of %s", 3, "five");

	cr_assert(eq(str, (char *)evert_result_as_text(&text), "3 of five"));
	cr_assert(eq(sz, evert_result_text_length(&text), 9));
	evert_result_release(text);
}

/* ---- Going on only with a value ---- */

static struct evert_result value_or_failure(bool fails)
{
	return fails ? evert_result_fail(EVERT_ERROR, 0, "as asked") :
		       evert_result_integer(1);
}

static struct evert_result try_twice(bool second_fails, int *undone)
{
	struct evert_result r;

	EVERT_TRY(r, value_or_failure(false));
	EVERT_TRY_OR(undo, r, value_or_failure(second_fails));
	return evert_result_integer(2);

undo:
	++*undone;
	return r;
}

static struct evert_result try_in_vain(int *reached)
{
	struct evert_result r;

	EVERT_TRY(r, value_or_failure(true));
	++*reached;
	return r;
}

Test(result, try_goes_on_with_a_value_only)
{
	int reached = 0;
	struct evert_result r = try_in_vain(&reached);

	cr_assert(evert_result_failed_with(&r, EVERT_ERROR));
	cr_assert(zero(int, reached));
	evert_result_release(r);
}

Test(result, try_or_goes_where_what_was_begun_is_undone)
{
	int undone = 0;
	struct evert_result r = try_twice(false, &undone);

	cr_assert(eq(i64, evert_result_as_integer(&r), 2));
	cr_assert(zero(int, undone));
	r = try_twice(true, &undone);
	cr_assert(evert_result_is_failure(&r));
	cr_assert(eq(int, undone, 1));
	evert_result_release(r);
}
