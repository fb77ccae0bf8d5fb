/* SPDX-License-Identifier: MIT */
/*
 * Child processes: /bin/true is started and reaped, one after the other, with
 * our own standard descriptors; an event is one child. From a process that is
 * small, and from one that has used 4 GB of memory, or half of what the
 * machine has free.
 */
#ifndef BENCH_COMMON_SPAWN_H
#define BENCH_COMMON_SPAWN_H

#include <stddef.h>

/* Measures `run`, which starts so many children, and checks their codes. */
int spawn_main(void (*run)(size_t events));

#endif
