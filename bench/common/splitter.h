/* SPDX-License-Identifier: MIT */
/*
 * Lines for the peers that have none: what a program writes by hand. What is
 * received is looked at where it is; only an unfinished line is kept, in memory
 * that stays with the connection once it was needed.
 */
#ifndef BENCH_COMMON_SPLITTER_H
#define BENCH_COMMON_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct splitter {
	char *rest; /* the begin of a line, without its end; or NULL */
	size_t length;
	size_t room;
};

/* Bytes in a line at most. */
#define LINE_LIMIT 16384

/* Calls `line_received` for each line that `data` completes. False: a line is
   too long, the connection should be closed. */
bool split(struct splitter *splitter, char *data, size_t length,
	   void (*line_received)(void *arg, const char *line, size_t length),
	   void *arg);

/* Writes "Hello, NAME!" CR LF to `to`, which has room for GREETING_EXTRA bytes
   more than the name has. Returns its length. */
#define GREETING_EXTRA 10
size_t greet(char *to, const char *name, size_t length);

#ifdef __cplusplus
}
#endif

#endif
