/* SPDX-License-Identifier: MIT */
#ifndef EVERT_DEFERRED_MEMORY_INTERNAL_H
#define EVERT_DEFERRED_MEMORY_INTERNAL_H

#include "base.h"

/* No evert_set_allocator is in force. */
extern bool evert_memory_is_malloc;

#endif
