/* SPDX-License-Identifier: MIT */
/*
 * The floor: OpenSSL on sockets that do not block, below epoll. A connection
 * is an SSL and nothing else.
 */
#ifndef BENCH_TLS_BARE_H
#define BENCH_TLS_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "context.h"

/* Listens, and calls `ready` for each connection on which something has come,
   or for which it was asked. Never returns. */
_Noreturn void bare_serve(void (*ready)(SSL *ssl));

/* Waits for EPOLLIN or EPOLLOUT from now on. */
void bare_wait(SSL *ssl, uint32_t what);

/* Gone, without a word. */
void bare_end(SSL *ssl);

/* A read or a write had `result`, which is not more than 0: true if it is to be
   tried again; else the connection has been ended. */
bool bare_goes_on(SSL *ssl, int result);

#endif
