/* SPDX-License-Identifier: MIT */
/*
 * A record of a run: with the environment variable EVERT_TRACE=FILE a program
 * writes there what it does, as Chrome trace events (the "Trace Event Format",
 * a JSON array); docs/tracing.md says what there is. chrome://tracing, Perfetto
 * and our tools/trace_svg show it.
 *
 * A fork's child records nothing more: the file is its parent's. Where FILE
 * contains "%p" that stands for the process's id, and a child has its own. What
 * can't be written without waiting is left out, in whole events, and counted.
 *
 * Off, each call costs one load and one branch. Its parts, each of which uses
 * only those below it:
 *
 *	trace.c		the begin, the end, forks
 *	trace_event.c	events
 *	trace_argument.c  what is told in them
 *	trace_table.c	which object has which number
 *	trace_output.c	the buffer and the file
 *	json.c		text
 */
#ifndef EVERT_DEFERRED_TRACE_INTERNAL_H
#define EVERT_DEFERRED_TRACE_INTERNAL_H

#include "observe_internal.h"

/* Opens the file, the first time, if there is to be one. Any thread. */
void evert_trace_start(void);

/* For who is about to abort: writes what was recorded so far. From everywhere,
   the handler of a signal that a fault of this thread has raised included. */
void evert_trace_save(void);

static inline bool evert_trace_is_recording(void)
{
	return !EVERT_LIKELY(!evert_is_observed_by(EVERT_OBSERVED_BY_TRACE));
}

void evert_trace_write_begin(const char *category, const char *name,
			     const char *place);
void evert_trace_write_end(void);

/* Something that runs begins, and ends what was begun last on this thread. */
static inline void evert_trace_begin(const char *category, const char *name)
{
	if (evert_trace_is_recording())
		evert_trace_write_begin(category, name, NULL);
}

/* The same for what was made at a place. */
static inline void evert_trace_begin_at(const char *category, const char *name,
					const char *place)
{
	if (evert_trace_is_recording())
		evert_trace_write_begin(category, name, place);
}

static inline void evert_trace_end(void)
{
	if (evert_trace_is_recording())
		evert_trace_write_end();
}

#endif
