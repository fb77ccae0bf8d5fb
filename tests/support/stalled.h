/* SPDX-License-Identifier: MIT */
/* For tests of what goes on while nobody reads what the program says. */
#ifndef TESTS_SUPPORT_STALLED_H
#define TESTS_SUPPORT_STALLED_H

/* From now on stderr is a pipe that is full. */
void stall_stderr(void);

#endif
