/* SPDX-License-Identifier: MIT */
#include "bytes_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

enum { FIRST_ROOM = 1024 };

static int make_room(struct evert_bytes *bytes, size_t room)
{
	size_t most = bytes->room ? bytes->room : FIRST_ROOM;
	char *data;

	while (most < room)
		most += most / 2;
	data = evert_reallocate(bytes->data, most);
	if (!data)
		return -ENOMEM;
	bytes->data = data;
	bytes->room = most;
	return 0;
}

int evert_bytes_add(struct evert_bytes *bytes, const void *data, size_t length)
{
	size_t room = bytes->length + length + 1;

	if (room > bytes->room && make_room(bytes, room))
		return -ENOMEM;
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
	return 0;
}

char *evert_bytes_take(struct evert_bytes *bytes)
{
	char *data;

	if (!bytes->data && make_room(bytes, 1))
		return NULL;
	data = bytes->data;
	data[bytes->length] = 0;
	*bytes = (struct evert_bytes){ NULL, 0, 0 };
	return data;
}

void evert_bytes_release(struct evert_bytes *bytes)
{
	evert_free(bytes->data);
	*bytes = (struct evert_bytes){ NULL, 0, 0 };
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of other scripts stay as they are. */
static char printable(char c)
{
	if (is_space(c))
		return ' ';
	return (c >= 0 && c < ' ') || c == 127 ? '?' : c;
}

void evert_bytes_words(const struct evert_bytes *bytes, char *words,
		       size_t size)
{
	const char *at = bytes->data ? bytes->data : "";
	const char *end = at + bytes->length;

	while (end > at && is_space(end[-1]))
		end--;
	if ((size_t)(end - at) > size - 1)
		at = end - (size - 1);
	while (at < end && is_space(*at))
		at++;
	while (at < end)
		*words++ = printable(*at++);
	*words = 0;
}
