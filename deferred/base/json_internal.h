/* SPDX-License-Identifier: MIT */
/*
 * Text of JSON, composed without printf, which takes longer than all that it is
 * for, in a place of a certain size.
 */
#ifndef EVERT_DEFERRED_JSON_INTERNAL_H
#define EVERT_DEFERRED_JSON_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base.h"

/* Where the next letter is put, up to `end`. What reaches that is not whole. */
struct evert_json {
	char *at, *end;
};

enum {
	EVERT_JSON_DIGITS = 20, /* at most, of a number */
	EVERT_JSON_BYTE = 6,	/* letters at most, of a byte */
};

static inline void evert_json_put(struct evert_json *json, char letter)
{
	if (json->at < json->end)
		*json->at++ = letter;
}

/* What stands for itself: not looked at. */
static inline void evert_json_put_plain(struct evert_json *json,
					const char *text, size_t length)
{
	if (length > (size_t)(json->end - json->at))
		length = (size_t)(json->end - json->at);
	memcpy(json->at, text, length);
	json->at += length;
}

/* The same of a constant text: without a call. */
#define EVERT_JSON_PUT(json, text)                                        \
	do {                                                              \
		if ((size_t)((json)->end - (json)->at) < sizeof(text) - 1) { \
			(json)->at = (json)->end;                         \
			break;                                            \
		}                                                         \
		memcpy((json)->at, text, sizeof(text) - 1);               \
		(json)->at += sizeof(text) - 1;                           \
	} while (0)

/* Where there is room for EVERT_JSON_DIGITS: what stands behind them. */
char *evert_json_write_digits(char *to, uint64_t value);

void evert_json_put_digits(struct evert_json *json, uint64_t value);

/* A string of hexadecimal digits, "0x7f". */
void evert_json_put_hash(struct evert_json *json, uint64_t value);

/* Letters of a string: each byte is one, but where it is UTF-8. */
void evert_json_put_letters(struct evert_json *json, const unsigned char *at,
			    const unsigned char *end, bool is_utf8);

/* The same of text in UTF-8. */
void evert_json_put_text(struct evert_json *json, const char *text,
			 size_t length);

#endif
