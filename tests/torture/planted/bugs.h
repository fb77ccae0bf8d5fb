/* SPDX-License-Identifier: MIT */
/* Stands in evert's place, for tests/check/torture: what goes wrong when a
   call fails, once each. */
#ifndef TESTS_TORTURE_PLANTED_BUGS_H
#define TESTS_TORTURE_PLANTED_BUGS_H

/* Memory of the caller's, or NULL; goes on with NULL; loses a block when it
   gets no second; loses a descriptor when it gets no memory; waits for what
   has failed. */
int *bug_none(void);
int *bug_null(void);
int *bug_leak(void);
int *bug_descriptor(void);
int *bug_hang(void);

/* What a test must not call with NULL. */
void bug_use(int *memory);

#endif
