/* SPDX-License-Identifier: MIT */
#include "bug_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void evert_bug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("evert: bug in the calling program: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}
