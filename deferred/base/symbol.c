/* SPDX-License-Identifier: MIT */
#include "symbol_internal.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A part of a file in memory. */
struct mapping {
	uintptr_t start, offset;
	char path[PATH_MAX];
};

/* A whole file, to be read; nothing in it is trusted. */
struct image {
	const char *data;
	size_t size;
};

/* ---- Which file ---- */

static bool holds(const char *line, uintptr_t address, struct mapping *mapping)
{
	uintptr_t end;
	int at = 0;

	if (sscanf(line,
		   "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNxPTR " %*s %*s %n",
		   &mapping->start, &end, &mapping->offset, &at) < 3 ||
	    address < mapping->start || address >= end || !line[at])
		return false;
	snprintf(mapping->path, sizeof(mapping->path), "%s", line + at);
	return true;
}

/* In memory of our own: stdio would ask for some. */
static bool find_mapping(uintptr_t address, struct mapping *mapping)
{
	char text[2 * PATH_MAX];
	size_t length = 0;
	ssize_t size;
	char *line, *end;
	bool found = false;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && !found &&
	       (size = read(fd, text + length, sizeof(text) - 1 - length)) >
		       0) {
		length += (size_t)size;
		text[length] = '\0';
		for (line = text; !found && (end = strchr(line, '\n'));
		     line = end + 1) {
			*end = '\0';
			found = holds(line, address, mapping);
		}
		length = strlen(line);
		memmove(text, line, length);
	}
	if (fd >= 0)
		close(fd);
	return found;
}

/* ---- Which function ---- */

static bool open_image(struct image *image, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *data = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0) {
		image->size = (size_t)status.st_size;
		data = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	image->data = data;
	return data != MAP_FAILED;
}

/* What stands there, `count` times `size` bytes; NULL: the file has not so
   many, or it is not aligned. */
static const void *at(const struct image *image, uint64_t offset,
		      uint64_t count, uint64_t size)
{
	if (offset > image->size || count > (image->size - offset) / size ||
	    (size > 1 && offset % sizeof(void *)))
		return NULL;
	return image->data + offset;
}

/* The address as the file has it: by the part that was mapped. */
static bool address_in_file(const struct image *image,
			    const ElfW(Ehdr) *head, uintptr_t *address,
			    const struct mapping *mapping)
{
	const ElfW(Phdr) *part =
		at(image, head->e_phoff, head->e_phnum, sizeof(*part));
	uintptr_t offset = *address - mapping->start + mapping->offset;
	unsigned i;

	for (i = 0; part && i < head->e_phnum; i++, part++)
		if (part->p_type == PT_LOAD && offset >= part->p_offset &&
		    offset - part->p_offset < part->p_filesz) {
			*address = offset - part->p_offset + part->p_vaddr;
			return true;
		}
	return false;
}

static const char *name_in(const struct image *image,
			   const ElfW(Shdr) *names, uintptr_t name)
{
	const char *text = at(image, names->sh_offset, names->sh_size, 1);

	if (!text || name >= names->sh_size ||
	    !memchr(text + name, '\0', names->sh_size - name))
		return NULL;
	return text + name;
}

/* In a table of symbols. */
static const char *look_up(const struct image *image,
			   const ElfW(Shdr) *table, const ElfW(Shdr) *names,
			   uintptr_t address, uintptr_t *beyond)
{
	uint64_t count = table->sh_size / sizeof(ElfW(Sym));
	const ElfW(Sym) *symbol =
		at(image, table->sh_offset, count, sizeof(*symbol));

	for (; symbol && count; count--, symbol++)
		if ((symbol->st_info & 15) == STT_FUNC &&
		    address >= symbol->st_value &&
		    address - symbol->st_value < symbol->st_size) {
			*beyond = address - symbol->st_value;
			return name_in(image, names, symbol->st_name);
		}
	return NULL;
}

/* The table of all symbols, else that of those which are exported. */
static const char *find_name(const struct image *image,
			     const ElfW(Ehdr) *head, uintptr_t address,
			     uintptr_t *beyond)
{
	const ElfW(Shdr) *sections =
		at(image, head->e_shoff, head->e_shnum, sizeof(*sections));
	const ElfW(Shdr) *table;
	const char *name = NULL;
	unsigned i, type;

	for (type = SHT_SYMTAB; sections && !name;
	     type = SHT_DYNSYM) {
		for (i = 0; i < head->e_shnum && !name; i++) {
			table = &sections[i];
			if (table->sh_type == type &&
			    table->sh_link < head->e_shnum)
				name = look_up(image, table,
					       &sections[table->sh_link],
					       address, beyond);
		}
		if (type == SHT_DYNSYM)
			break;
	}
	return name;
}

static void add_known(struct evert_text *text, const struct image *image,
		      uintptr_t address, const struct mapping *mapping)
{
	const ElfW(Ehdr) *head = at(image, 0, 1, sizeof(*head));
	const char *name = NULL;
	uintptr_t beyond;

	if (head && memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
	    address_in_file(image, head, &address, mapping))
		name = find_name(image, head, address, &beyond);
	if (name)
		evert_text_add(text,
			       "%.200s+0x%" PRIxPTR " (%s+0x%" PRIxPTR ")",
			       name, beyond, mapping->path, address);
	else
		evert_text_add(text, "%s+0x%" PRIxPTR, mapping->path, address);
}

void evert_symbol_add(struct evert_text *text, uintptr_t address)
{
	struct mapping mapping;
	struct image image;

	if (!find_mapping(address, &mapping)) {
		evert_text_add(text, "0x%" PRIxPTR, address);
		return;
	}
	if (!open_image(&image, mapping.path)) {
		evert_text_add(text, "%s+0x%" PRIxPTR, mapping.path,
			       address - mapping.start + mapping.offset);
		return;
	}
	add_known(text, &image, address, &mapping);
	munmap((void *)image.data, image.size);
}
