/* SPDX-License-Identifier: MIT */
/* Lines and raw data as a framing: how a line receiver understands what
   comes. */
#ifndef EVERT_PROTOCOLS_LINE_FRAMING_INTERNAL_H
#define EVERT_PROTOCOLS_LINE_FRAMING_INTERNAL_H

#include <string.h>

#include "find_byte_internal.h"
#include "line_receiver.h"

/* A line receiver's `mode`: what comes next. */
enum {
	EVERT_LINES,
	EVERT_RAW,     /* as it comes; counted, if framing.counted is not 0 */
	EVERT_COLLECT, /* framing.counted bytes in one piece */
};

static inline size_t
evert_line_delimiter_length(const struct evert_line_receiver *receiver)
{
	return receiver->framing.around;
}

/* To be called when the mode, or the delimiter, has changed: one look tells
   the common case then, nothing but lines. */
static inline void evert_line_framing_update(struct evert_line_receiver *self)
{
	self->special = self->mode != EVERT_LINES || self->skips ||
			self->takes_cr || self->is_long;
}

/* Receives a chunk; an empty one: looks at what is buffered. */
void evert_line_framing_receive(struct evert_line_receiver *receiver,
				const char *data, size_t length);

/* Would a delimiter be found in the line, or begin in it and end in the
   delimiter behind it? ("xa" can't be sent where "aa" ends lines.) */
bool evert_line_framing_can_carry(const struct evert_line_receiver *receiver,
				  const char *line, size_t length);

#endif
