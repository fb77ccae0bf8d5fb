/* SPDX-License-Identifier: MIT */
/* Chains that stand in a constant table, and are added in one step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../deferred/deferred.h"
#include "../support/diary.h"
#include "../support/memory.h"

static char reported[1024];

static void note(const struct evert_unhandled *report, void *arg)
{
	FILE *to = fmemopen(reported, sizeof(reported), "w");

	(void)arg;
	evert_unhandled_print(report, to);
	fclose(to);
}

static void begin(void)
{
	evert_set_unhandled_hook(note, NULL);
}

static void finish(void)
{
	failing_allocator_stop();
}

TestSuite(deferred_table, .init = begin, .fini = finish);

/* ---- Links: what they do is in their names ---- */

static struct evert_result one(struct evert_result *in, void *arg)
{
	diary_add("one:%s", (const char *)arg);
	return *in;
}

static struct evert_result two(struct evert_result *in, void *arg)
{
	diary_add("two:%s", (const char *)arg);
	return *in;
}

static struct evert_result fail(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	diary_add("fail");
	return evert_result_fail(EVERT_ERROR, 0, "planned");
}

static struct evert_result recover(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("recover:%s", evert_result_as_failure(in)->kind->name);
	return evert_result_integer(7);
}

static struct evert_result end(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("end");
	evert_result_release(evert_result_take(in));
	return evert_result_none();
}

static const struct evert_link plain[] = {
	EVERT_CALLBACK(one),
	EVERT_ERRBACK(recover),
	EVERT_BOTH(two),
};

static const struct evert_link failing[] = {
	EVERT_CALLBACK(one),
	EVERT_CALLBACKS(fail, recover),
	EVERT_CALLBACK(two),
	EVERT_ERRBACK(recover),
	EVERT_BOTH(two),
};

/* ---- Running ---- */

Test(deferred_table, its_links_run_in_order_with_one_argument)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_both(d, diary_pass, "before");
	cr_assert(zero(int, evert_deferred_add_chain(d, plain, "x")));
	evert_deferred_add_both(d, diary_pass, "after");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "before:1 one:x two:x after:1"));
	evert_deferred_release(d);
}

Test(deferred_table, p02_on_a_fired_one_it_runs_at_once)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, plain, "x");
	evert_deferred_add_chain(d, plain, "y");
	cr_assert(eq(str, diary, "one:x two:x one:y two:y"));
	evert_deferred_release(d);
}

Test(deferred_table, p04_a_failure_goes_to_the_next_errback)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, failing, "x");
	cr_assert(eq(str, diary, "one:x fail recover:ERROR two:x"));
	evert_deferred_release(d);
}

Test(deferred_table, p06_fired_with_a_failure_it_begins_on_the_errbacks)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_chain(d, failing, "x");
	evert_deferred_abandon(&slot);
	cr_assert(eq(str, diary, "recover:ABANDONED two:x two:x"));
	evert_deferred_release(d);
}

Test(deferred_table, p07_an_empty_one_changes_nothing)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	evert_deferred_add_chain_at(d, plain, 0, NULL, "nothing");
	evert_deferred_add_both(d, diary_pass, "a");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "a:1"));
	evert_deferred_release(d);
}

Test(deferred_table, a_value_that_was_taken_leaves_nothing)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(end),
		EVERT_BOTH(one),
	};
	struct evert_deferred *d =
		evert_deferred_create_fired(diary_value("v"));

	evert_deferred_add_chain(d, links, "x");
	cr_assert(eq(str, diary, "end freed:v one:x"));
	cr_assert(evert_result_is_none(evert_deferred_result(d)));
	evert_deferred_release(d);
}

static struct evert_result take_and_count(struct evert_result *in, void *arg)
{
	int64_t number = evert_result_as_integer(in);

	(void)arg;
	evert_result_take(in);
	return evert_result_integer(number + 1);
}

Test(deferred_table, a_taken_value_may_be_followed_by_one_of_its_type)
{
	static const struct evert_link links[] = {
		EVERT_CALLBACK(take_and_count),
		EVERT_CALLBACK(take_and_count),
	};
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, links, NULL);
	evert_deferred_add_callback(d, take_and_count, NULL);
	cr_assert(eq(i64, evert_result_as_integer(evert_deferred_result(d)),
		     4));
	evert_deferred_release(d);
}

/* ---- Interrupted ---- */

static struct evert_result pause(struct evert_result *in, void *deferred)
{
	diary_add("pause");
	evert_deferred_pause(deferred);
	return *in;
}

static struct evert_result mark(struct evert_result *in, void *arg)
{
	(void)arg;
	diary_add("mark");
	return *in;
}

Test(deferred_table, p12_a_pause_from_inside_holds_the_next_of_it)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(mark),
		EVERT_BOTH(pause),
		EVERT_BOTH(mark),
	};
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, links, d);
	evert_deferred_add_both(d, diary_pass, "after");
	cr_assert(eq(str, diary, "mark pause"));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "mark pause mark after:1"));
	evert_deferred_release(d);
}

static struct evert_firing *inner;

static struct evert_result wait_for_inner(struct evert_result *in, void *arg)
{
	(void)in;
	(void)arg;
	diary_add("wait");
	return evert_result_wait(evert_deferred_create(&inner));
}

static const struct evert_link waiting[] = {
	EVERT_CALLBACK(mark),
	EVERT_CALLBACK(wait_for_inner),
	EVERT_CALLBACK(mark),
	EVERT_ERRBACK(recover),
};

Test(deferred_table, p08_one_of_it_may_wait)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, waiting, NULL);
	evert_deferred_add_both(d, diary_pass, "after");
	cr_assert(eq(str, diary, "mark wait"));
	fire(&inner, 2);
	cr_assert(eq(str, diary, "mark wait mark after:2"));
	evert_deferred_release(d);
}

/* ---- The last of a table holds up what comes after it ---- */

static void add_between(struct evert_deferred *d,
			const struct evert_link *table, size_t count)
{
	evert_deferred_add_both(d, diary_pass, "before");
	evert_deferred_add_chain_at(d, table, count, d, "table");
	evert_deferred_add_both(d, diary_pass, "after");
}

Test(deferred_table, p08_the_last_of_it_may_wait_between_links)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(mark),
		EVERT_BOTH(wait_for_inner),
	};
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	add_between(d, links, 2);
	fire(&slot, 1);
	cr_assert(eq(str, diary, "before:1 mark wait"));
	fire(&inner, 2);
	cr_assert(eq(str, diary, "before:1 mark wait after:2"));
	evert_deferred_release(d);
}

Test(deferred_table, p12_the_last_of_it_may_pause_between_links)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(mark),
		EVERT_BOTH(pause),
	};
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);

	add_between(d, links, 2);
	fire(&slot, 1);
	cr_assert(eq(str, diary, "before:1 mark pause"));
	evert_deferred_unpause(d);
	cr_assert(eq(str, diary, "before:1 mark pause after:1"));
	evert_deferred_release(d);
}

static struct evert_result once_more(struct evert_result *in, void *arg);

static const struct evert_link endless[] = {
	EVERT_CALLBACK(once_more),
};

/* As `again` does in a loop without end. */
static struct evert_result once_more(struct evert_result *in, void *arg)
{
	struct evert_deferred *d = evert_deferred_create(&inner);

	(void)in;
	evert_deferred_add_chain(d, endless, arg);
	return evert_result_wait(d);
}

Test(deferred_table, p10_one_that_waits_for_ever_anew_keeps_constant_memory)
{
	struct evert_deferred *d;
	size_t live;
	int i;

	failing_allocator_start(0, false);
	d = evert_deferred_create(&inner);
	evert_deferred_add_chain(d, endless, NULL);
	for (i = 0; i < 10; i++)
		fire(&inner, i);
	live = failing_allocator_counts().live;
	for (i = 0; i < 1000; i++)
		fire(&inner, i);
	cr_assert(le(sz, failing_allocator_counts().live, live));
	evert_deferred_release(d);
	evert_deferred_abandon(&inner);
}

Test(deferred_table, p22_what_one_of_it_waits_for_is_cancelled)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, waiting, NULL);
	evert_deferred_cancel(d);
	cr_assert(eq(str, diary, "mark wait recover:CANCELLED"));
	evert_deferred_abandon(&inner);
	evert_deferred_release(d);
}

static struct evert_result add_many(struct evert_result *in, void *deferred)
{
	int i;

	for (i = 0; i < 30; i++)
		evert_deferred_add_both(deferred, mark, NULL);
	diary_add("added");
	return *in;
}

Test(deferred_table, p03_what_is_added_from_inside_comes_after_it)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(add_many),
		EVERT_BOTH(add_many),
	};
	struct evert_deferred *d = fired(1);
	const char *at;
	int marks = 0;

	evert_deferred_add_chain(d, links, d);
	cr_assert(zero(int, strncmp(diary, "added added mark", 16)));
	for (at = diary; (at = strstr(at, "mark")); at++)
		marks++;
	cr_assert(eq(int, marks, 60));
	evert_deferred_release(d);
}

static struct evert_result count(struct evert_result *in, void *counter)
{
	++*(int *)counter;
	return *in;
}

Test(deferred_table, many_tables_take_their_turns)
{
	static const struct evert_link links[] = {
		EVERT_BOTH(count), EVERT_CALLBACK(count), EVERT_ERRBACK(count),
	};
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	int counter = 0, i;

	for (i = 0; i < 1000; i++)
		evert_deferred_add_chain(d, links, &counter);
	fire(&slot, 1);
	cr_assert(eq(int, counter, 2000));
	for (i = 0; i < 1000; i++)
		evert_deferred_add_chain(d, links, &counter);
	cr_assert(eq(int, counter, 4000));
	evert_deferred_release(d);
}

/* ---- Without memory ---- */

Test(deferred_table, null_runs_its_errbacks)
{
	cr_assert(lt(int, evert_deferred_add_chain(NULL, failing, "x"), 0));
	cr_assert(eq(str, diary,
		     "recover:NO_MEMORY recover:NO_MEMORY two:x"));
}

Test(deferred_table, p96_without_memory_each_link_fails_in_its_turn)
{
	struct evert_firing *slot;
	struct evert_deferred *d;
	int i;

	failing_allocator_start(0, false);
	d = evert_deferred_create(&slot);
	for (i = 0; i < 11; i++)
		evert_deferred_add_both(d, NULL, NULL);
	failing_allocator_fail(1, true);
	cr_assert(lt(int, evert_deferred_add_chain(d, failing, "x"), 0));
	cr_assert(eq(str, diary, ""));
	fire(&slot, 1);
	cr_assert(eq(str, diary, "one:x recover:NO_MEMORY "
				 "recover:NO_MEMORY two:x"));
	evert_deferred_release(d);
	cr_assert(zero(sz, failing_allocator_counts().live));
}

/* ---- Looking at it ---- */

#define LABELLED(function, label) { function, function, label }

static void assert_dump(const struct evert_deferred *d, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	evert_deferred_dump(d, to);
	fclose(to);
	cr_assert(eq(str, text, (char *)expected));
	free(text);
}

static struct evert_result dump(struct evert_result *in, void *deferred)
{
	assert_dump(deferred, "Deferred made at x.c:1: fired with 1, running\n"
			      "  then the chain lookup (x.c:2)\n"
			      "    then last (t.c:3)\n"
			      "  then rest (x.c:3)\n");
	diary_add("dumped");
	return *in;
}

static const struct evert_link lookup[] = {
	LABELLED(dump, "first (t.c:2)"),
	LABELLED(mark, "last (t.c:3)"),
};

Test(deferred_table, p19_dump_shows_its_name_and_its_links)
{
	struct evert_deferred *d = unfired_at("x.c:1");
	struct evert_firing *slot = evert_deferred_firing(d);

	evert_deferred_add_chain_at(d, lookup, 2, d, "lookup (x.c:2)");
	evert_deferred_add_at(d, mark, mark, NULL, "rest (x.c:3)");
	assert_dump(d, "Deferred made at x.c:1: not fired\n"
		       "  then the chain lookup (x.c:2)\n"
		       "    then first (t.c:2)\n"
		       "    then last (t.c:3)\n"
		       "  then rest (x.c:3)\n");
	fire(&slot, 1);
	cr_assert(eq(str, diary, "dumped mark mark"));
	evert_deferred_release(d);
}

static const struct evert_link culprits[] = {
	LABELLED(mark, "innocent"),
	{ fail, NULL, "culprit" },
	{ mark, NULL, "passed by" },
};

Test(deferred_table, p15_the_report_begins_with_the_link_that_failed)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, culprits, NULL);
	evert_deferred_add_at(d, mark, NULL, NULL, "after");
	evert_deferred_release(d);
	cr_assert(not(zero(ptr, strstr(reported, "  passed culprit\n"
						 "  passed passed by\n"
						 "  passed after\n"))));
	cr_assert(zero(ptr, strstr(reported, "innocent")));
}

static const struct evert_link passers[] = {
	{ mark, NULL, "a" },
	{ wait_for_inner, NULL, "b" },
	{ mark, NULL, "c" },
};

Test(deferred_table, p15_a_failure_from_outside_passed_what_came_after_it)
{
	struct evert_deferred *d = fired(1);

	evert_deferred_add_chain(d, passers, NULL);
	evert_deferred_abandon(&inner);
	evert_deferred_release(d);
	cr_assert(not(zero(ptr, strstr(reported, "  passed c\n"))));
	cr_assert(zero(ptr, strstr(reported, "  passed a\n")));
	cr_assert(zero(ptr, strstr(reported, "  passed b\n")));
}

Test(deferred_table, p15_of_many_tables_the_latest_links_are_reported)
{
	struct evert_firing *slot;
	struct evert_deferred *d = evert_deferred_create(&slot);
	static const struct evert_link old[] = { { mark, NULL, "old" },
						 { mark, NULL, "old" } };
	int i;

	evert_deferred_abandon(&slot);
	for (i = 0; i < 50; i++)
		evert_deferred_add_chain(d, old, NULL);
	for (i = 0; i < 3; i++)
		evert_deferred_add_chain(d, passers, NULL);
	evert_deferred_release(d);
	cr_assert(not(zero(ptr, strstr(reported, ")\n  in"))));
	cr_assert(not(zero(ptr, strstr(reported,
				       "  passed b\n  passed c\n"
				       "  passed a\n  passed b\n  passed c\n"
				       "  passed a\n  passed b\n"
				       "  passed c\n"))));
	cr_assert(zero(ptr, strstr(reported, "old")));
}
