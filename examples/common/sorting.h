/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_COMMON_SORTING_H
#define EXAMPLES_COMMON_SORTING_H

#include <evert.h>

/* In front of a list, and of its answer: its length, in network byte order. */
enum { SORTING_PREFIX = 8 };
void sorting_write_prefix(char prefix[SORTING_PREFIX], uint64_t length);
uint64_t sorting_read_prefix(const char prefix[SORTING_PREFIX]);

/* Sorts a list of numbers in JSON: gives a text, or a failure that says what
   is wrong with it. Numbers stay as they were written. */
struct evert_result sort_list(const char *bytes, size_t length);

#endif
