/* SPDX-License-Identifier: MIT */
/* What the servers that use OpenSSL themselves have in common. */
#ifndef BENCH_TLS_CONTEXT_H
#define BENCH_TLS_CONTEXT_H

#include <openssl/ssl.h>

/* The file of the certificate and its key: BENCH_TLS in the environment. */
const char *tls_certificate(void);

/* A new session of a server, which accepts. An idle one holds no buffers. */
SSL *tls_session(void);

#endif
