/* SPDX-License-Identifier: MIT */
/* Evert's memory in a fuzz target: counted, and at the input's choice there is
   none. */
#ifndef TESTS_FUZZ_KERNEL_MEMORY_H
#define TESTS_FUZZ_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Counts from now on. */
void memory_begin(void);

/* The n-th request from now, from 1, finds none; `forever`: nor do those that
   follow. 0: there is some. */
void memory_fail(size_t n, bool forever);

/* Has any request found none? */
bool memory_failed(void);

/* Stops the program unless all was given back. */
void memory_end(void);

#endif
