/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <string.h>

bool memory_read(struct memory *memory, uint64_t at, void *to, size_t length)
{
	/* Nothing is in the first page, nor around the end of the space. */
	if (at >= 4096 && length <= 1 << 24 && at <= UINT64_MAX - length &&
	    memory->read(memory, at, to, length))
		return true;
	if (length <= 1 << 24)
		memset(to, 0, length);
	return false;
}

static bool is_printable(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

/* In pieces that do not cross into a page that may not be there. */
const char *memory_text(struct memory *memory, uint64_t at,
			char text[TEXT_SIZE])
{
	enum { PIECE = 32 };
	size_t length = 0, piece, i;

	while (length < TEXT_SIZE - 1) {
		piece = PIECE - (size_t)((at + length) % PIECE);
		if (piece > TEXT_SIZE - 1 - length)
			piece = TEXT_SIZE - 1 - length;
		if (!memory_read(memory, at + length, text + length, piece))
			return length ? (text[length] = '\0', text) : "?";
		for (i = 0; i < piece; i++, length++) {
			if (!text[length])
				return text;
			if (!is_printable(text[length]))
				text[length] = '?';
		}
	}
	text[length] = '\0';
	return text;
}
