/* SPDX-License-Identifier: MIT */
/* What is recorded of messages from threads (docs/tracing.md), while something
   is. */
#ifndef EVERT_REACTOR_TELL_MESSAGE_INTERNAL_H
#define EVERT_REACTOR_TELL_MESSAGE_INTERNAL_H

#include "../deferred/base/trace_internal.h"

struct evert_message;

/* It is about to be sent; any thread. */
void evert_tell_posted(const struct evert_message *message);

/* It is about to be delivered. */
void evert_tell_arrived(const struct evert_message *message);

#endif
