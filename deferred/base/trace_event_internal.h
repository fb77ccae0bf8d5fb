/* SPDX-License-Identifier: MIT */
/*
 * What an event of a recording is made of (docs/tracing.md), for the rooms that
 * know what happens. Between evert_trace_lock and evert_trace_unlock, all but
 * the first; what is told in between has happened at the same time.
 *
 *	if (evert_trace_lock()) {
 *		evert_trace_open('i', "object", "fired");
 *		evert_trace_id(EVERT_TRACE_DEFERRED, id);
 *		evert_trace_text("at", "file.c:20");
 *		evert_trace_close();
 *		evert_trace_unlock();
 *	}
 */
#ifndef EVERT_DEFERRED_TRACE_EVENT_INTERNAL_H
#define EVERT_DEFERRED_TRACE_EVENT_INTERNAL_H

#include "trace_internal.h"
#include "trace_table_internal.h"

/* False: nothing is recorded any more, and it is not locked. */
bool evert_trace_lock(void);
void evert_trace_unlock(void);

/* This moment, in nanoseconds; and what follows happened at such a one, not
   when it was locked. */
int64_t evert_trace_now(void);
void evert_trace_set_time(int64_t now);

/* Begins an event: its phase, category and name. What does not fit is left
   out, as a whole. */
void evert_trace_open(char phase, const char *category, const char *name);

/* The same, of the category "object". */
void evert_trace_open_object(const char *name);

void evert_trace_close(void);

/* ---- Its arguments ---- */

/* One object, by the name of its kind; or by another name. */
void evert_trace_id(enum evert_trace_kind kind, uint64_t id);
void evert_trace_integer(const char *name, int64_t value);
void evert_trace_number(const char *name, double value);
void evert_trace_hash(const char *name, uint64_t value);

/* Text in UTF-8: NULL: nothing. Of bytes that are none each is a character. */
void evert_trace_text(const char *name, const char *text);

/* Text in pieces, cut after 80 bytes. */
void evert_trace_text_begin(const char *name);
void evert_trace_text_put(const char *text, size_t length);
void evert_trace_text_put_integer(int64_t value);
void evert_trace_text_end(void);

/* The first of these bytes, as many as are to be recorded: each is a
   character. `parts` hold at least `count` bytes. */
struct iovec;
void evert_trace_bytes(const char *name, const struct iovec *parts,
		       size_t count);

/* ---- All at once ---- */

/* What runs begins: it is of that object, unless the entry is NULL. `name` may
   end in its place: "show (file.c:20)"; or `place` is it, or NULL. */
void evert_trace_begin_of(const char *category, const char *name,
			  const struct evert_trace_entry *entry,
			  const char *place);
void evert_trace_end_it(void);

/* ---- Who caused what ---- */

/* What this thread does now caused it. */
void evert_trace_cause(struct evert_trace_cause *cause);

/* What runs now was caused by that, if by anything: it is told once. */
void evert_trace_flow(const char *name, struct evert_trace_cause *cause);

/* One end of an arrow, 's' or 'f', the other end of which another one knows
   by the same id: a new one, for the first end. */
uint64_t evert_trace_new_flow(void);
void evert_trace_flow_end(char phase, const char *name, uint64_t id);

/* So many bytes may be recorded of what a program works with. */
size_t evert_trace_bytes_at_most(void);

/* ---- For trace.c ---- */

/* The same is set. */
void evert_trace_set_bytes(size_t count);

/* In a file that was opened: tells of the process. */
void evert_trace_begin_file(void);

/* No more events follow. How many bytes were not written, and how many events
   left out before? */
void evert_trace_end_file(size_t *unwritten, size_t *left_out);

#endif
