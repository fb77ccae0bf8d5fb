/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../../protocols/tls/bytes_internal.h"
#include "../../support/memory.h"

static struct evert_tls_bytes *bytes;

static void begin(void)
{
	failing_allocator_start(0, false);
}

static void finish(void)
{
	evert_tls_bytes_drop(&bytes);
	cr_assert(bytes == NULL);
	cr_assert(zero(sz, failing_allocator_stop().live));
}

TestSuite(tls_bytes, .init = begin, .fini = finish);

/* The byte with that number of all that were added. */
static char nth(size_t number)
{
	return (char)(number * 7 + number / 256);
}

static void add(size_t *added, size_t length)
{
	char data[2000];
	size_t i;

	for (i = 0; i < length; i++)
		data[i] = nth(*added + i);
	cr_assert(evert_tls_bytes_add(&bytes, data, length));
	*added += length;
}

/* As who sends them takes them. */
static void take(size_t *taken, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		cr_assert(evert_tls_bytes_first(bytes)[i] == nth(*taken + i));
	bytes->start += length;
	bytes->length -= length;
	*taken += length;
}

static void expect_within(size_t length)
{
	cr_assert(eq(sz, evert_tls_bytes_length(bytes), length));
	cr_assert(bytes->start + bytes->length <= bytes->capacity);
}

Test(tls_bytes, come_out_as_they_were_added)
{
	size_t added = 0, taken = 0, round;

	add(&added, 1);
	for (round = 0; round < 3000; round++) {
		add(&added, round * 31 % 700);
		expect_within(added - taken);
		take(&taken, (added - taken) * (round % 11) / 10);
	}
	take(&taken, added - taken);
	expect_within(0);
}

Test(tls_bytes, are_moved_to_the_front_before_there_is_more_room)
{
	size_t added = 0, taken = 0;

	add(&added, 512);
	take(&taken, 400);
	add(&added, 400);
	cr_assert(eq(sz, bytes->capacity, 512));
	cr_assert(zero(sz, bytes->start));
	take(&taken, 100);
	add(&added, 100);
	cr_assert(eq(sz, bytes->capacity, 512));
	add(&added, 1);
	cr_assert(eq(sz, bytes->capacity, 1024));
	add(&added, 2000);
	cr_assert(eq(sz, bytes->capacity, 2513));
}

Test(tls_bytes, none_take_no_room)
{
	cr_assert(zero(sz, evert_tls_bytes_length(bytes)));
	cr_assert(evert_tls_bytes_add(&bytes, "", 0));
	cr_assert(bytes == NULL);
}

Test(tls_bytes, stay_as_they_were_when_there_is_no_memory)
{
	size_t added = 0, taken = 0;
	static const char more[512];

	failing_allocator_fail(1, false);
	cr_assert(not(evert_tls_bytes_add(&bytes, more, 1)));
	cr_assert(bytes == NULL);
	add(&added, 500);
	take(&taken, 1);
	failing_allocator_fail(1, false);
	cr_assert(not(evert_tls_bytes_add(&bytes, more, 512)));
	expect_within(499);
	take(&taken, 499);
}
