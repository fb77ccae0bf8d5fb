/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../../deferred/combine.h"
#include "../../deferred/failure.h"
#include "../support/memory.h"
#include "../support/diary.h"

static const struct evert_error weather = EVERT_ERROR_INIT(
	weather, EVERT_ERROR, "WEATHER", "bad weather");
static const struct evert_error hail =
	EVERT_ERROR_INIT(hail, &weather, "HAIL", "it hails");

static struct evert_failure *make(const char *message)
{
	return evert_failure_create_at("x.c:1", &weather, 0, "%s", message);
}

static void assert_printed(const struct evert_failure *failure,
			   const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	evert_failure_print(failure, to);
	fclose(to);
	cr_assert(eq(str, text, (char *)expected));
	free(text);
}

Test(failure, has_a_kind_a_message_and_the_place_that_made_it)
{
	struct evert_failure *failure =
		evert_failure_create(&hail, 0, "%d stones", 3);
	char here[] = __FILE__ ":";

	cr_assert(eq(ptr, (void *)failure->kind, (void *)&hail));
	cr_assert(eq(str, failure->message, "3 stones"));
	cr_assert(zero(int, failure->error));
	cr_assert(eq(sz, failure->index, SIZE_MAX));
	cr_assert(eq(int, strncmp(failure->place, here, strlen(here)), 0));
	evert_failure_release(failure);
}

Test(failure, with_an_errno_its_text_is_appended)
{
	struct evert_failure *failure =
		evert_failure_create(EVERT_SYSTEM, ENOENT, "open");

	cr_assert(eq(int, failure->error, ENOENT));
	cr_assert(eq(str, failure->message, "open: No such file or directory"));
	evert_failure_release(failure);
}

Test(failure, the_sign_of_an_errno_does_not_matter)
{
	struct evert_failure *failure =
		evert_failure_create(EVERT_SYSTEM, -ENOENT, "open");

	cr_assert(eq(int, failure->error, ENOENT));
	cr_assert(eq(str, failure->message, "open: No such file or directory"));
	evert_failure_release(failure);
}

Test(failure, a_message_may_be_long)
{
	char text[5000];
	struct evert_failure *failure;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	failure = make(text);
	cr_assert(eq(str, failure->message, text));
	evert_failure_release(failure);
}

/* Short ones are kept in the block itself, long ones in a larger one. */
Test(failure, a_message_of_any_length_is_whole)
{
	char text[201], expected[256];
	struct evert_failure *failure, *copy;
	int length, error;

	for (length = 0; length <= 200; length++) {
		memset(text, 'x', (size_t)length);
		text[length] = '\0';
		for (error = 0; error <= ENOENT; error += ENOENT) {
			snprintf(expected, sizeof(expected), "%s%s%s", text,
				 error ? ": " : "",
				 error ? strerror(error) : "");
			failure = evert_failure_create(EVERT_ERROR, error,
						       "%s", text);
			copy = evert_failure_copy(failure);
			cr_assert(eq(str, (char *)failure->message, expected));
			cr_assert(eq(str, (char *)copy->message, expected));
			evert_failure_release(failure);
			evert_failure_release(copy);
			failure = evert_failure_create_at("x.c:1", EVERT_ERROR,
							  error, text, 0);
			cr_assert(eq(str, (char *)failure->message, expected));
			evert_failure_release(failure);
		}
	}
}

Test(failure, is_of_its_kind_and_of_those_above_it)
{
	struct evert_failure *failure = evert_failure_bare(&hail);

	cr_assert(evert_failure_is(failure, &hail));
	cr_assert(evert_failure_is(failure, &weather));
	cr_assert(evert_failure_is(failure, EVERT_ERROR));
	cr_assert(not(evert_failure_is(failure, EVERT_CANCELLED)));
	cr_assert(not(evert_failure_is(evert_failure_bare(&weather), &hail)));
}

Test(failure, every_kind_of_ours_is_below_the_root)
{
	const struct evert_error *const kinds[] = {
		EVERT_CANCELLED,      EVERT_TIMED_OUT,
		EVERT_ABANDONED,      EVERT_NO_MEMORY,
		EVERT_DEADLOCK,	      EVERT_FIRST_FAILURE,
		EVERT_ALL_FAILED,     EVERT_QUEUE_OVERFLOW,
		EVERT_QUEUE_UNDERFLOW, EVERT_SYSTEM,
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct evert_failure *bare = evert_failure_bare(kinds[i]);

		cr_assert(evert_failure_is(bare, EVERT_ERROR));
		cr_assert(eq(ptr, (void *)bare->kind, (void *)kinds[i]));
	}
}

/* ---- Without memory ---- */

Test(failure, without_memory_it_is_the_bare_one)
{
	struct evert_failure *failure;

	failing_allocator_start(1, true);
	failure = make("lost");
	failing_allocator_stop();
	cr_assert(eq(ptr, failure, evert_failure_bare(&weather)));
	cr_assert(eq(str, failure->message, "bad weather"));
	evert_failure_release(failure);
}

/* Room for a short message is there; that it is long is seen by writing it. */
Test(failure, without_memory_for_a_long_message_it_is_the_bare_one)
{
	struct evert_failure *failure;
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	evert_failure_release(make("short"));
	failing_allocator_start(2, true);
	failure = make(text);
	cr_assert(eq(ptr, failure, evert_failure_bare(&weather)));
	cr_assert(eq(str, failure->message, "bad weather"));
	evert_failure_release(failure);
	cr_assert(zero(sz, failing_allocator_stop().live));
}

Test(failure, one_with_a_place_is_without_memory_the_bare_one)
{
	struct evert_failure *failure;

	failing_allocator_start(1, true);
	failure = evert_failure_at("x.c:1", &hail);
	cr_assert(eq(ptr, failure, evert_failure_bare(&hail)));
	cr_assert(eq(str, failure->message, "it hails"));
	failing_allocator_stop();
}

/* In the locale of C no character beyond 255 can be written. */
Test(failure, with_a_message_that_cannot_be_written_it_is_the_bare_one)
{
	struct evert_failure *failure = evert_failure_create_at(
		"x.c:1", &weather, ENOENT, "%ls", L"\x20ac");

	cr_assert(eq(ptr, failure, evert_failure_bare(&weather)));
}

Test(failure, a_bare_one_may_be_released_any_number_of_times)
{
	evert_failure_release(evert_failure_bare(&hail));
	evert_failure_release(evert_failure_bare(&hail));
	evert_failure_release(NULL);
	cr_assert(eq(str, evert_failure_bare(&hail)->message, "it hails"));
}

Test(failure, a_bare_one_keeps_no_number_and_no_cause)
{
	struct evert_failure *bare = evert_failure_bare(&hail);

	failing_allocator_start(0, false);
	evert_failure_set_index(bare, 3);
	evert_failure_set_error(bare, ENOENT);
	evert_failure_set_code(bare, 7);
	evert_failure_add_cause(bare, make("cause"));
	cr_assert(eq(sz, bare->index, SIZE_MAX));
	cr_assert(zero(int, bare->error));
	cr_assert(zero(int, bare->code));
	cr_assert(zero(ptr, bare->cause));
	cr_assert(zero(sz, failing_allocator_stop().live));
}

/* ---- Causes ---- */

Test(failure, causes_are_kept_in_the_order_they_were_added)
{
	struct evert_failure *failure = make("all");

	evert_failure_add_cause(failure, make("one"));
	evert_failure_add_cause(failure, make("two"));
	evert_failure_add_cause(failure, make("three"));
	cr_assert(eq(str, failure->cause->message, "one"));
	cr_assert(eq(str, failure->cause->next->message, "two"));
	cr_assert(eq(str, failure->cause->next->next->message, "three"));
	cr_assert(zero(ptr, failure->cause->next->next->next));
	evert_failure_release(failure);
}

Test(failure, a_bare_cause_is_copied)
{
	struct evert_failure *failure = make("all");

	evert_failure_add_cause(failure, evert_failure_bare(&hail));
	evert_failure_add_cause(failure, evert_failure_bare(&hail));
	cr_assert(eq(str, failure->cause->message, "it hails"));
	cr_assert(eq(str, failure->cause->next->message, "it hails"));
	cr_assert(zero(ptr, evert_failure_bare(&hail)->next));
	evert_failure_release(failure);
}

/* Quadratic work would take minutes. */
Test(failure, a_hundred_thousand_causes_are_added_in_no_time, .timeout = 20)
{
	struct evert_failure *failure = make("all");
	size_t i;

	for (i = 0; i < 100000; i++)
		evert_failure_add_cause(failure, make("one"));
	evert_failure_release(evert_failure_copy(failure));
	evert_failure_release(failure);
}

static void *release_nested(void *arg)
{
	struct evert_failure *failure = make("innermost"), *outer;
	size_t i;

	(void)arg;
	for (i = 0; i < 100000; i++) {
		outer = make("outer");
		evert_failure_add_cause(outer, failure);
		evert_failure_add_cause(outer, make("another"));
		failure = outer;
	}
	evert_failure_release(failure);
	return NULL;
}

Test(failure, a_hundred_thousand_causes_of_causes_need_no_stack)
{
	failing_allocator_start(0, false);
	run_on_small_stack(release_nested, NULL);
	cr_assert(zero(sz, failing_allocator_stop().live));
}

Test(failure, a_copy_has_everything_causes_included)
{
	struct evert_failure *failure =
		evert_failure_create_at("x.c:1", &hail, ENOENT, "copied");
	struct evert_failure *cause = make("cause");
	struct evert_failure *copy;

	evert_failure_set_index(failure, 4);
	evert_failure_set_index(cause, 5);
	evert_failure_add_cause(failure, cause);
	copy = evert_failure_copy(failure);
	evert_failure_release(failure);
	cr_assert(eq(int, copy->error, ENOENT));
	assert_printed(copy,
		       "[4] HAIL: copied: No such file or directory (x.c:1)\n"
		       "  [5] WEATHER: cause (x.c:1)\n");
	evert_failure_release(copy);
}

static void copy_and_release(void *arg)
{
	struct evert_failure *failure = make("all");

	(void)arg;
	evert_failure_add_cause(failure, make("one"));
	evert_failure_add_cause(failure, evert_failure_bare(&hail));
	evert_failure_release(evert_failure_copy(failure));
	evert_failure_release(failure);
}

Test(failure, nothing_is_lost_whichever_allocation_fails)
{
	fail_every_allocation(copy_and_release, NULL);
}

Test(failure, prints_its_causes_indented_below_it)
{
	struct evert_failure *failure = make("all");
	struct evert_failure *cause = make("cause");

	evert_failure_add_cause(cause, make("of the cause"));
	evert_failure_set_index(cause, 2);
	evert_failure_add_cause(failure, cause);
	evert_failure_add_cause(failure, make("another"));
	assert_printed(failure, "WEATHER: all (x.c:1)\n"
				"  [2] WEATHER: cause (x.c:1)\n"
				"    WEATHER: of the cause (x.c:1)\n"
				"  WEATHER: another (x.c:1)\n");
	evert_failure_release(failure);
}

/* ---- Made inside the library: the caller's place ---- */

static struct evert_result note_place(struct evert_result *in, void *place)
{
	*(const char **)place = evert_result_as_failure(in)->place;
	return evert_result_none();
}

Test(failure, one_of_cancelling_names_who_cancelled)
{
	const char *place = NULL, *here;
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, note_place, &place);
	here = EVERT_HERE, evert_deferred_cancel(d);
	cr_assert(eq(str, (char *)place, (char *)here));
	evert_deferred_release(d);
	evert_deferred_abandon(&slot);
}

static bool abandon(struct evert_deferred *deferred, void *slot)
{
	(void)deferred;
	evert_deferred_abandon(slot);
	return false;
}

Test(failure, one_of_cancelling_names_who_cancelled_through_a_combinator)
{
	const char *place = NULL, *here;
	struct evert_firing *slot;
	struct evert_deferred *inner = evert_deferred_create_cancellable(
		&slot, abandon, &slot);
	struct evert_deferred *d;

	evert_deferred_add_errback(inner, note_place, &place);
	d = evert_gather(&inner, 1, 0);
	here = EVERT_HERE, evert_deferred_cancel(d);
	cr_assert(eq(str, (char *)place, (char *)here));
	evert_deferred_release(d);
}

Test(failure, one_of_abandoning_names_who_abandoned)
{
	const char *place = NULL, *here;
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_errback(d, note_place, &place);
	here = EVERT_HERE, evert_deferred_abandon(&slot);
	cr_assert(eq(str, (char *)place, (char *)here));
	evert_deferred_release(d);
}

Test(failure, one_with_a_place_may_be_written_to_and_copied)
{
	struct evert_failure *failure =
		evert_failure_at("x.c:1", EVERT_ABANDONED);
	struct evert_failure *copy;

	evert_failure_set_index(failure, 3);
	evert_failure_add_cause(failure,
				evert_failure_at("y.c:2", EVERT_CANCELLED));
	copy = evert_failure_copy(failure);
	evert_failure_release(failure);
	cr_assert(eq(str, (char *)copy->place, "x.c:1"));
	cr_assert(eq(sz, copy->index, 3));
	cr_assert(eq(str, (char *)copy->cause->place, "y.c:2"));
	evert_failure_release(copy);
}

Test(failure, one_with_a_place_mostly_needs_no_memory)
{
	size_t before;

	evert_failure_release(evert_failure_at("x.c:1", EVERT_ABANDONED));
	failing_allocator_start(1, true);
	evert_failure_release(evert_failure_at("x.c:1", EVERT_ABANDONED));
	before = failing_allocator_stop().live;
	cr_assert(zero(sz, before));
}
