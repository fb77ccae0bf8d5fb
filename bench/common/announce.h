/* SPDX-License-Identifier: MIT */
/*
 * What all servers have in common: they listen on a free port of the loopback
 * interface, print its number on a line, and serve until they are killed.
 */
#ifndef BENCH_COMMON_ANNOUNCE_H
#define BENCH_COMMON_ANNOUNCE_H

#include <netinet/in.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connections that may wait to be accepted, in every server. */
#define BACKLOG 4096

/* 127.0.0.1, any free port. */
struct sockaddr_in loopback(void);

/* Prints the port that `fd` listens on; ignores SIGPIPE. */
void announce(int fd);

/* Prints what failed, and why, and ends the program. */
void fail(const char *what, int error) __attribute__((__noreturn__));

#ifdef __cplusplus
}
#endif

#endif
