/* SPDX-License-Identifier: MIT */
/*
 * Results that nobody was shown. A value that a chain has passed and left is
 * released; one that lost a race, came too late, or fell out of a queue that
 * was destroyed is dropped. For most types that is the same. A handle tells
 * them apart: what it stands for goes on when the handle is released (a port
 * listens on, whose result the program has seen), and ends when it is dropped.
 */
#ifndef EVERT_DEFERRED_HANDLE_INTERNAL_H
#define EVERT_DEFERRED_HANDLE_INTERNAL_H

#include "result.h"

/* Embedded first in what the result owns, on the heap. */
struct evert_handle {
	/* Frees the handle. `unwanted`: nobody wants what it stands for. */
	void (*let_go)(struct evert_handle *handle, bool unwanted);
};

/* The `release` of a type whose values are handles. */
void evert_handle_release(void *handle);

/* Releases a result that nobody was shown, and what is in it. */
void evert_result_drop(struct evert_result result);

#endif
