/* SPDX-License-Identifier: MIT */
#include "trace_argument_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "trace_event_internal.h"

enum {
	MOST_BYTES = 4096,
	MOST_TEXT = 80, /* bytes of what is cut */
};

struct evert_trace_composed evert_trace_composed;

static struct evert_json *const json = &evert_trace_composed.json;
static size_t text_left; /* of what is cut */
static size_t bytes;	 /* to be recorded of each read or write */

static void put_key(const char *name)
{
	if (evert_trace_composed.has_args)
		evert_json_put(json, ',');
	else
		EVERT_JSON_PUT(json, ",\"args\":{");
	evert_trace_composed.has_args = true;
	evert_json_put(json, '"');
	evert_json_put_plain(json, name, strlen(name));
	EVERT_JSON_PUT(json, "\":");
}

void evert_trace_id(enum evert_trace_kind kind, uint64_t id)
{
	static const char *const kinds[] = {
		[EVERT_TRACE_DEFERRED] = "deferred",
		[EVERT_TRACE_COROUTINE] = "coroutine",
		[EVERT_TRACE_CONNECTION] = "connection",
		[EVERT_TRACE_TIMER] = "timer",
	};

	put_key(kinds[kind]);
	evert_json_put_digits(json, id);
}

void evert_trace_integer(const char *name, int64_t value)
{
	put_key(name);
	if (value < 0)
		evert_json_put(json, '-');
	evert_json_put_digits(json, value < 0 ? -(uint64_t)value :
						(uint64_t)value);
}

void evert_trace_number(const char *name, double value)
{
	char text[40];
	int length = snprintf(text, sizeof(text), "%.9g", value);

	put_key(name);
	evert_json_put_plain(json, text, (size_t)length);
}

void evert_trace_hash(const char *name, uint64_t value)
{
	put_key(name);
	evert_json_put_hash(json, value);
}

void evert_trace_text_of(const char *name, const char *text, size_t length)
{
	put_key(name);
	evert_json_put(json, '"');
	evert_json_put_text(json, text, length);
	evert_json_put(json, '"');
}

void evert_trace_text(const char *name, const char *text)
{
	if (text)
		evert_trace_text_of(name, text, strlen(text));
}

void evert_trace_text_begin(const char *name)
{
	put_key(name);
	evert_json_put(json, '"');
	text_left = MOST_TEXT;
}

void evert_trace_text_put(const char *text, size_t length)
{
	if (length > text_left)
		length = text_left;
	text_left -= length;
	evert_json_put_text(json, text, length);
}

void evert_trace_text_put_integer(int64_t value)
{
	char digits[1 + EVERT_JSON_DIGITS] = "-";
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *end = evert_json_write_digits(digits + 1, size);

	if (value < 0)
		evert_trace_text_put(digits, (size_t)(end - digits));
	else
		evert_trace_text_put(digits + 1, (size_t)(end - digits - 1));
}

void evert_trace_text_end(void)
{
	evert_json_put(json, '"');
}

void evert_trace_bytes(const char *name, const struct iovec *parts,
		       size_t count)
{
	const unsigned char *data;
	size_t left = count < bytes ? count : bytes, length;

	if (!bytes || !parts)
		return;
	put_key(name);
	evert_json_put(json, '"');
	for (; left; left -= length, parts++) {
		data = parts->iov_base;
		length = parts->iov_len < left ? parts->iov_len : left;
		evert_json_put_letters(json, data, data + length, false);
	}
	evert_json_put(json, '"');
}

size_t evert_trace_bytes_at_most(void)
{
	return bytes;
}

void evert_trace_set_bytes(size_t count)
{
	bytes = count < MOST_BYTES ? count : MOST_BYTES;
}
