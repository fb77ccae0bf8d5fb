/* SPDX-License-Identifier: MIT */
/*
 * The sources that a recording names, read from a folder and what is below it.
 * A recording may come from anybody: no other file is looked at.
 */
#ifndef EVERT_VIEW_SOURCE_H
#define EVERT_VIEW_SOURCE_H

#include "json.h"

struct source {
	char *name;   /* as the compiler was given it */
	char *text;   /* NULL: it can't be read */
	size_t length;
};

struct sources {
	struct source *all;
	size_t count, capacity;
	size_t last; /* that was seen */
};

/* Of text that is a place, "file.c:20" or "function (file.c:20)", the file. */
void source_see(struct sources *sources, struct json_slice text);

/* Says on stderr which are missing. Ends the program if there is no such
   folder. */
void sources_read(struct sources *sources, const char *folder);
void sources_free(struct sources *sources);

#endif
