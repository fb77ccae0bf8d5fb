/* SPDX-License-Identifier: MIT */
/* A program of somebody who installed evert's TLS; in C and in C++. */
#include <evert-tls.h>

int main(void)
{
	struct evert_tls_context *context;
	struct evert_failure *failure =
		evert_tls_context_create(&context, EVERT_TLS_CLIENT, NULL);
	int made = !failure;

	evert_failure_release(failure);
	evert_tls_context_release(context);
	return made ? 0 : 1;
}
