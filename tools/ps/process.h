/* SPDX-License-Identifier: MIT */
/*
 * The memory of a process that goes on. It is read while that runs, and then
 * read again: if nothing has changed, it was so at one moment. If something
 * changes each time, the process is stopped for as long as it takes to read
 * just that: then all of it was so at that moment.
 */
#ifndef EVERT_PS_PROCESS_H
#define EVERT_PS_PROCESS_H

#include "blocks.h"
#include "images.h"
#include "memory.h"

struct process {
	struct memory base;
	struct blocks blocks;
	bool fixed;	  /* it was stopped: nothing new is read */
	size_t missed;	  /* blocks that were asked for then */
	unsigned readings;
	unsigned stops;	  /* how often it was stopped */
	uint64_t stopped; /* nanoseconds, the longest time */
};

/* Opens it and finds its files, or gives up. */
void process_open(struct process *process, struct images *images, pid_t pid);
void process_close(struct process *process);

/* Was all that was read since the last time so at one moment? Else it is to be
   read again. After some times it is true in any case, with a warning. */
bool process_is_consistent(struct process *process);

/* From now on another moment is looked at. */
void process_look_again(struct process *process);

#endif
