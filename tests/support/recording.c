/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../deferred/base/trace_internal.h"
#include "child.h"

static char folder[] = "/tmp/evert-trace-XXXXXX";
char recording_name[64];

static char text[1 << 20];
static const char *position = text;
static bool (*acts)(void);

void recording_init(void)
{
	if (!mkdtemp(folder))
		abort();
	snprintf(recording_name, sizeof(recording_name), "%s/trace", folder);
	setenv("EVERT_TRACE", recording_name, 1);
}

void recording_finish(void)
{
	unlink(recording_name);
	rmdir(folder);
}

static bool record(void)
{
	evert_trace_start();
	return acts();
}

bool recording_of(bool (*act)(void))
{
	bool said;
	ssize_t length;
	int fd;

	acts = act;
	said = child_exits(record);
	fd = open(recording_name, O_RDONLY);
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	position = text;
	return said;
}

/* Do they stand before `end`? */
static bool stand_in(const char *line, const char *end, const char *first,
		     va_list rest)
{
	const char *fragment, *found = line;

	for (fragment = first; fragment;
	     fragment = va_arg(rest, const char *)) {
		found = strstr(found, fragment);
		if (!found || found + strlen(fragment) > end)
			return false;
		found += strlen(fragment);
	}
	return true;
}

static bool find(const char *first, va_list rest)
{
	const char *end;
	va_list again;
	bool found;

	while ((end = strchr(position, '\n'))) {
		va_copy(again, rest);
		found = stand_in(position, end, first, again);
		va_end(again);
		position = end + 1;
		if (found)
			return true;
	}
	return false;
}

bool recording_goes_on(const char *first, ...)
{
	va_list rest;
	bool found;

	va_start(rest, first);
	found = find(first, rest);
	va_end(rest);
	return found;
}

bool recording_has(const char *first, ...)
{
	va_list rest;
	bool found;

	position = text;
	va_start(rest, first);
	found = find(first, rest);
	va_end(rest);
	return found;
}

size_t recording_count(const char *fragment)
{
	const char *found = text;
	size_t count = 0;

	while ((found = strstr(found, fragment))) {
		count++;
		found = strchr(found, '\n');
		if (!found)
			break;
	}
	return count;
}
