/* SPDX-License-Identifier: MIT */
/* A small file of the system's that is read again when it was changed. */
#ifndef EVERT_REACTOR_CONFIG_FILE_INTERNAL_H
#define EVERT_REACTOR_CONFIG_FILE_INTERNAL_H

#include <sys/stat.h>

#include "../../deferred/base/base.h"

struct evert_config_file {
	const char *path; /* outlives this */
	int64_t look_again; /* not before that time */
	bool was_read;
	bool is_there;
	struct stat found; /* what was read, where it is there */
};

/* What is in it: `text` ends with a zero byte, is the caller's, and may hold
   zero bytes. */
struct evert_config_text {
	char *text;
	size_t length;
};

void evert_config_file_init(struct evert_config_file *file, const char *path);

/*
 * Has it changed since it was read last, or was it never read? Then 1, and
 * what it holds: nothing at all where there is no such file, or what is no
 * file, or may not be read. 0: it has not, or was looked at less than a second
 * ago; `now` is in nanoseconds. -ENOMEM, -EIO and the like: it will be tried
 * again.
 */
int evert_config_file_look(struct evert_config_file *file, int64_t now,
			   struct evert_config_text *text);

/* The next look is at the disk, and finds it changed. */
void evert_config_file_forget(struct evert_config_file *file);

/*
 * Takes the next line from `*rest`, which ends with a zero byte: cuts it off,
 * without its end of line, LF or CR LF. NULL: there are no more.
 */
char *evert_config_line(char **rest);

/* The same of words, with spaces and tabs between them. */
char *evert_config_word(char **rest);

#endif
