/* SPDX-License-Identifier: MIT */
#ifndef TESTS_INTERLEAVINGS_RANDOM_H
#define TESTS_INTERLEAVINGS_RANDOM_H

#include <stdint.h>

/* Draws a program; runs it. */
void random_draw(uint64_t seed);
void random_run(void);

#endif
