/* SPDX-License-Identifier: MIT */
/*
 * The memory of who is looked at: a process's, or a core's. What is in it may
 * be anything: whoever reads checks what he got.
 */
#ifndef EVERT_PS_MEMORY_H
#define EVERT_PS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory {
	bool (*read)(struct memory *memory, uint64_t at, void *to,
		     size_t length);
};

/* False: there is no such memory, or not all of it; then `to` is zero. */
bool memory_read(struct memory *memory, uint64_t at, void *to, size_t length);

/* A whole object; or a field of a structure that lies at `at`. */
#define READ(memory, at, object) \
	memory_read(memory, at, object, sizeof(*(object)))
#define READ_FIELD(memory, at, type, field, to)                               \
	((void)sizeof(char[sizeof(((type *)NULL)->field) == sizeof(*(to)) ?   \
				   1 :                                        \
				   -1]),                                      \
	 memory_read(memory, (at) + offsetof(type, field), to, sizeof(*(to))))

enum { TEXT_SIZE = 192 };

/* A name or a place; "?" where there is no text. What can't be printed is a
   question mark in it, and what is longer is cut. */
const char *memory_text(struct memory *memory, uint64_t at,
			char text[TEXT_SIZE]);

static inline uint64_t address_of(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

#endif
