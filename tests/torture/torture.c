/* SPDX-License-Identifier: MIT */
/*
 * PROGRAM [EVERY [SECONDS]]: of each test every EVERY-th run, and no more than
 * fit into so many seconds. PROGRAM SUITE/TEST N: one run, and what it said.
 * With SITES=FILE: each call unlike those that this or another program with
 * that file has made fails once in each way. With IN_A_ROW=3, the next two that
 * may fail do so, too.
 *
 * It writes lines for `run`, with tabs between their members: of each test
 * "test", its name, how many of its calls may fail, and how many runs had which
 * verdict; or "left", its name, and why. Before that, of each run that was
 * more than noticed, "run", the verdict, the test, n, the call, the errno, the
 * signal, the addresses where it ended, and where the call failed, and what
 * it said.
 */
#include "torture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SLOWER = 10, /* than usual: it hangs */
};

static const double LEAST_PATIENCE = 2, MOST_PATIENCE = 10,
		    LONG_PATIENCE = 120;
static const double MOST = 1e12; /* that one may ask for */

extern const char __ehdr_start[];

static int output;
static size_t every = 1;
static long in_a_row = 1;
static double budget = 20;

static const char *name_of(const struct criterion_test *test)
{
	return test->data->identifier_;
}

/* ---- What is told ---- */

static void tell_stack(const struct stack *stack)
{
	static const char owners[] = {
		[OWNER_OTHER] = 'o', [OWNER_TEST] = 't', [OWNER_EVERT] = 'e'};
	size_t i;

	putchar('\t');
	for (i = 0; i < stack->count; i++)
		printf("%s%c%zx", i ? "," : "",
		       owners[owner_of(stack->frames[i].ip)],
		       stack->frames[i].ip - (uintptr_t)__ehdr_start);
}

static void tell_text(const char *text)
{
	putchar('\t');
	for (; *text; text++)
		putchar(*text == '\n' ? '\v' : *text == '\t' ? ' ' : *text);
}

static void tell_run(const struct run *run, enum verdict verdict)
{
	printf("run\t%s\t%s\t%zu\t%s\t%s\t%d", verdict_names[verdict],
	       name_of(run->test), run->n,
	       the_record->failed ? the_record->failed : "?",
	       the_record->error ? strerrorname_np(the_record->error) : "0",
	       run->status & 0x7f);
	tell_stack(&the_record->end);
	tell_stack(&the_record->failure);
	tell_text(run->said);
	putchar('\n');
}

static void tell_test(const struct run *run, size_t calls,
		      const size_t counts[VERDICTS])
{
	size_t i;

	printf("test\t%s\t%zu", name_of(run->test), calls);
	for (i = 0; i < VERDICTS; i++)
		printf("\t%s=%zu", verdict_names[i], counts[i]);
	putchar('\n');
}

static void leave_out(const struct criterion_test *test, const char *why)
{
	printf("left\t%s\t%s\n", name_of(test), why);
}

/* ---- All runs of a test ---- */

/* How many calls from one failure to the next. */
static size_t step_for(size_t calls, double seconds)
{
	size_t step = (size_t)((double)calls * seconds / budget) + 1;

	if (step < every)
		step = every;
	if (step > calls) /* once at least */
		step = calls;
	return step ? step : 1;
}

static double patience_for(double seconds)
{
	double patience = seconds * SLOWER;

	if (patience < LEAST_PATIENCE)
		return LEAST_PATIENCE;
	return patience > MOST_PATIENCE ? MOST_PATIENCE : patience;
}

static enum verdict run_for(struct run *run, double patience)
{
	run->patience = patience;
	run_in_child(run, output);
	return judge(run);
}

/* What seems to hang may be slow: beside others, or on the way that it takes
   after a failure. */
static enum verdict run_and_judge(struct run *run)
{
	double patience = run->patience;
	enum verdict verdict = run_for(run, patience);

	if (verdict == HUNG)
		verdict = run_for(run, MOST_PATIENCE);
	run->patience = patience;
	return verdict;
}

static void try(struct run *run, size_t counts[VERDICTS])
{
	enum verdict verdict = run_and_judge(run);

	counts[verdict]++;
	if (verdict >= TEST_WENT_ON)
		tell_run(run, verdict);
}

static void fail_each_call(struct run *run)
{
	size_t counts[VERDICTS] = {0}, calls = the_record->calls;
	size_t step = step_for(calls, run->seconds);

	for (run->n = (step + 1) / 2; run->n <= calls; run->n += step) {
		try(run, counts);
		if (run->hung)
			step *= 2; /* such take long */
	}
	tell_test(run, calls, counts);
}

static void fail_each_site(struct run *run)
{
	static struct site sites[MOST_SITES];
	size_t counts[VERDICTS] = {0}, count = the_record->sites, i, runs = 0;

	memcpy(sites, the_record->found, count * sizeof(sites[0]));
	for (i = 0; i < count; i++) {
		run->site = sites[i].chain;
		for (run->n = 1; run->n <= sites[i].errors; run->n++)
			try(run, counts);
		runs += sites[i].errors;
	}
	tell_test(run, runs, counts);
}

static bool dies_on_purpose(const struct criterion_test *test)
{
	return test->data->signal || test->data->exit_code;
}

/* Undisturbed, to begin with. */
static void torture(const struct criterion_test *test)
{
	struct run run = {
		.test = test,
		.in_a_row = in_a_row,
		.patience = LONG_PATIENCE,
	};

	if (test->data->disabled)
		return;
	if (dies_on_purpose(test)) {
		leave_out(test, "it dies on purpose");
		return;
	}
	if (test->data->kind_ != CR_TEST_NORMAL) {
		leave_out(test, "it has parameters");
		return;
	}
	run_in_child(&run, output);
	run.live = the_record->live;
	run.descriptors = the_record->descriptors;
	run.patience = patience_for(run.seconds);
	if (run.hung)
		leave_out(test, "it takes too long");
	else if (the_record->how == HOW_SKIPPED)
		leave_out(test, "it skips itself");
	else if (the_record->how != HOW_PASSED)
		leave_out(test, "it does not pass without Criterion");
	else if (sites_wanted())
		fail_each_site(&run);
	else
		fail_each_call(&run);
	fflush(stdout);
}

/* ---- Which ---- */

static void torture_all(void)
{
	struct criterion_test **test;

	for (test = __start_cr_tst; test < __stop_cr_tst; test++) {
		if (*test)
			torture(*test);
	}
}

static int run_one(const char *name, size_t n)
{
	struct criterion_test **test;
	struct run run = {
		.n = n,
		.in_a_row = in_a_row,
		.patience = LONG_PATIENCE,
	};

	for (test = __start_cr_tst; test < __stop_cr_tst; test++) {
		if (!*test || strcmp(name_of(*test), name))
			continue;
		run.test = *test;
		run_in_child(&run, output);
		printf("%s%s\n", run.said, verdict_names[judge(&run)]);
		return 0;
	}
	fprintf(stderr, "torture: no test is called %s\n", name);
	return 1;
}

/* From `least` on. */
static double number(const char *name, const char *text, double least)
{
	char *end;
	double given = strtod(text, &end);

	if (end > text && !*end && given >= least && given <= MOST)
		return given;
	fprintf(stderr, "torture: %s %s: a number from %g to %g is needed\n",
		name, text, least, MOST);
	exit(2);
}

int main(int argc, char **argv)
{
	output = child_output();
	setenv("BXFI_MAP", "1", 1); /* tests/criterion/lsan.c */
	signal(SIGPIPE, SIG_DFL);
	if (getenv("SITES"))
		sites_open(getenv("SITES"));
	if (getenv("IN_A_ROW"))
		in_a_row = (long)number("IN_A_ROW", getenv("IN_A_ROW"), 1);
	if (argc == 3 && strchr(argv[1], '/'))
		return run_one(argv[1], (size_t)number("N", argv[2], 0));
	if (argc > 1)
		every = (size_t)number("EVERY", argv[1], 1);
	if (argc > 2)
		budget = number("SECONDS", argv[2], 0.001);
	torture_all();
	return 0;
}
