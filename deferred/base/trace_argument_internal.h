/* SPDX-License-Identifier: MIT */
/* The arguments of an event, for what tells events. */
#ifndef EVERT_DEFERRED_TRACE_ARGUMENT_INTERNAL_H
#define EVERT_DEFERRED_TRACE_ARGUMENT_INTERNAL_H

#include "json_internal.h"

/* The event that is being composed. */
extern struct evert_trace_composed {
	struct evert_json json;
	bool has_args;
} evert_trace_composed;

/* As evert_trace_text does, of so many bytes. */
void evert_trace_text_of(const char *name, const char *text, size_t length);

#endif
