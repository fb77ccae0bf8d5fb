/* SPDX-License-Identifier: MIT */
/* Formatted text, of any length; short ones need no memory. */
#ifndef EVERT_DEFERRED_FORMAT_INTERNAL_H
#define EVERT_DEFERRED_FORMAT_INTERNAL_H

#include <stdarg.h>

#include "base.h"

struct evert_formatted {
	char *text;
	size_t length;
	char room[256];
};

/* 0, and it must be released; or -EINVAL (the format), -ENOMEM. */
int evert_format(struct evert_formatted *formatted, const char *format,
		 va_list args);
void evert_formatted_release(struct evert_formatted *formatted);

#endif
