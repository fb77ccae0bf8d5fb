/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* ---- Memory ---- */

/* The segments are in the order of their addresses: there may be one for each
   stack. */
static int by_address(const void *left, const void *right)
{
	const Elf64_Phdr *a = left, *b = right;

	return a->p_vaddr < b->p_vaddr ? -1 : a->p_vaddr > b->p_vaddr;
}

static void sort_segments(struct elf_file *file)
{
	if (file->segment_count)
		qsort(file->segments, file->segment_count,
		      sizeof(*file->segments), by_address);
}

static const Elf64_Phdr *find(const struct elf_file *file, uint64_t at)
{
	size_t low = 0, high = file->segment_count, middle;
	const Elf64_Phdr *segment;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (file->segments[middle].p_vaddr <= at)
			low = middle + 1;
		else
			high = middle;
	}
	segment = low ? &file->segments[low - 1] : NULL;
	return segment && segment->p_type == PT_LOAD &&
			       at - segment->p_vaddr < segment->p_filesz ?
		       segment :
		       NULL;
}

/* What it lacks may be in the files. A piece may lie in two segments. */
static bool read_core(struct memory *memory, uint64_t at, void *to,
		      size_t length)
{
	struct core *core = (struct core *)memory;
	const Elf64_Phdr *segment;
	size_t piece;
	uint64_t left;

	for (; length; length -= piece, at += piece, to = (char *)to + piece) {
		segment = find(&core->file, at);
		if (!segment)
			return images_read(core->images, at, to, length);
		left = segment->p_filesz - (at - segment->p_vaddr);
		piece = left < length ? (size_t)left : length;
		if (!elf_file_part(&core->file,
				   segment->p_offset + (at - segment->p_vaddr),
				   to, piece))
			return false;
	}
	return true;
}

/* ---- What it says of the process ---- */

static bool is_named(const struct elf_note *note, uint32_t type)
{
	return note->type == type && note->name_length >= 4 &&
	       !memcmp(note->name, "CORE", 4);
}

static bool find_note(const struct elf_file *file, uint32_t type,
		      struct elf_note *note)
{
	const Elf64_Phdr *segment = file->segments;
	uint64_t at;

	for (; segment < file->segments + file->segment_count; segment++) {
		at = 0;
		while (segment->p_type == PT_NOTE &&
		       elf_file_note(file, segment, &at, note))
			if (is_named(note, type))
				return true;
	}
	return false;
}

static uint64_t headers_of_program(const struct elf_file *file)
{
	struct elf_note note;
	uint64_t pair[2], at;

	if (!find_note(file, NT_AUXV, &note))
		return 0;
	for (at = 0; at + sizeof(pair) <= note.length; at += sizeof(pair)) {
		elf_file_part(file, note.offset + at, pair, sizeof(pair));
		if (pair[0] == AT_PHDR)
			return pair[1];
	}
	return 0;
}

/* How many, the size of a page; for each, start, end and which page of the
   file; then the names. */
static void add_files(struct images *images, const struct elf_file *file)
{
	struct elf_note note;
	uint64_t counts[2], three[3], i, texts;
	const char *name, *end;

	if (!find_note(file, NT_FILE, &note) ||
	    !elf_file_part(file, note.offset, counts, sizeof(counts)) ||
	    counts[0] > note.length / sizeof(three))
		return;
	texts = sizeof(counts) + counts[0] * sizeof(three);
	if (texts > note.length)
		return;
	name = (const char *)file->bytes + note.offset + texts;
	end = (const char *)file->bytes + note.offset + note.length;
	for (i = 0; i < counts[0] && memchr(name, 0, (size_t)(end - name));
	     i++, name += strlen(name) + 1) {
		elf_file_part(file,
			      note.offset + sizeof(counts) + i * sizeof(three),
			      three, sizeof(three));
		images_add(images, three[0], three[1], three[2] * counts[1],
			   name, name);
	}
}

/* ---- Opening ---- */

static void check_whole(const struct elf_file *file, const char *path)
{
	const Elf64_Phdr *segment = file->segments;

	for (; segment < file->segments + file->segment_count; segment++)
		if (segment->p_offset > file->size ||
		    segment->p_filesz > file->size - segment->p_offset) {
			warn("%s is truncated: some of the memory is not in it",
			     path);
			return;
		}
}

/* The core has the program's first page, as a rule. Where the sections are may
   differ: it may have been stripped. */
static void check_program(struct core *core, const char *program,
			  const char *path)
{
	const struct image *image = &core->images->all[core->images->program];
	const Elf64_Ehdr *here = &image->file.header;
	Elf64_Ehdr there;

	if (memory_read(&core->base, image->start, &there, sizeof(there)) &&
	    !memcmp(there.e_ident, ELFMAG, SELFMAG) &&
	    (there.e_entry != here->e_entry || there.e_phnum != here->e_phnum))
		give_up("%s is a core of another program than %s", path,
			program);
}

static const char *described(int error)
{
	return error == -ENOEXEC ?
		       "it is no ELF file of this kind of processor" :
		       strerror(-error);
}

void core_open(struct core *core, struct images *images, const char *program,
	       const char *path)
{
	int error = elf_file_open(&core->file, path);
	uint64_t headers;

	if (error)
		give_up("can't read the core %s: %s", path, described(error));
	if (core->file.header.e_type != ET_CORE)
		give_up("%s is no core", path);
	core->base.read = read_core;
	core->images = images;
	sort_segments(&core->file);
	check_whole(&core->file, path);
	add_files(images, &core->file);
	headers = headers_of_program(&core->file);
	if (!headers)
		give_up("%s does not say where the program lay", path);
	error = images_find_program(images, headers, program);
	if (error)
		give_up("can't read the program %s: %s", program,
			described(error));
	check_program(core, program, path);
}

void core_close(struct core *core)
{
	elf_file_close(&core->file);
}
