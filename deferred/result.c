/* SPDX-License-Identifier: MIT */
#include "result_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/bug.h"
#include "base/spares_internal.h"

/* Of a text with so many bytes; the zero byte is in the structure. */
static inline size_t text_size(size_t length)
{
	return offsetof(struct evert_text_value, bytes) + length + 1;
}

/* Without memory, or where it is longer than that, NULL. */
EVERT_INLINE struct evert_text_value *take_text(size_t length)
{
	struct evert_text_value *text;

	if (length > SIZE_MAX / 2)
		return NULL;
	text = evert_block_take(text_size(length));
	if (text)
		text->length = length;
	return text;
}

static void release_text(void *pointer)
{
	struct evert_text_value *text = pointer;

	evert_block_give(text, text_size(text->length));
}

static void release_failure(void *pointer)
{
	evert_failure_release(pointer);
}

const struct evert_type evert_type_integer = { "integer", NULL };
const struct evert_type evert_type_number = { "number", NULL };
const struct evert_type evert_type_borrowed = { "borrowed pointer", NULL };
const struct evert_type evert_type_text = { "text", release_text };
const struct evert_type evert_type_failure = { "failure", release_failure };

struct evert_result evert_result_text(const char *bytes, size_t length)
{
	struct evert_text_value *text = take_text(length);

	if (!text)
		return evert_result_no_memory();
	if (length)
		memcpy(text->bytes, bytes, length);
	text->bytes[length] = '\0';
	return evert_result_of(&evert_type_text, text);
}

struct evert_result evert_result_textf(const char *format, ...)
{
	struct evert_text_value *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length >= 0)
		text = take_text((size_t)length);
	if (!text)
		return evert_result_no_memory();
	va_start(args, format);
	vsnprintf(text->bytes, text->length + 1, format, args);
	va_end(args);
	return evert_result_of(&evert_type_text, text);
}

static const char *type_name(const struct evert_result *result)
{
	return result->type ? result->type->name : "nothing";
}

void evert_result_is_not(const struct evert_result *result,
			 const struct evert_type *type)
{
	if (evert_result_is_failure(result))
		evert_bug("a result was asked for its %s, but it is the "
			  "failure %s: %s",
			  type->name,
			  evert_result_as_failure(result)->kind->name,
			  evert_result_as_failure(result)->message);
	evert_bug("a result was asked for its %s, but it is: %s", type->name,
		  type_name(result));
}

/* ---- Printing ---- */

enum {
	PRINTED_BYTES = 1024, /* of a text */
	PRINTED_ITEMS = 32,   /* of a list */
	PRINTED_DEPTH = 4,    /* of lists in lists */
};

static void add_text(const struct evert_text_value *text, struct evert_text *to)
{
	size_t length = text->length, i;
	unsigned char byte;

	if (length > PRINTED_BYTES)
		length = PRINTED_BYTES;
	evert_text_add(to, "\"");
	for (i = 0; i < length; i++) {
		byte = (unsigned char)text->bytes[i];
		if (byte == '"' || byte == '\\')
			evert_text_add(to, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			evert_text_add(to, "\\x%02x", byte);
		else
			evert_text_add(to, "%c", byte);
	}
	evert_text_add(to, "\"");
	if (length < text->length)
		evert_text_add(to, "... (%zu bytes)", text->length);
}

static void add(const struct evert_result *result, struct evert_text *to,
		int depth);

static void add_list(const struct evert_list *list, struct evert_text *to,
		     int depth)
{
	size_t i;

	evert_text_add(to, "[");
	if (list->count && depth == PRINTED_DEPTH)
		evert_text_add(to, "... (%zu items)", list->count);
	else
		for (i = 0; i < list->count && i < PRINTED_ITEMS; i++) {
			evert_text_add(to, i ? ", " : "");
			add(&list->items[i], to, depth + 1);
		}
	if (list->count > PRINTED_ITEMS && depth < PRINTED_DEPTH)
		evert_text_add(to, ", ... (%zu items)", list->count);
	evert_text_add(to, "]");
}

static void add(const struct evert_result *result, struct evert_text *to,
		int depth)
{
	const struct evert_failure *failure;

	if (evert_result_is_none(result)) {
		evert_text_add(to, "nothing");
	} else if (result->type == &evert_type_integer) {
		evert_text_add(to, "%" PRId64, result->value.integer);
	} else if (result->type == &evert_type_number) {
		evert_text_add(to, "%g", result->value.number);
	} else if (result->type == &evert_type_text) {
		add_text(result->value.pointer, to);
	} else if (result->type == &evert_type_list) {
		add_list(evert_result_as_list(result), to, depth);
	} else if (evert_result_is_failure(result)) {
		failure = evert_result_as_failure(result);
		evert_text_add(to, "failure %s: %s", failure->kind->name,
			       failure->message);
	} else {
		evert_text_add(to, "%s", type_name(result));
	}
}

void evert_result_add_to(const struct evert_result *result,
			 struct evert_text *to)
{
	add(result, to, 0);
}

void evert_result_print(const struct evert_result *result, FILE *to)
{
	struct evert_text text;

	evert_text_init(&text, to);
	evert_result_add_to(result, &text);
}
