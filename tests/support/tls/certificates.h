/* SPDX-License-Identifier: MIT */
/* The certificates that tests/tls/ca has made. */
#ifndef TESTS_SUPPORT_TLS_CERTIFICATES_H
#define TESTS_SUPPORT_TLS_CERTIFICATES_H

#include "../../../protocols/tls/tls.h"

/* The path of a file of these; good until the 8th call after this one. */
const char *certificate_path(const char *name);

/* What is in it; the caller frees it. */
char *certificate_text(const char *name);

/* A server with that certificate; a client that trusts the tests' root, or
   that of the file, alone. Not made: the test fails. The caller owns it. */
struct evert_tls_context *server_context(const char *file);
struct evert_tls_context *client_context(const char *trust_file);

/* The same with options of the test's; the file, where it is not NULL, is set
   in a copy of them. */
struct evert_tls_context *
server_context_with(const char *file, const struct evert_tls_options *options);
struct evert_tls_context *
client_context_with(const char *trust_file,
		    const struct evert_tls_options *options);

/* Making a context of them fails, as EVERT_TLS_BAD_CONTEXT, with a message that
   has these words; else the test does. */
void is_of_no_use(enum evert_tls_side side,
		  const struct evert_tls_options *options,
		  const char *words);

#endif
