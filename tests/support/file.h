/* SPDX-License-Identifier: MIT */
/* Files that nobody else sees: each a descriptor, which the caller closes. */
#ifndef TESTS_SUPPORT_FILE_H
#define TESTS_SUPPORT_FILE_H

#include <stddef.h>

/* Of `length` bytes as pattern() (peer.h) has them. */
int make_file(size_t length);

/* Of a text. */
int make_text(const char *text);

/* Of `length` bytes that are zero, and take no memory. */
int make_hole(size_t length);

#endif
