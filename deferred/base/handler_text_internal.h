/* SPDX-License-Identifier: MIT */
/* What a signal handler says: put together without stdio, which it may have
   interrupted. */
#ifndef EVERT_DEFERRED_HANDLER_TEXT_INTERNAL_H
#define EVERT_DEFERRED_HANDLER_TEXT_INTERNAL_H

#include <stdint.h>

#include "base.h"

/* Begins with a length of 0; what is too long is cut. */
struct evert_handler_text {
	char bytes[1024];
	size_t length;
};

void evert_handler_text_add(struct evert_handler_text *text, const char *more);
void evert_handler_text_add_number(struct evert_handler_text *text,
				   uint64_t number);

/* On stderr, as evert_say_whole. */
void evert_handler_text_say(const struct evert_handler_text *text);

#endif
