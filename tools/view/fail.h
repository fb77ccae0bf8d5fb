/* SPDX-License-Identifier: MIT */
#ifndef EVERT_VIEW_FAIL_H
#define EVERT_VIEW_FAIL_H

#include <stddef.h>

/* Says it on stderr, and ends the program. */
_Noreturn void fail(const char *format, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/* realloc that never fails. */
void *grow(void *memory, size_t count, size_t size);

/* All of a file, with a '\0' behind it, or NULL and errno. Release: free. */
char *read_file(const char *name, size_t *length);

#endif
