/* SPDX-License-Identifier: MIT */
/* Types of records inside data: one, or a set of them as a bitmap. */
#include "field_internal.h"

void evert_dns_type_print(struct dns_text *out, const uint8_t *data,
			  size_t length)
{
	char text[EVERT_DNS_NUMBER_TEXT_SIZE];

	(void)length;
	evert_dns_text_string(
		out, evert_dns_type_text(dns_u16(data), text, sizeof(text)));
}

/*
 * Windows of 256 types each, rising, each with the bytes of its bitmap that
 * are needed: the last is not zero (RFC 4034, 4.1.2).
 */
size_t evert_dns_bitmap_measure(const uint8_t *data, size_t left)
{
	int last = -1;
	size_t size;

	for (size_t at = 0; at < left; at += 2 + size) {
		if (left - at < 3 || data[at] <= last)
			return DNS_MALFORMED;
		size = data[at + 1];
		if (!size || size > 32 || left - at - 2 < size ||
		    !data[at + 1 + size])
			return DNS_MALFORMED;
		last = data[at];
	}
	return left;
}

static void window_print(struct dns_text *out, const uint8_t *window,
			 bool is_first)
{
	uint8_t type[2] = { window[0] };

	for (unsigned int bit = 0; bit < window[1] * 8U; bit++) {
		if (!(window[2 + bit / 8] & 0x80 >> bit % 8))
			continue;
		if (!is_first)
			evert_dns_text_char(out, ' ');
		is_first = false;
		type[1] = (uint8_t)bit;
		evert_dns_type_print(out, type, sizeof(type));
	}
}

void evert_dns_bitmap_print(struct dns_text *out, const uint8_t *data,
			    size_t length)
{
	for (size_t at = 0; at < length; at += 2U + data[at + 1])
		window_print(out, data + at, !at);
}

/* A window's bytes without the zeros at their end. */
static int add_window(const uint8_t *bits, uint8_t window,
		      struct dns_lexer *lexer, const struct dns_word *word,
		      struct dns_bytes *out)
{
	uint8_t size = 32;
	int err;

	while (size && !bits[size - 1])
		size--;
	if (!size)
		return 0;
	err = evert_dns_bytes_add(out, window, lexer, word);
	if (!err)
		err = evert_dns_bytes_add(out, size, lexer, word);
	for (uint8_t i = 0; !err && i < size; i++)
		err = evert_dns_bytes_add(out, bits[i], lexer, word);
	return err;
}

int evert_dns_bitmap_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	uint8_t bits[256][32] = { { 0 } };
	struct dns_word word = { .length = 0 };
	uint16_t type;
	int found;
	int err = 0;

	(void)kind;
	while ((found = evert_dns_lexer_next(lexer, &word)) > 0) {
		if (evert_dns_type_parse_span(&type, word.text, word.length))
			return evert_dns_lexer_fail(lexer, &word, 0,
						    "no type of records");
		bits[type >> 8][(type & 0xff) / 8] |=
			(uint8_t)(0x80 >> type % 8);
	}
	for (unsigned int i = 0; !found && !err && i < 256; i++)
		err = add_window(bits[i], (uint8_t)i, lexer, &word, out);
	return found ? found : err;
}
