/* SPDX-License-Identifier: MIT */
#include "splitter.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM = 64 };

static void make_room(struct splitter *s, size_t needed)
{
	size_t room = s->room ? s->room : ROOM;

	while (room < needed)
		room *= 2;
	if (room == s->room)
		return;
	s->rest = realloc(s->rest, room);
	if (!s->rest)
		abort();
	s->room = room;
}

static void keep(struct splitter *s, const char *data, size_t length)
{
	make_room(s, s->length + length);
	memcpy(s->rest + s->length, data, length);
	s->length += length;
}

/* Cuts the CR off. */
static size_t line_length(const char *line, const char *newline)
{
	size_t length = (size_t)(newline - line);

	return length && line[length - 1] == '\r' ? length - 1 : length;
}

static void deliver_rest(struct splitter *s,
			 void (*line_received)(void *arg, const char *line,
					       size_t length),
			 void *arg)
{
	size_t length = line_length(s->rest, s->rest + s->length - 1);

	s->length = 0;
	line_received(arg, s->rest, length);
}

bool split(struct splitter *s, char *data, size_t length,
	   void (*line_received)(void *arg, const char *line, size_t length),
	   void *arg)
{
	char *end = data + length, *newline;

	while ((newline = memchr(data, '\n', (size_t)(end - data)))) {
		if (s->length + (size_t)(newline - data) > LINE_LIMIT)
			return false;
		if (s->length) {
			keep(s, data, (size_t)(newline - data) + 1);
			deliver_rest(s, line_received, arg);
		} else {
			line_received(arg, data, line_length(data, newline));
		}
		data = newline + 1;
	}
	if (data < end)
		keep(s, data, (size_t)(end - data));
	return s->length <= LINE_LIMIT;
}

size_t greet(char *to, const char *name, size_t length)
{
	memcpy(to, "Hello, ", 7);
	memcpy(to + 7, name, length);
	memcpy(to + 7 + length, "!\r\n", 3);
	return length + GREETING_EXTRA;
}
