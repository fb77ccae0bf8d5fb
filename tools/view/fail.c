/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void fail(const char *format, ...)
{
	va_list args;

	fputs("trace_view: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *grow(void *memory, size_t count, size_t size)
{
	if (count <= SIZE_MAX / size)
		memory = realloc(memory, count * size);
	else
		memory = NULL;
	if (!memory)
		fail("out of memory");
	return memory;
}

char *read_file(const char *name, size_t *length)
{
	FILE *file = fopen(name, "rb");
	size_t room = 65536, got = 0, more;
	char *text = NULL;
	int error;

	if (!file)
		return NULL;
	do {
		room *= 2;
		text = grow(text, room, 1);
		more = fread(text + got, 1, room - got - 1, file);
		got += more;
	} while (more && got == room - 1);
	text[got] = '\0';
	*length = got;
	error = ferror(file) ? errno : 0;
	fclose(file);
	if (error) {
		free(text);
		errno = error;
		return NULL;
	}
	return text;
}
