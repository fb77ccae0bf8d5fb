/* SPDX-License-Identifier: MIT */
/* How evert-ps ends when it can't go on, and warns when it can. */
#ifndef EVERT_PS_REPORT_H
#define EVERT_PS_REPORT_H

#include <stddef.h>

/* Prints "evert-ps: ..."; `give_up` then ends the program with 1. */
__attribute__((__noreturn__, __format__(__printf__, 1, 2))) void
give_up(const char *format, ...);
__attribute__((__format__(__printf__, 1, 2))) void
warn(const char *format, ...);

/* Memory for `count` of `size` bytes, the former contents of `old` kept; there
   is some, or it gives up. */
void *resize(void *old, size_t count, size_t size);

#endif
