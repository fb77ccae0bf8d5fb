/* SPDX-License-Identifier: MIT */
/* Types of records inside data: one, or a set of them as a bitmap. */
#include "field_internal.h"

void dns_type_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	char text[EVERT_DNS_NUMBER_TEXT_SIZE];

	(void)length;
	dns_text_string(out, evert_dns_type_text(dns_u16(data), text,
						 sizeof(text)));
}

/*
 * Windows of 256 types each, rising, each with the bytes of its bitmap that
 * are needed: the last is not zero (RFC 4034, 4.1.2).
 */
size_t dns_bitmap_measure(const uint8_t *data, size_t left)
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
			dns_text_char(out, ' ');
		is_first = false;
		type[1] = (uint8_t)bit;
		dns_type_print(out, type, sizeof(type));
	}
}

void dns_bitmap_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	for (size_t at = 0; at < length; at += 2U + data[at + 1])
		window_print(out, data + at, !at);
}
