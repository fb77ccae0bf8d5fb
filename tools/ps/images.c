/* SPDX-License-Identifier: MIT */
#include "images.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* ---- Adding ---- */

static char *copied(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(resize(NULL, size, 1), text, size);
}

static struct image *add(struct images *images, const char *name,
			 const char *path)
{
	struct image *image;

	images->all = resize(images->all, images->count + 1,
			     sizeof(*images->all));
	image = &images->all[images->count++];
	*image = (struct image){ .name = copied(name), .path = copied(path) };
	return image;
}

void images_add(struct images *images, uint64_t start, uint64_t end,
		uint64_t offset, const char *name, const char *path)
{
	struct image *last = images->count ?
				     &images->all[images->count - 1] :
				     NULL;

	if (!last || strcmp(last->name, name)) {
		last = add(images, name, path);
		last->start = start;
		last->offset = offset;
	}
	last->end = end;
}

void images_free(struct images *images)
{
	struct image *image = images->all;

	for (; image < images->all + images->count; image++) {
		free((char *)(uintptr_t)image->name);
		free(image->path);
		symbols_free(&image->symbols);
		elf_file_close(&image->file);
	}
	free(images->all);
	*images = (struct images){ 0 };
}

/* ---- Where they lie ---- */

static const Elf64_Phdr *segment_with(const struct elf_file *file,
				      uint64_t offset)
{
	const Elf64_Phdr *segment = file->segments;

	for (; segment < file->segments + file->segment_count; segment++)
		if (segment->p_type == PT_LOAD &&
		    offset - (segment->p_offset & ~(uint64_t)4095) <
			    segment->p_filesz + 4096)
			return segment;
	return NULL;
}

/* It lies as `address` is what is at `offset` in the file. */
static bool find_bias(struct image *image, uint64_t address, uint64_t offset)
{
	const Elf64_Phdr *segment = segment_with(&image->file, offset);

	if (!segment)
		return false;
	image->bias = address - (segment->p_vaddr - segment->p_offset + offset);
	return true;
}

static int open_image(struct image *image)
{
	int error = elf_file_open(&image->file, image->path);

	image->state = error ? IMAGE_BROKEN : IMAGE_OPEN;
	if (!error)
		image->has_symbols =
			symbols_read(&image->symbols, &image->file);
	return error;
}

struct image *images_open(struct images *images, size_t index)
{
	struct image *image = &images->all[index];

	if (image->state == IMAGE_NEW && !open_image(image) &&
	    !find_bias(image, image->start, image->offset))
		image->state = IMAGE_BROKEN;
	return image->state == IMAGE_OPEN ? image : NULL;
}

/* A core may not say which files are mapped: then the segments do. */
static struct image *place_program(struct images *images, uint64_t headers,
				   const char *path)
{
	struct image *image;

	for (image = images->all; image < images->all + images->count; image++)
		if (headers >= image->start && headers < image->end)
			break;
	if (image == images->all + images->count)
		image = add(images, path, path);
	free(image->path);
	image->path = copied(path);
	images->program = (size_t)(image - images->all);
	return image;
}

static void find_ends(struct image *image)
{
	const Elf64_Phdr *segment = image->file.segments;
	uint64_t end;

	image->start = UINT64_MAX;
	for (; segment < image->file.segments + image->file.segment_count;
	     segment++) {
		if (segment->p_type != PT_LOAD)
			continue;
		end = image->bias + segment->p_vaddr + segment->p_memsz;
		if (image->bias + segment->p_vaddr < image->start)
			image->start = image->bias + segment->p_vaddr;
		if (end > image->end)
			image->end = end;
	}
}

int images_find_program(struct images *images, uint64_t headers,
			const char *path)
{
	struct image *image = place_program(images, headers, path);
	int error = open_image(image);

	if (!error && !find_bias(image, headers, image->file.header.e_phoff))
		error = -ENOEXEC;
	if (error)
		image->state = IMAGE_BROKEN;
	else if (!image->end)
		find_ends(image);
	return error;
}

/* ---- Asking ---- */

struct image *images_at(struct images *images, uint64_t address)
{
	size_t i;

	for (i = 0; i < images->count; i++)
		if (address >= images->all[i].start &&
		    address < images->all[i].end)
			return images_open(images, i);
	return NULL;
}

const struct symbol *images_symbol(struct images *images, uint64_t address)
{
	struct image *image = images_at(images, address);

	return image ? symbols_at(&image->symbols, address - image->bias) :
		       NULL;
}

const struct symbol *images_function(struct images *images, uint64_t address)
{
	struct image *image = images_at(images, address);

	return image ? symbols_around(&image->symbols,
				      address - image->bias) :
		       NULL;
}

static bool holds(const Elf64_Phdr *segment, uint64_t value, size_t length)
{
	return segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) &&
	       value >= segment->p_vaddr && length <= segment->p_filesz &&
	       value - segment->p_vaddr <= segment->p_filesz - length;
}

bool images_read(struct images *images, uint64_t at, void *to, size_t length)
{
	struct image *image = images_at(images, at);
	const Elf64_Phdr *segment;
	uint64_t value;

	if (!image)
		return false;
	value = at - image->bias;
	for (segment = image->file.segments;
	     segment < image->file.segments + image->file.segment_count;
	     segment++)
		if (holds(segment, value, length))
			return elf_file_part(&image->file,
					     segment->p_offset + value -
						     segment->p_vaddr,
					     to, length);
	return false;
}
