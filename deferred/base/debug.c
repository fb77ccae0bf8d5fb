/* SPDX-License-Identifier: MIT */
#include "debug_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN, OFF, ON };

bool evert_environment_says(const char *name)
{
	const char *value = getenv(name);

	return value && *value && strcmp(value, "0") != 0;
}

bool evert_debug(void)
{
	static atomic_int state = UNKNOWN;
	int now = atomic_load_explicit(&state, memory_order_relaxed);

	if (now == UNKNOWN) {
		now = evert_environment_says("EVERT_DEBUG") ? ON : OFF;
		atomic_store_explicit(&state, now, memory_order_relaxed);
	}
	return now == ON;
}
