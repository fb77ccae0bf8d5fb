/* SPDX-License-Identifier: MIT */
/* Streams whose bytes anybody knows: so one that is lost, added, comes twice,
   too early or from another stream is found where it is taken. */
#ifndef TESTS_FUZZ_KERNEL_PATTERN_H
#define TESTS_FUZZ_KERNEL_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum { PATTERN_MOST = 1 << 17 };

/* PATTERN_MOST bytes of a stream, from its byte number `at`. */
const char *pattern_at(unsigned stream, uint64_t at);

/* Stops the program unless these are the stream's. */
void pattern_check(unsigned stream, uint64_t at, const char *data,
		   size_t length);

#endif
