/* SPDX-License-Identifier: MIT */
/*
 * Where a recording is written: events are gathered in a buffer, which is
 * written when it is full and at the end. The file is non-blocking: where it is
 * a pipe whose reader has stalled, the buffer stays full.
 *
 * The buffer is no stdio stream's, which every child of a fork would flush at
 * its end into the same file. One thread at a time.
 */
#ifndef EVERT_DEFERRED_TRACE_OUTPUT_INTERNAL_H
#define EVERT_DEFERRED_TRACE_OUTPUT_INTERNAL_H

#include <stddef.h>

#include "base.h"

/* Opens the file, and begins anew: false, and it was said why. */
bool evert_trace_output_open(const char *pattern);

/* Closes the file. What is in the buffer is dropped. */
void evert_trace_output_close(void);

/* Does the file's name hold the process's id? */
bool evert_trace_output_is_of_process(const char *pattern);

/* Where so many bytes can be put next, or NULL. */
char *evert_trace_output_room(size_t size);

/* So many were put there. */
void evert_trace_output_put(size_t length);

/* Writes as much as the file takes now. */
void evert_trace_output_flush(void);

/* Writes all, if need be waits for a reader who is slow, but not for ever.
   Returns how many bytes are left. */
size_t evert_trace_output_flush_all(void);

#endif
