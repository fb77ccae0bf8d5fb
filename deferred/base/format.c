/* SPDX-License-Identifier: MIT */
#include "format_internal.h"

#include <errno.h>
#include <stdio.h>

#include "memory.h"

int evert_format(struct evert_formatted *formatted, const char *format,
		 va_list args)
{
	va_list again;
	int size;

	va_copy(again, args);
	formatted->text = formatted->room;
	size = vsnprintf(formatted->room, sizeof(formatted->room), format,
			 args);
	if (size >= (int)sizeof(formatted->room)) {
		formatted->text = evert_allocate((size_t)size + 1);
		if (formatted->text)
			vsnprintf(formatted->text, (size_t)size + 1, format,
				  again);
	}
	va_end(again);
	if (size < 0)
		return -EINVAL;
	formatted->length = (size_t)size;
	return formatted->text ? 0 : -ENOMEM;
}

void evert_formatted_release(struct evert_formatted *formatted)
{
	if (formatted->text != formatted->room)
		evert_free(formatted->text);
}
