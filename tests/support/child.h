/* SPDX-License-Identifier: MIT */
/* For tests of what a forked child does. */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stdbool.h>

/* Runs `act` in a child process; returns whether it said yes there. */
bool child(bool (*act)(void));

/* The same; the child ends by exit(3), so that it is searched for leaks. */
bool child_exits(bool (*act)(void));

#endif
