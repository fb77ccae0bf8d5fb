/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_DUMP_INTERNAL_H
#define EVERT_REACTOR_DUMP_INTERNAL_H

#include "../deferred/base/say_internal.h"
#include "dump.h"
#include "reactor_internal.h"

/* As evert_reactor_dump, on the reactor's thread. */
void evert_reactor_add_to(const struct evert_reactor *reactor,
			  struct evert_text *to);

#endif
