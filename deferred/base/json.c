/* SPDX-License-Identifier: MIT */
#include "json_internal.h"

/* Two at a time, from the end. Returns what stands behind them. */
char *evert_json_write_digits(char *to, uint64_t value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";
	char digits[EVERT_JSON_DIGITS];
	char *at = digits + sizeof(digits);
	size_t length;

	for (; value >= 100; value /= 100) {
		at -= 2;
		memcpy(at, pairs + value % 100 * 2, 2);
	}
	at -= 2;
	memcpy(at, pairs + value * 2, 2);
	at += value < 10;
	length = (size_t)(digits + sizeof(digits) - at);
	memcpy(to, at, length);
	return to + length;
}

void evert_json_put_digits(struct evert_json *json, uint64_t value)
{
	if (json->end - json->at < EVERT_JSON_DIGITS)
		json->at = json->end;
	else
		json->at = evert_json_write_digits(json->at, value);
}

static const char hexadecimal[] = "0123456789abcdef";

void evert_json_put_hash(struct evert_json *json, uint64_t value)
{
	int shift = 60;

	EVERT_JSON_PUT(json, "\"0x");
	while (shift && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		evert_json_put(json, hexadecimal[value >> shift & 15]);
	evert_json_put(json, '"');
}

/* A character of its own, in JSON. */
static void put_byte(struct evert_json *json, unsigned char byte)
{
	if (byte >= ' ' && byte < 0x7f) {
		if (byte == '"' || byte == '\\')
			evert_json_put(json, '\\');
		evert_json_put(json, (char)byte);
		return;
	}
	EVERT_JSON_PUT(json, "\\u00");
	evert_json_put(json, hexadecimal[byte >> 4]);
	evert_json_put(json, hexadecimal[byte & 15]);
}

/* How long is the character of UTF-8 that begins here? 0: none does. RFC 3629,
   section 4. */
static size_t character_length(const unsigned char *text, size_t length)
{
	unsigned char first = text[0], low = 0x80, high = 0xbf;
	size_t count = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, i;

	if (first < 0xc2 || first > 0xf4 || count > length)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (i = 1; i < count; i++, low = 0x80, high = 0xbf)
		if (text[i] < low || text[i] > high)
			return 0;
	return count;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Is any of eight bytes zero, if `bytes` holds no greater than 0x7f? Else it
   may say so of others. */
static inline uint64_t any_zero(uint64_t bytes)
{
	return (bytes - EACH(1)) & EACH(0x80);
}

/* Do eight bytes all stand for themselves? */
static inline bool are_plain(const unsigned char *text)
{
	uint64_t bytes;

	memcpy(&bytes, text, sizeof(bytes));
	return !(((bytes | (bytes + EACH(1)) | (bytes - EACH(' '))) &
		  EACH(0x80)) |
		 any_zero(bytes ^ EACH('"')) | any_zero(bytes ^ EACH('\\')));
}

/* How many bytes stand for themselves. */
static size_t plain_length(const unsigned char *text, const unsigned char *end)
{
	const unsigned char *at = text;

	while (end - at >= 8 && are_plain(at))
		at += 8;
	while (at < end && *at >= ' ' && *at < 0x7f && *at != '"' &&
	       *at != '\\')
		at++;
	return (size_t)(at - text);
}

void evert_json_put_letters(struct evert_json *json, const unsigned char *at,
			    const unsigned char *end, bool is_utf8)
{
	size_t count;

	while (at < end) {
		count = plain_length(at, end);
		if (!count && is_utf8 && *at >= 0x80)
			count = character_length(at, (size_t)(end - at));
		if (count)
			evert_json_put_plain(json, (const char *)at, count);
		else
			put_byte(json, *at);
		at += count ? count : 1;
	}
}

void evert_json_put_text(struct evert_json *json, const char *text,
			 size_t length)
{
	const unsigned char *at = (const unsigned char *)text;

	evert_json_put_letters(json, at, at + length, true);
}
