/* SPDX-License-Identifier: MIT */
/*
 * By the C library and not by the reactor's system of operations: a file is
 * never waited for, and which file it is a test says by its path.
 */
#include "config_file_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/memory.h"

enum { MOST_BYTES = 64 * 1024 * 1024 };

static const int64_t SECOND = 1000000000;

void evert_config_file_init(struct evert_config_file *file, const char *path)
{
	*file = (struct evert_config_file){ .path = path };
}

void evert_config_file_forget(struct evert_config_file *file)
{
	file->was_read = false;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool has_changed(const struct evert_config_file *file)
{
	struct stat now;
	bool is_there = !stat(file->path, &now);

	return !file->was_read || is_there != file->is_there ||
	       (is_there && !is_same(&now, &file->found));
}

/* Up to its end, which may have moved since it was looked at. 0, or -errno. */
static int read_all(int fd, size_t size, struct evert_config_text *text)
{
	ssize_t got = 1;

	text->text = evert_allocate(size + 1);
	if (!text->text)
		return -ENOMEM;
	text->length = 0;
	while (got && text->length < size) {
		got = read(fd, text->text + text->length, size - text->length);
		if (got < 0 && errno != EINTR) {
			evert_free(text->text);
			return -errno;
		}
		text->length += got > 0 ? (size_t)got : 0;
	}
	text->text[text->length] = '\0';
	return 0;
}

static int read_nothing(struct evert_config_text *text)
{
	return read_all(-1, 0, text);
}

/* Not blocking: it may be a pipe that nobody writes to. */
static int read_file(struct evert_config_file *file,
		     struct evert_config_text *text)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error;

	file->is_there = fd >= 0 && !fstat(fd, &file->found);
	if (!file->is_there || !S_ISREG(file->found.st_mode) ||
	    file->found.st_size > MOST_BYTES)
		error = read_nothing(text);
	else
		error = read_all(fd, (size_t)file->found.st_size, text);
	if (fd >= 0)
		close(fd);
	return error;
}

int evert_config_file_look(struct evert_config_file *file, int64_t now,
			   struct evert_config_text *text)
{
	int error;

	if (file->was_read && now < file->look_again)
		return 0;
	file->look_again = now + SECOND;
	if (!has_changed(file))
		return 0;
	error = read_file(file, text);
	file->was_read = !error;
	return error ? error : 1;
}

/* Takes what stands before any of `ends` and jumps over these. */
static char *cut(char **rest, const char *ends)
{
	char *start = *rest;

	*rest += strcspn(start, ends);
	if (**rest)
		*(*rest)++ = '\0';
	return start;
}

char *evert_config_line(char **rest)
{
	char *line, *end;

	if (!**rest)
		return NULL;
	line = cut(rest, "\n");
	end = line + strlen(line);
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

char *evert_config_word(char **rest)
{
	*rest += strspn(*rest, " \t");
	return **rest ? cut(rest, " \t") : NULL;
}
