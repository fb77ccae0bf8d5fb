/* SPDX-License-Identifier: MIT */
/* Failures in reports. */
#ifndef EVERT_DEFERRED_FAILURE_INTERNAL_H
#define EVERT_DEFERRED_FAILURE_INTERNAL_H

#include "base/say_internal.h"
#include "failure.h"

/* As evert_failure_print. */
void evert_failure_add_to(const struct evert_failure *failure,
			  struct evert_text *to);

#endif
