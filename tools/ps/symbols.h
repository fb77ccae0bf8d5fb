/* SPDX-License-Identifier: MIT */
/* The symbols of a program or a library, as its file has them: addresses are
   from before it was loaded. */
#ifndef EVERT_PS_SYMBOLS_H
#define EVERT_PS_SYMBOLS_H

#include "elf_file.h"

struct symbol {
	const char *name; /* in the file */
	const char *source; /* of a static one: the file's name; else "" */
	uint64_t value, size;
	unsigned type; /* STT_FUNC, STT_OBJECT, STT_TLS */
};

struct symbols {
	struct symbol *all; /* by value */
	size_t count;
};

/* False: it was stripped of them, and there are the few that the dynamic
   linker needs. */
bool symbols_read(struct symbols *symbols, const struct elf_file *file);
void symbols_free(struct symbols *symbols);

/* NULL: there is none. */
const struct symbol *symbols_named(const struct symbols *symbols,
				   const char *name);

/* The function or the object that begins there, or NULL. */
const struct symbol *symbols_at(const struct symbols *symbols,
				uint64_t value);

/* The function in which that is, or NULL. */
const struct symbol *symbols_around(const struct symbols *symbols,
				    uint64_t value);

#endif
