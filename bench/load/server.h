/* SPDX-License-Identifier: MIT */
/* What the kernel knows of the server. */
#ifndef BENCH_LOAD_SERVER_H
#define BENCH_LOAD_SERVER_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds of processor time, of all its threads, user and system. */
int64_t server_time(pid_t pid);

/* Bytes of memory that it does not share with any file. */
int64_t server_memory(pid_t pid);

#endif
