/* SPDX-License-Identifier: MIT */
#include "context.h"

#include "../common/example.h"

struct evert_tls_context *
example_context(enum evert_tls_side side,
		const struct evert_tls_options *options, const char *name)
{
	struct evert_tls_context *context;
	struct evert_failure *failure =
		evert_tls_context_create(&context, side, options);

	if (failure) {
		example_complain(failure);
		evert_failure_release(failure);
		return NULL;
	}
	if (name) {
		example_add_tls();
		evert_tls_context_register(context, name);
	}
	return context;
}
