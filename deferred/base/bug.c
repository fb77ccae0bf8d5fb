/* SPDX-License-Identifier: MIT */
#include "bug.h"

#include <stdarg.h>
#include <stdlib.h>

#include "say_internal.h"
#include "trace_internal.h"

void evert_bug(const char *format, ...)
{
	struct evert_text text;
	va_list args;

	evert_text_init(&text, NULL);
	evert_text_add(&text, "evert: bug in the calling program: ");
	va_start(args, format);
	evert_text_add_list(&text, format, args);
	va_end(args);
	evert_text_add(&text, "\n");
	evert_text_say(&text);
	evert_trace_save();
	abort();
}
