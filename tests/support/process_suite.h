/* SPDX-License-Identifier: MIT */
/* What suites of child processes stand on. */
#ifndef TESTS_SUPPORT_PROCESS_SUITE_H
#define TESTS_SUPPORT_PROCESS_SUITE_H

#include "process.h"
#include "reactor.h"
#include "system.h"

extern struct test_system kernel;
extern struct evert_reactor *reactor; /* over the kernel */
extern struct child_record record;

void process_suite_begin(void);

/* The same, with a time that stands still: the loop waits for the children. */
void process_suite_begin_standing_still(void);

void process_suite_finish(void);

/* Where it stands still: the time moves by so much, and the reactor turns until
   it is idle. */
void pass(double seconds);

#endif
