/* SPDX-License-Identifier: MIT */
/* TLS for who has no reactor: on a connected socket that blocks (examples/tls/,
   where the program is built with OpenSSL). */
#ifndef EXAMPLES_COMMON_SECURE_H
#define EXAMPLES_COMMON_SECURE_H

#include <sys/types.h>

struct ssl_st; /* OpenSSL's SSL */

/* `name`: whom the certificate has to be of. `trust`: a file of those who may
   have signed it; "": the system's roots. NULL, and why not was printed. */
struct ssl_st *example_secure_begin(int fd, const char *name,
				    const char *trust);

/* As send and recv. */
ssize_t example_secure_send(struct ssl_st *ssl, const void *data,
			    size_t length);
ssize_t example_secure_receive(struct ssl_st *ssl, void *data, size_t size);

/* NULL does nothing. The socket stays the caller's. */
void example_secure_end(struct ssl_st *ssl);

#endif
