/* SPDX-License-Identifier: MIT */
/* Deferreds in reports. */
#ifndef EVERT_DEFERRED_DUMP_INTERNAL_H
#define EVERT_DEFERRED_DUMP_INTERNAL_H

#include "base/say_internal.h"
#include "deferred_internal.h"

/* As evert_deferred_dump, each line `indent` levels in; `d` is not NULL. */
void evert_deferred_add_to(const struct evert_deferred *d,
			   struct evert_text *to, int indent);

#endif
