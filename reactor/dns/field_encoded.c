/* SPDX-License-Identifier: MIT */
/* Bytes as base 64, base 32 and hexadecimal digits (RFC 4648). */
#include "field_internal.h"

/* dig puts a space behind so many digits. */
#define PIECE 56

static void digit(struct dns_text *out, size_t *count, char c, size_t piece)
{
	if (piece && *count && *count % piece == 0)
		evert_dns_text_char(out, ' ');
	evert_dns_text_char(out, c);
	++*count;
}

/* Three bytes, or what is left of them, as four digits. */
static void base64_digits(char digits[4], const uint8_t *data, size_t left)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t word = (uint32_t)data[0] << 16;

	if (left > 1)
		word |= (uint32_t)data[1] << 8;
	if (left > 2)
		word |= data[2];
	digits[0] = alphabet[word >> 18];
	digits[1] = alphabet[word >> 12 & 63];
	digits[2] = left > 1 ? alphabet[word >> 6 & 63] : '=';
	digits[3] = left > 2 ? alphabet[word & 63] : '=';
}

static void base64(struct dns_text *out, const uint8_t *data, size_t length,
		   size_t piece)
{
	size_t count = 0;
	char digits[4];

	for (size_t at = 0; at < length; at += 3) {
		base64_digits(digits, data + at, length - at);
		for (size_t i = 0; i < 4; i++)
			digit(out, &count, digits[i], piece);
	}
}

void evert_dns_base64_print(struct dns_text *out, const uint8_t *data,
			    size_t length)
{
	base64(out, data, length, PIECE);
}

void evert_dns_base64_print_whole(struct dns_text *out, const uint8_t *data,
				  size_t length)
{
	base64(out, data, length, 0);
}

static void hex(struct dns_text *out, const uint8_t *data, size_t length,
		size_t piece)
{
	static const char alphabet[] = "0123456789ABCDEF";
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		digit(out, &count, alphabet[data[i] >> 4], piece);
		digit(out, &count, alphabet[data[i] & 15], piece);
	}
}

void evert_dns_hex_print(struct dns_text *out, const uint8_t *data,
			 size_t length)
{
	hex(out, data, length, PIECE);
}

void evert_dns_salt_print(struct dns_text *out, const uint8_t *data,
			  size_t length)
{
	if (length == 1)
		evert_dns_text_char(out, '-');
	hex(out, data + 1, length - 1, 0);
}

void evert_dns_unknown_print(struct dns_text *out, const uint8_t *data,
			     size_t length)
{
	evert_dns_text_string(out, "\\# ");
	evert_dns_text_number(out, (uint32_t)length);
	if (length)
		evert_dns_text_char(out, ' ');
	hex(out, data, length, PIECE);
}

size_t evert_dns_hash_measure(const uint8_t *data, size_t left)
{
	size_t size = evert_dns_string_measure(data, left);

	return size == 1 ? DNS_MALFORMED : size;
}

/* Base 32 with the alphabet of hexadecimal digits, without padding. */
void evert_dns_hash_print(struct dns_text *out, const uint8_t *data,
			  size_t length)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	uint32_t word = 0;
	unsigned int bits = 0;

	for (size_t i = 1; i < length; i++) {
		word = word << 8 | data[i];
		for (bits += 8; bits >= 5; bits -= 5)
			evert_dns_text_char(out,
					    alphabet[word >> (bits - 5) & 31]);
	}
	if (bits)
		evert_dns_text_char(out, alphabet[word << (5 - bits) & 31]);
}
