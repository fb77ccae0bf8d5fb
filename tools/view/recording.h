/* SPDX-License-Identifier: MIT */
/*
 * Recordings (what EVERT_TRACE wrote, docs/tracing.md), and their events in
 * the order of time.
 */
#ifndef EVERT_VIEW_RECORDING_H
#define EVERT_VIEW_RECORDING_H

#include "json.h"
#include "source.h"

struct recording {
	const char *file;
	char *text;
	bool is_cut;	/* its end is missing: the program was killed */
	double shift;	/* microseconds, to the clock of the first */
	double wall;	/* how far the wall clock is ahead of its own; 0: not
			   known */
	struct json_slice host; /* start is NULL if it is not known */
};

struct event {
	struct recording *of;
	struct json_slice whole;
	struct json_slice ts, pid; /* start is NULL if it has none */
	double at;		   /* microseconds */
	long process;		   /* `pid`, unless it is renamed */
	bool is_renamed;	   /* another recording's has that number */
	size_t order;		   /* in which events were read */
};

struct events {
	struct recording *recordings;
	size_t recording_count;
	struct event *all;
	size_t count, capacity;
	struct sources *sources; /* to be told of places; may be NULL */
};

/* Reads these files. Ends the program, having told why, where one can't be
   read or is no recording. Release: events_free. */
void events_read(struct events *events, char *const *files, size_t count);
void events_free(struct events *events);

/* On one clock, and so that two processes with the same id differ. */
void events_merge(struct events *events);

#endif
