/* SPDX-License-Identifier: MIT */
/* For tests of what stops or ends the program. */
#ifndef TESTS_SUPPORT_DEATH_H
#define TESTS_SUPPORT_DEATH_H

/*
 * Calls `call(arg)` in a child process, asserts that it is ended by `signal`,
 * and that what it wrote to stderr contains `text`.
 */
void dies(void (*call)(void *arg), void *arg, int signal, const char *text);

/* The same of one that ends by exit(3) with `status`; 0, too, if it returns. */
void exits(void (*call)(void *arg), void *arg, int status, const char *text);

#endif
