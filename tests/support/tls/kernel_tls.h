/* SPDX-License-Identifier: MIT */
/*
 * A kernel with TLS (kTLS) for tests, whatever that of this machine can: what is
 * sent over a socket that was given keys is encrypted as tls.ko does it, with
 * AES-GCM; of others it has none.
 */
#ifndef TESTS_SUPPORT_TLS_KERNEL_TLS_H
#define TESTS_SUPPORT_TLS_KERNEL_TLS_H

#include "../system.h"

/* `system` is one of it from now on; one at a time. */
void kernel_tls_install(struct test_system *system);

/* How many sockets were given keys; how many records it made, of data, of other
   types. */
struct kernel_tls_counts {
	size_t sockets, data, others;
};
extern struct kernel_tls_counts kernel_tls_counts;

#endif
