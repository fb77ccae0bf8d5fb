/* SPDX-License-Identifier: MIT */
#include "debug_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN, OFF, ON };

static int read_environment(void)
{
	const char *value = getenv("EVERT_DEBUG");

	return value && *value && strcmp(value, "0") != 0 ? ON : OFF;
}

bool evert_debug(void)
{
	static atomic_int state = UNKNOWN;
	int now = atomic_load_explicit(&state, memory_order_relaxed);

	if (now == UNKNOWN) {
		now = read_environment();
		atomic_store_explicit(&state, now, memory_order_relaxed);
	}
	return now == ON;
}
