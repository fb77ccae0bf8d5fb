/* SPDX-License-Identifier: MIT */
/* Who stands in line, for a lock or a queue. */
#ifndef EVERT_PS_LINE_H
#define EVERT_PS_LINE_H

#include "scene.h"

struct in_line {
	size_t number, count; /* number 0: it is not in its line */
	uint64_t semaphore;   /* 0: it stands for something else */
	uint64_t out;	      /* permits that are acquired */
	uint64_t holder;      /* the Deferred that has it, or 0 */
	char what[TEXT_SIZE];  /* "the lock" */
	char place[TEXT_SIZE]; /* of the semaphore */
};

/* False: it can't be read. */
bool line_read(struct scene *scene, uint64_t entry, struct in_line *line);

#endif
