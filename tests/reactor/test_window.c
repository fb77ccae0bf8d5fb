/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../reactor/window.h"

static char buffer[8];
static struct evert_window window;

static void prepare(void)
{
	window = (struct evert_window){ .buffer = buffer, .most = 8 };
}

TestSuite(window, .init = prepare);

Test(window, of_zeros_it_has_no_room)
{
	window = (struct evert_window){ .buffer = NULL };
	cr_assert(not(evert_window_has(&window, 1)));
}

Test(window, it_has_all_there_is_and_not_a_byte_more)
{
	cr_assert(evert_window_has(&window, 8));
	cr_assert(not(evert_window_has(&window, 9)));
	cr_assert(not(evert_window_has(&window, SIZE_MAX)));
}

Test(window, what_is_taken_lies_one_behind_the_other)
{
	cr_assert(eq(ptr, evert_window_take(&window, 3), buffer));
	cr_assert(eq(ptr, evert_window_take(&window, 5), buffer + 3));
	cr_assert(not(evert_window_has(&window, 1)));
}

/* Whoever has nothing to write need not be told that there is room. */
Test(window, no_bytes_are_never_there)
{
	cr_assert(not(evert_window_has(&window, 0)));
	window.used = 8;
	cr_assert(not(evert_window_has(&window, 0)));
}

Test(window, pieces_are_copied_in_order_the_empty_ones_left_out)
{
	struct iovec pieces[] = {
		{ "ab", 2 }, { NULL, 0 }, { "c", 1 }, { "def", 3 },
	};
	size_t length = evert_pieces_length(pieces, 4);
	char *end;

	cr_assert(eq(sz, length, 6));
	end = evert_pieces_copy(evert_window_take(&window, length), pieces, 4);
	cr_assert(eq(ptr, end, buffer + 6));
	cr_assert(not(memcmp(buffer, "abcdef", 6)));
}

Test(window, short_pieces_of_every_length_are_copied_whole)
{
	char from[EVERT_SHORT], to[EVERT_SHORT + 1];
	size_t i, length;

	for (i = 0; i < sizeof(from); i++)
		from[i] = (char)('A' + i);
	for (length = 0; length <= EVERT_SHORT; length++) {
		memset(to, '.', sizeof(to));
		evert_copy_short(to, from, length);
		cr_assert(not(memcmp(to, from, length)));
		cr_assert(eq(chr, to[length], '.'));
	}
}
