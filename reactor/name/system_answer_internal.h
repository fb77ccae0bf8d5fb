/* SPDX-License-Identifier: MIT */
/* What getaddrinfo(3) has said, as the outcome of a lookup. */
#ifndef EVERT_REACTOR_SYSTEM_ANSWER_INTERNAL_H
#define EVERT_REACTOR_SYSTEM_ANSWER_INTERNAL_H

#include <netdb.h>

#include "lookup_internal.h"

struct evert_system_answer {
	struct addrinfo *addresses;
	int code;  /* of getaddrinfo */
	int error; /* where the code is EAI_SYSTEM */
};

/* The result's addresses are the caller's; its reason is not. */
void evert_system_answer_take(const struct evert_system_answer *answer,
			      struct evert_lookup_result *result);

#endif
