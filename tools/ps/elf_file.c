/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE
#endif

bool elf_file_part(const struct elf_file *file, uint64_t offset, void *to,
		   size_t length)
{
	if (offset > file->size || length > file->size - offset)
		return false;
	memcpy(to, file->bytes + offset, length);
	return true;
}

/* ---- Opening ---- */

static int map_file(struct elf_file *file, int fd)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size <= 0)
		return -ENOEXEC;
	file->size = (size_t)status.st_size;
	bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	file->bytes = bytes;
	return 0;
}

static bool is_ours(const Elf64_Ehdr *header)
{
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       header->e_machine == OUR_MACHINE &&
	       header->e_phentsize == sizeof(Elf64_Phdr);
}

/* Of a core of very many segments the header can't say how many; a section
   does. */
static size_t count_segments(const struct elf_file *file)
{
	Elf64_Shdr first;

	if (file->header.e_phnum != PN_XNUM)
		return file->header.e_phnum;
	if (!elf_file_part(file, file->header.e_shoff, &first, sizeof(first)))
		return 0;
	return first.sh_info;
}

static int read_headers(struct elf_file *file)
{
	size_t count, i;
	uint64_t at;

	if (!elf_file_part(file, 0, &file->header, sizeof(file->header)) ||
	    !is_ours(&file->header))
		return -ENOEXEC;
	count = count_segments(file);
	if (count > file->size / sizeof(*file->segments))
		return -ENOEXEC;
	at = file->header.e_phoff;
	file->segments = resize(NULL, count, sizeof(*file->segments));
	for (i = 0; i < count; i++)
		if (!elf_file_part(file, at + i * sizeof(*file->segments),
				   &file->segments[i],
				   sizeof(*file->segments)))
			break;
	file->segment_count = i;
	return 0;
}

int elf_file_open(struct elf_file *file, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error;

	*file = (struct elf_file){ 0 };
	if (fd < 0)
		return -errno;
	error = map_file(file, fd);
	close(fd);
	if (!error)
		error = read_headers(file);
	if (error)
		elf_file_close(file);
	return error;
}

void elf_file_close(struct elf_file *file)
{
	if (file->bytes)
		munmap((void *)(uintptr_t)file->bytes, file->size);
	free(file->segments);
	*file = (struct elf_file){ 0 };
}

/* ---- Notes ---- */

static uint64_t padded(uint64_t length)
{
	return (length + 3) & ~(uint64_t)3;
}

bool elf_file_note(const struct elf_file *file, const Elf64_Phdr *segment,
		   uint64_t *at, struct elf_note *note)
{
	uint64_t offset = segment->p_offset + *at;
	Elf64_Nhdr header;

	if (*at >= segment->p_filesz ||
	    !elf_file_part(file, offset, &header, sizeof(header)))
		return false;
	offset += sizeof(header);
	if (offset > file->size || header.n_namesz > file->size - offset)
		return false;
	note->name = (const char *)file->bytes + offset;
	note->name_length = header.n_namesz;
	note->type = header.n_type;
	note->offset = offset + padded(header.n_namesz);
	note->length = header.n_descsz;
	if (note->offset > file->size ||
	    note->length > file->size - note->offset)
		return false;
	*at = note->offset + padded(note->length) - segment->p_offset;
	return true;
}
