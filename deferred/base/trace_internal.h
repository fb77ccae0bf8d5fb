/* SPDX-License-Identifier: MIT */
/*
 * A record of who calls whom: with the environment variable EVERT_TRACE=FILE a
 * program writes its turns, callbacks and coroutine switches there, as Chrome
 * trace events (the "Trace Event Format": B and E events in a JSON array).
 * chrome://tracing, Perfetto and our tools/trace_svg show it.
 *
 * A fork's child records nothing more: the file is its parent's. Where FILE
 * contains "%p" that stands for the process's id, and a child has its own. What
 * can't be written without waiting is left out, in whole events, and counted.
 *
 * Off, each call costs one load and one branch.
 */
#ifndef EVERT_DEFERRED_TRACE_INTERNAL_H
#define EVERT_DEFERRED_TRACE_INTERNAL_H

#include <stdatomic.h>

#include "base.h"

/* Ours alone: no table of addresses to find it by. */
#pragma GCC visibility push(hidden)
/* Hidden, so that to look at it takes one load. */
extern __attribute__((__visibility__("hidden"))) atomic_bool evert_trace_is_on;
#pragma GCC visibility pop

/* Opens the file, the first time, if there is to be one. Any thread. */
void evert_trace_start(void);

void evert_trace_write(char phase, const char *category, const char *name);

static inline bool evert_trace_is_recording(void)
{
	return atomic_load_explicit(&evert_trace_is_on, memory_order_relaxed);
}

/* `category` and `name` are text without control characters. */
static inline void evert_trace_begin(const char *category, const char *name)
{
	if (evert_trace_is_recording())
		evert_trace_write('B', category, name);
}

static inline void evert_trace_end(const char *category, const char *name)
{
	if (evert_trace_is_recording())
		evert_trace_write('E', category, name);
}

#endif
