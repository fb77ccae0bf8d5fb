/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include "../must.h"

enum { PERIOD = 8191, APART = 1009 }; /* primes */

static char bytes[PERIOD + PATTERN_MOST];

static void make(void)
{
	uint32_t state = 1;
	size_t i;

	for (i = 0; i < PERIOD; i++) {
		state = state * 1664525 + 1013904223; /* Numerical Recipes */
		bytes[i] = (char)(state >> 24);
	}
	for (; i < sizeof(bytes); i++)
		bytes[i] = bytes[i - PERIOD];
}

const char *pattern_at(unsigned stream, uint64_t at)
{
	if (!bytes[0] && !bytes[1])
		make();
	return bytes + (at + (uint64_t)stream * APART) % PERIOD;
}

void pattern_check(unsigned stream, uint64_t at, const char *data,
		   size_t length)
{
	must(length <= PATTERN_MOST);
	must(!memcmp(data, pattern_at(stream, at), length));
}
