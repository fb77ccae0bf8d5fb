/* SPDX-License-Identifier: MIT */
/*
 * Criterion starts a program anew for each test; what a sanitizer has to set
 * up for that takes far longer than the test. A program linked with these files
 * instead of Criterion's main forks for each test: below sanitizers, and in
 * tests/torture. The tests are the same, and their assertions.
 *
 *	asserts.c	what a test calls of Criterion
 *	child.c		a test in a process of its own
 *	main.c		all tests of a program (not for torture)
 */
#ifndef TESTS_FORKED_FORKED_H
#define TESTS_FORKED_FORKED_H

#include <stdbool.h>
#include <sys/types.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

enum how {
	HOW_UNKNOWN, /* it was ended, or ended itself */
	HOW_PASSED,
	HOW_NOTICED, /* an assertion failed */
	HOW_SKIPPED,
	HOW_LEAKED, /* torture asks */
};

enum {
	LOWEST_OF_OURS = 500 /* descriptors; a child has none of them */
};

/* ---- For whoever has the main ---- */

/* Ends the process of a test; for main.c and torture to define. */
_Noreturn void end_run(enum how how);

/* One past the last of all tests, some of which may be NULL. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];

/* With the fixtures of its suite, and its own. `param` is NULL unless the test
   has parameters. */
void test_run(const struct criterion_test *test, void *param);

/* NULL: it has none, as if all were zero. */
const struct criterion_test_extra_data *
test_suite(const struct criterion_test *test);

/* ---- Processes ---- */

struct child {
	pid_t pid;
	int pidfd;
};

/* A file that is empty, for what a child says; or exits. */
int child_output(void);

/* As fork() does, but leads a group and writes to that file, from its start. */
pid_t child_begin(struct child *child, int output);
bool child_ends_within(const struct child *child, double seconds);
/* Kills what is left of it and of all that it has started; as waitpid. */
int child_end(struct child *child);

double now(void); /* seconds */

#endif
