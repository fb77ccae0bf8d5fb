/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const char *format, va_list arguments)
{
	fputs("evert-ps: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void give_up(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(1);
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void *resize(void *old, size_t count, size_t size)
{
	void *memory = NULL;

	if (count <= SIZE_MAX / size)
		memory = realloc(old, count ? count * size : 1);
	if (!memory)
		give_up("there is not enough memory");
	return memory;
}
