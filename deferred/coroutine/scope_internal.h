/* SPDX-License-Identifier: MIT */
/* A coroutine of a scope. evert-ps reads it, too. */
#ifndef EVERT_DEFERRED_SCOPE_INTERNAL_H
#define EVERT_DEFERRED_SCOPE_INTERNAL_H

#include "../deferred_internal.h"
#include "scope.h"

struct evert_scope_child {
	struct evert_waiter waiter; /* for its end */
	struct evert_scope *scope;
	struct evert_scope_child *previous, *next;
	const char *place;
	unsigned cancels; /* of the scope, that it has had */
};

#endif
