/* SPDX-License-Identifier: MIT */
/* A file in ELF: a program, a library, a core. It may be damaged: all that it
   says of itself is checked. */
#ifndef EVERT_PS_ELF_FILE_H
#define EVERT_PS_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file {
	const unsigned char *bytes; /* the whole file, mapped */
	size_t size;
	Elf64_Ehdr header;
	Elf64_Phdr *segments;
	size_t segment_count;
};

/* 0; or -errno, -ENOEXEC where it is no ELF of this processor's kind. */
int elf_file_open(struct elf_file *file, const char *path);
void elf_file_close(struct elf_file *file);

/* Copies out; false: it is not all in the file. */
bool elf_file_part(const struct elf_file *file, uint64_t offset, void *to,
		   size_t length);

/* Of notes that lie at `offset`: the next one after `*at`, which is 0 at first.
   False: there is none. */
struct elf_note {
	const char *name; /* `name_length` bytes */
	size_t name_length;
	uint32_t type;
	uint64_t offset; /* of what it says, in the file */
	size_t length;
};
bool elf_file_note(const struct elf_file *file, const Elf64_Phdr *segment,
		   uint64_t *at, struct elf_note *note);

#endif
