/* SPDX-License-Identifier: MIT */
#include "handler_text_internal.h"

#include <string.h>

#include "say_internal.h"

void evert_handler_text_add(struct evert_handler_text *text, const char *more)
{
	size_t room = sizeof(text->bytes) - text->length;
	size_t length = strlen(more);

	if (length > room)
		length = room;
	memcpy(text->bytes + text->length, more, length);
	text->length += length;
}

void evert_handler_text_add_number(struct evert_handler_text *text,
				   uint64_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	evert_handler_text_add(text, digits + at);
}

void evert_handler_text_say(const struct evert_handler_text *text)
{
	evert_say_whole(text->bytes, text->length);
}
