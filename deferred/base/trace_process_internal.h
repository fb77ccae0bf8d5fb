/* SPDX-License-Identifier: MIT */
/* What a recording tells of its process. */
#ifndef EVERT_DEFERRED_TRACE_PROCESS_INTERNAL_H
#define EVERT_DEFERRED_TRACE_PROCESS_INTERNAL_H

struct evert_trace_process {
	long id;
	char command[512]; /* the program and its arguments */
	char host[128];
	char directory[512]; /* in which it was started; or empty */
};

/* What was found when it was looked for last. */
extern struct evert_trace_process evert_trace_process;

void evert_trace_process_look(void);

#endif
