/* SPDX-License-Identifier: MIT */
/*
 * Servers by several threads, as many as the first argument says, each bound
 * to a processor and with a socket of its own that listens on the same port
 * (SO_REUSEPORT).
 */
#ifndef BENCH_COMMON_CORES_H
#define BENCH_COMMON_CORES_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What a contestant defines ---- */

/* In each thread: listens on that port of the loopback interface, calls
   core_listens, and serves for ever. */
void core_serve(int port);

/* ---- What is defined here ---- */

void core_listens(void);

/* Prints the port when all listen. */
int cores_main(int argc, char **argv);

#ifdef __cplusplus
}
#endif

#endif
