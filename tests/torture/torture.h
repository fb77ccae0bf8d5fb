/* SPDX-License-Identifier: MIT */
/*
 * Torture: each test of a program, again and again, each time with another of
 * evert's fallible calls failing once (curl calls it so, too). A program of
 * torture is the object of a test program, linked with these files and those of
 * tests/forked but its main, and with the linker's --wrap for what may fail:
 *
 *	faults.c	counts the calls and makes the n-th fail
 *	calls.c		the system calls among them
 *	stack.c		who called whom, and which of these is evert's, which a
 *			test's
 *	child.c		one run of one test
 *	verdict.c	what the outcome of a run means
 *	sites.c		calls that are alike, of which one fails for all
 *	torture.c	all the runs of all the tests
 *	run		all programs; sums, and names for the addresses
 */
#ifndef TESTS_TORTURE_TORTURE_H
#define TESTS_TORTURE_TORTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../forked/forked.h"

/* ---- Stacks ---- */

enum {
	MOST_FRAMES = 96
};

enum owner {
	OWNER_OTHER, /* libc, the sanitizers, and these files */
	OWNER_TEST,
	OWNER_EVERT,
};

struct frame {
	uintptr_t ip;  /* where it goes on */
	uintptr_t cfa; /* what tells it from another call of the same */
};

/* Innermost first. */
struct stack {
	size_t count;
	struct frame frames[MOST_FRAMES];
};

void stack_take(struct stack *stack);
enum owner owner_of(uintptr_t ip);

/* ---- A run ---- */

enum {
	LOWEST_ADDRESS = 4096,
	MOST_SITES = 4096 /* new ones of a test */
};

/* Calls that are alike, and in how many ways they fail. */
struct site {
	uint64_t chain;
	size_t errors;
};

/* What a run leaves, in memory that runner and run share. */
struct record {
	atomic_size_t calls; /* that may fail, so far */
	enum how how;
	const char *failed; /* the name of the call that was made fail */
	int error;
	struct stack failure; /* there */
	struct stack end;     /* where it died, or hung */
	bool used_null;	      /* or a member of what it points to */
	int signal;
	atomic_bool has_ended; /* what is left is to look for leaks */
	long live;	    /* blocks at its end */
	size_t descriptors; /* at its end */
	size_t sites;	    /* met for the first time */
	struct site found[MOST_SITES];
};

/* One test, the n-th call failing (0: none); or, if there is a site, the first
   call of it, in the n-th of its ways; and perhaps those that come next. */
struct run {
	const struct criterion_test *test;
	size_t n;
	uint64_t site;
	long in_a_row;	 /* calls that fail, from there on */
	double patience; /* seconds */
	/* Of the run without failures, at its end. */
	long live;
	size_t descriptors;
	/* How it went. */
	int status; /* as of waitpid */
	bool hung;
	double seconds;
	char said[4096];
};

extern struct record *the_record;

/* Runs it in a child, whose record is to be had until the next. */
void run_in_child(struct run *run, int output);

/* ---- In the child ---- */

/* From now on that call fails. */
void faults_begin(const struct run *run);

/* Is this the n-th? Then -errno, one of `errors`, else 0. */
int fault(const char *name, const int *errors, size_t count);

/* Blocks that evert has now. */
long faults_live(void);

/* Is this a process that the test has forked? */
bool is_forked(void);

/* ---- Sites ---- */

/* Only what no other program has met is to fail, of those with this file. */
void sites_open(const char *path);
bool sites_wanted(void);

/* Of the call that is being made; 0: one does not know. */
uint64_t site_here(void);
void sites_note(uint64_t site, size_t errors);

/* ---- Verdicts ---- */

enum verdict {
	/* Nobody is to blame. */
	WENT_WELL,  /* passed all the same */
	NOTICED,    /* the test expected success */
	NOT_FAILED, /* there was no n-th call */
	/* The test is. */
	TEST_WENT_ON, /* with the NULL that a failed call gave it */
	TEST_CLUNG,   /* to what it was told is gone */
	TEST_WAITED,  /* for what has failed, as it was told */
	/* evert is, unless one looks and sees otherwise. */
	CRASHED,
	REPORTED, /* a sanitizer */
	ACCUSED,  /* evert said "bug in the calling program" */
	LEAKED,
	KEPT_DESCRIPTORS,
	HUNG,
	ENDED, /* the process, and nobody knows why */
	VERDICTS,
};

extern const char *const verdict_names[VERDICTS];

enum verdict judge(const struct run *run);

#endif
