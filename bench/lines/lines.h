/* SPDX-License-Identifier: MIT */
/* What all are fed with: chunks of 64 KiB, full of lines of 64 bytes. */
#ifndef BENCH_LINES_LINES_H
#define BENCH_LINES_LINES_H

#include <string.h>

enum { LINE = 64, LINES = 1024 };

static char chunk[LINE * LINES];

static inline void fill_chunk(void)
{
	size_t i;

	memset(chunk, 'x', sizeof(chunk));
	for (i = LINE; i <= sizeof(chunk); i += LINE)
		memcpy(chunk + i - 2, "\r\n", 2);
}

#endif
