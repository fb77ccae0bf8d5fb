/* SPDX-License-Identifier: MIT */
/* For tests of what EVERT_TRACE records: the recording of a child. */
#ifndef TESTS_SUPPORT_RECORDING_H
#define TESTS_SUPPORT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

/* Sets EVERT_TRACE to a file in a folder of its own; unlinks both. */
void recording_init(void);
void recording_finish(void);

/* Its name. */
extern char recording_name[64];

/* Runs `act` in a child, which records, and reads what that recorded: false,
   the child said no. */
bool recording_of(bool (*act)(void));

/* Is there a line in which all these stand, in this order, after the one that
   was found last? NULL ends them. */
bool recording_goes_on(const char *first, ...);
/* The same, from the begin. */
bool recording_has(const char *first, ...);

/* How many lines have it? */
size_t recording_count(const char *fragment);

#endif
