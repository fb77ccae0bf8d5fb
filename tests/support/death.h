/* SPDX-License-Identifier: MIT */
/* For tests of what stops the program. */
#ifndef TESTS_SUPPORT_DEATH_H
#define TESTS_SUPPORT_DEATH_H

/*
 * Calls `call(arg)` in a child process, asserts that it is ended by `signal`,
 * and that what it wrote to stderr contains `text`.
 */
void dies(void (*call)(void *arg), void *arg, int signal, const char *text);

#endif
