/* SPDX-License-Identifier: MIT */
/* The program and the libraries, as they lie in the memory of a process. Their
   files are opened when they are asked for. */
#ifndef EVERT_PS_IMAGES_H
#define EVERT_PS_IMAGES_H

#include "elf_file.h"
#include "symbols.h"

struct image {
	const char *name; /* of the file, as the process knows it */
	char *path;	  /* where it can be opened */
	uint64_t start, offset; /* the first mapping, and what of the file */
	uint64_t end;		/* of the last */
	uint64_t bias; /* an address less what the file says it is */
	struct elf_file file;
	struct symbols symbols;
	bool has_symbols; /* not only the dynamic linker's */
	enum { IMAGE_NEW, IMAGE_OPEN, IMAGE_BROKEN } state;
};

struct images {
	struct image *all; /* by address; the program is `program` */
	size_t count;
	size_t program; /* `count`: it is not there */
};

/* A part of a file that is mapped, those of lower addresses first. `path` is
   where the file can be opened. */
void images_add(struct images *images, uint64_t start, uint64_t end,
		uint64_t offset, const char *name, const char *path);

/* All were added: the program is opened by `path`, and lies where its headers
   are at `headers` (AT_PHDR). 0, or -errno. */
int images_find_program(struct images *images, uint64_t headers,
			const char *path);

void images_free(struct images *images);

/* The one there, open; or NULL. */
struct image *images_at(struct images *images, uint64_t address);
/* The same by number; NULL: it can't be opened. */
struct image *images_open(struct images *images, size_t index);

/* The symbol that begins there, or in whose function that is; or NULL. */
const struct symbol *images_symbol(struct images *images, uint64_t address);
const struct symbol *images_function(struct images *images, uint64_t address);

/* What a file has for memory that is never written to: cores leave it out. */
bool images_read(struct images *images, uint64_t at, void *to, size_t length);

#endif
