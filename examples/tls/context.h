/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_TLS_CONTEXT_H
#define EXAMPLES_TLS_CONTEXT_H

#include <protocols/tls/tls.h>

/* A context, the caller's; NULL, and why not was printed. With a `name` endpoint
   strings have it as context=NAME, too. */
struct evert_tls_context *
example_context(enum evert_tls_side side,
		const struct evert_tls_options *options, const char *name);

#endif
