/* SPDX-License-Identifier: MIT */
/*
 * What was read of a process: small blocks of its memory, to be read again, all
 * in a few system calls. What is the same in two readings was so all the time
 * between them; what is not is hot from then on.
 */
#ifndef EVERT_PS_BLOCKS_H
#define EVERT_PS_BLOCKS_H

#include <sys/types.h>

#include "map.h"

enum { BLOCK_SIZE = 256 };

/* All zero but `pid` is one without blocks. */
struct blocks {
	pid_t pid;
	struct map index; /* by number: an address divided by the size */
	uint64_t *numbers;
	unsigned char *bytes, *others; /* of the latest reading, and room */
	bool *present; /* not: there is no such memory */
	bool *hot;
	size_t *chosen; /* to be read */
	size_t count, room;
};

/* The block of that number, or NULL. `*known`: it was asked for before. */
const unsigned char *blocks_find(const struct blocks *blocks, uint64_t number,
				 bool *known);

/* Adds one, which is read now, or with all. */
void blocks_add(struct blocks *blocks, uint64_t number, bool read_now);

/* Before all are read: those that were added take their places. */
void blocks_sort(struct blocks *blocks);

/* Reads all again. */
enum blocks_change {
	BLOCKS_SAME,
	BLOCKS_HOT_CHANGED, /* and no others */
	BLOCKS_CHANGED,
};
enum blocks_change blocks_read(struct blocks *blocks);
/* The same, but keeps what it had: to know whether that is so still. */
enum blocks_change blocks_check(struct blocks *blocks);

/* Chooses those that are hot; then reads them, which takes little time. False:
   more than until `deadline` (nanoseconds of CLOCK_MONOTONIC). */
size_t blocks_choose_hot(struct blocks *blocks);
bool blocks_read_chosen(struct blocks *blocks, size_t count,
			uint64_t deadline);

void blocks_free(struct blocks *blocks);

#endif
