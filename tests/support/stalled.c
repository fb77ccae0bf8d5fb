/* SPDX-License-Identifier: MIT */
#include "stalled.h"

#include <fcntl.h>
#include <unistd.h>

#include <criterion/criterion.h>

static void fill(int fd)
{
	cr_assert(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	while (write(fd, "", 1) == 1) {
	}
	cr_assert(fcntl(fd, F_SETFL, 0) == 0);
}

void stall_stderr(void)
{
	int ends[2]; /* the reader's stays open */

	cr_assert(pipe(ends) == 0);
	fill(ends[1]);
	cr_assert(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
	close(ends[1]);
}
