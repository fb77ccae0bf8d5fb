/* SPDX-License-Identifier: MIT */
/* OpenSSL's memory, which fails when a test wants it to. */
#ifndef TESTS_SUPPORT_TLS_OPENSSL_MEMORY_H
#define TESTS_SUPPORT_TLS_OPENSSL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct openssl_memory {
	size_t requests; /* since the last openssl_memory_fail */
	size_t live;	 /* blocks not given back yet */
};

/* From now on the n-th request (from 1) finds no memory, and with `forever` so
   do all that follow; with n = 0 none fails. */
void openssl_memory_fail(size_t n, bool forever);

struct openssl_memory openssl_memory_counts(void);

/* Of a scenario that asks `all` times: from one request that is to fail to the
   next one; 1 with LONG=1 in the environment, else so that there are 200. */
size_t openssl_memory_step(size_t all);

#endif
