/* SPDX-License-Identifier: MIT */
/*
 * What evert says to a person, on stderr: each report is written as a whole
 * or left out, so that a reader who has stalled (a pipe, a terminal that was
 * stopped) does not stop the program. What was left out is counted, and the
 * count is told as soon as there is room. No memory is needed. Any thread.
 */
#ifndef EVERT_DEFERRED_SAY_INTERNAL_H
#define EVERT_DEFERRED_SAY_INTERNAL_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base.h"

/* What a pipe takes as a whole or not at all (PIPE_BUF on Linux); what is
   longer is cut. */
enum { EVERT_TEXT_SIZE = 4096 };

/* Where text goes: to a stream, or gathered. */
struct evert_text {
	FILE *to; /* NULL: gathered here: */
	size_t length;
	char gathered[EVERT_TEXT_SIZE];
};

static inline void evert_text_init(struct evert_text *text, FILE *to)
{
	text->to = to;
	text->length = 0;
}

void evert_text_add(struct evert_text *text, const char *format, ...)
	EVERT_PRINTF(2, 3);
void evert_text_add_list(struct evert_text *text, const char *format,
			 va_list args) EVERT_PRINTF(2, 0);

/* Says what was gathered. */
void evert_text_say(struct evert_text *text);

/* A line of a report of any length has come to its end: what was gathered is
   said before there is too little room for another one. */
void evert_text_end_line(struct evert_text *text);

void evert_say(const char *format, ...) EVERT_PRINTF(1, 2);

/* Without formatting and counting, for a signal handler. False: nothing of it
   was written, or not all. */
bool evert_say_whole(const char *text, size_t length);

/* How many reports were left out and not told of. */
extern atomic_size_t evert_say_left_out;

/* Tells of them, if there is room; from a loop, whose time is `now` in
   nanoseconds, once a second. */
void evert_say_what_was_left_out(void);
void evert_say_try_again(int64_t now);

#endif
