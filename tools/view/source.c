/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fail.h"

enum {
	LARGEST = 4 << 20, /* bytes of a source */
};

/* ---- Which ---- */

static bool is_source(const char *name, size_t length)
{
	static const char *const endings[] = { ".c",   ".h",   ".cc",  ".hh",
					       ".cpp", ".hpp", ".cxx", ".hxx" };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (length > ending &&
		    !memcmp(name + length - ending, endings[i], ending))
			return true;
	}
	return false;
}

/* Cuts the line's number off; false if there is none. */
static bool cut_line(struct json_slice *text)
{
	const char *end = text->end;

	while (end > text->start && end[-1] >= '0' && end[-1] <= '9')
		end--;
	if (end == text->end || end == text->start || *--end != ':')
		return false;
	text->end = end;
	return true;
}

static void cut_function(struct json_slice *text)
{
	if (text->end == text->start || text->end[-1] != ')')
		return;
	text->end--;
	for (const char *at = text->end; at > text->start + 1; at--) {
		if (at[-1] == '(' && at[-2] == ' ') {
			text->start = at;
			return;
		}
	}
}

static bool is_known(const struct sources *sources, size_t which,
		     struct json_slice name)
{
	size_t length = (size_t)(name.end - name.start);
	const char *known = sources->all[which].name;

	return !strncmp(known, name.start, length) && !known[length];
}

static void know(struct sources *sources, struct json_slice name)
{
	for (size_t i = 0; i < sources->count; i++) {
		sources->last = i;
		if (is_known(sources, i, name))
			return;
	}
	if (sources->count == sources->capacity) {
		sources->capacity = sources->capacity * 2 + 16;
		sources->all = grow(sources->all, sources->capacity,
				    sizeof(*sources->all));
	}
	sources->last = sources->count++;
	sources->all[sources->last] = (struct source){
		.name = strndup(name.start, (size_t)(name.end - name.start)),
	};
	if (!sources->all[sources->last].name)
		fail("out of memory");
}

/* Names that JSON has to escape are none that we would find. */
void source_see(struct sources *sources, struct json_slice text)
{
	if (*text.start != '"')
		return;
	text.start++;
	text.end--;
	cut_function(&text);
	if (!cut_line(&text) ||
	    !is_source(text.start, (size_t)(text.end - text.start)) ||
	    memchr(text.start, '\\', (size_t)(text.end - text.start)))
		return;
	if (!sources->count || !is_known(sources, sources->last, text))
		know(sources, text);
}

/* ---- Reading them ---- */

/* The real path of what a source is called, in `path`; false if it is not in
   the folder, which is a real path, too. */
static bool find(const char *folder, const char *name, char *path)
{
	char joined[PATH_MAX];
	size_t length = strlen(folder);
	int printed = *name == '/' ?
			      snprintf(joined, sizeof(joined), "%s", name) :
			      snprintf(joined, sizeof(joined), "%s/%s", folder,
				       name);

	return printed >= 0 && (size_t)printed < sizeof(joined) &&
	       realpath(joined, path) && !strncmp(path, folder, length) &&
	       (path[length] == '/' || folder[length - 1] == '/') &&
	       is_source(path, strlen(path));
}

static void read_source(struct source *source, const char *folder)
{
	char path[PATH_MAX];
	struct stat about;

	if (find(folder, source->name, path) && !stat(path, &about) &&
	    S_ISREG(about.st_mode) && about.st_size <= LARGEST)
		source->text = read_file(path, &source->length);
	if (!source->text)
		fprintf(stderr, "trace_view: no source %s in %s\n",
			source->name, folder);
}

void sources_read(struct sources *sources, const char *folder)
{
	char real[PATH_MAX];

	if (!realpath(folder, real))
		fail("cannot read %s: %s", folder, strerror(errno));
	for (size_t i = 0; i < sources->count; i++)
		read_source(&sources->all[i], real);
}

void sources_free(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->all[i].name);
		free(sources->all[i].text);
	}
	free(sources->all);
}
