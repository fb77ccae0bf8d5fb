/* SPDX-License-Identifier: MIT */
/*
 * In a program that was started without a stdin, stdout or stderr (or that
 * closed one) the kernel gives their numbers to whatever is opened next; then
 * what the program says would be written there, to a peer or into a file. So
 * evert keeps none of its own under these numbers.
 */
#ifndef EVERT_DEFERRED_DESCRIPTOR_INTERNAL_H
#define EVERT_DEFERRED_DESCRIPTOR_INTERNAL_H

#include <unistd.h>

/* The same descriptor by a higher number, closed on exec. */
int evert_descriptor_move(int fd);

/* `fd`, which is new and closed on exec, or the same by a higher number; -1
   and errno, also where it is -1: nothing is open then. */
static inline int evert_descriptor_beyond_stderr(int fd)
{
	return fd < 0 || fd > STDERR_FILENO ? fd : evert_descriptor_move(fd);
}

#endif
