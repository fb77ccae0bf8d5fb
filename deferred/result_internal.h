/* SPDX-License-Identifier: MIT */
/* Results in reports. */
#ifndef EVERT_DEFERRED_RESULT_INTERNAL_H
#define EVERT_DEFERRED_RESULT_INTERNAL_H

#include "base/say_internal.h"
#include "result.h"

/* As evert_result_print. */
void evert_result_add_to(const struct evert_result *result,
			 struct evert_text *to);

#endif
