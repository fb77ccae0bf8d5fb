/* SPDX-License-Identifier: MIT */
/* Character strings (RFC 1035, 3.3), tags and values (RFC 8659). */
#include "field_internal.h"

#include <ctype.h>

static void quoted(struct dns_text *out, const uint8_t *bytes, size_t length)
{
	dns_text_char(out, '"');
	for (size_t i = 0; i < length; i++)
		dns_text_byte(out, bytes[i], "\"\\");
	dns_text_char(out, '"');
}

size_t dns_string_measure(const uint8_t *data, size_t left)
{
	return left && *data < left ? 1U + *data : DNS_MALFORMED;
}

void dns_string_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	quoted(out, data + 1, length - 1);
}

size_t dns_strings_measure(const uint8_t *data, size_t left)
{
	size_t at = 0;
	size_t size;

	do {
		size = dns_string_measure(data + at, left - at);
		if (size == DNS_MALFORMED)
			return DNS_MALFORMED;
		at += size;
	} while (at < left);
	return left;
}

void dns_strings_print(struct dns_text *out, const uint8_t *data,
		       size_t length)
{
	size_t size;

	for (size_t at = 0; at < length; at += size) {
		size = 1U + data[at];
		if (at)
			dns_text_char(out, ' ');
		dns_string_print(out, data + at, size);
	}
}

size_t dns_tag_measure(const uint8_t *data, size_t left)
{
	size_t size = dns_string_measure(data, left);

	if (size == DNS_MALFORMED || size == 1)
		return DNS_MALFORMED;
	for (size_t i = 1; i < size; i++)
		if (data[i] > 127 || !isalnum(data[i]))
			return DNS_MALFORMED;
	return size;
}

void dns_tag_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	for (size_t i = 1; i < length; i++)
		dns_text_char(out, (char)data[i]);
}

void dns_value_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	quoted(out, data, length);
}
