/* SPDX-License-Identifier: MIT */
/* What came out of a scenario, in all its interleavings: for those that are
   about the explorer itself. */
#ifndef TESTS_INTERLEAVINGS_OUTCOMES_H
#define TESTS_INTERLEAVINGS_OUTCOMES_H

#include <stddef.h>
#include <stdint.h>

void outcomes_reset(void);

/* Have those come out that meet_expect said, if it did? Fails. */
void outcomes_check(void);

/* How many different ones; and which, in a number. */
size_t outcomes_count(void);
uint64_t outcomes_hash(void);

#endif
