/* SPDX-License-Identifier: MIT */
/* What was seen in a world. */
#ifndef TESTS_MODEL_RECORD_H
#define TESTS_MODEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
	RECORDED = 8000
};

struct record {
	struct recorded {
		int what; /* a letter */
		int on, number, state, alive;
	} entries[RECORDED];
	size_t length;
};

void record_add(struct record *record, int what, int on, int number, int state,
		int alive);

/* From the entry on where they were last found to agree. */
bool record_agrees(const struct record *a, const struct record *b, size_t from);

void record_print(const struct record *record, const char *name, FILE *to);

#endif
