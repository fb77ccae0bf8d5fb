/* SPDX-License-Identifier: MIT */
#include "text_internal.h"

#include <string.h>

void evert_dns_text_start(struct dns_text *out, char *text, size_t size)
{
	*out = (struct dns_text){ .text = text, .size = size };
}

void evert_dns_text_char(struct dns_text *out, char c)
{
	if (out->length < out->size)
		out->text[out->length] = c;
	out->length++;
	out->width = c == '\t' ? (out->width | 7) + 1 : out->width + 1;
}

void evert_dns_text_string(struct dns_text *out, const char *string)
{
	while (*string)
		evert_dns_text_char(out, *string++);
}

void evert_dns_text_number(struct dns_text *out, uint32_t number)
{
	char digits[10];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (count)
		evert_dns_text_char(out, digits[--count]);
}

void evert_dns_text_byte(struct dns_text *out, uint8_t byte,
			 const char *special)
{
	if (byte < ' ' || byte > '~') {
		evert_dns_text_char(out, '\\');
		evert_dns_text_char(out, (char)('0' + byte / 100));
		evert_dns_text_char(out, (char)('0' + byte / 10 % 10));
		evert_dns_text_char(out, (char)('0' + byte % 10));
		return;
	}
	if (strchr(special, byte))
		evert_dns_text_char(out, '\\');
	evert_dns_text_char(out, (char)byte);
}

void evert_dns_text_column(struct dns_text *out, size_t column)
{
	if (column <= out->width)
		column = out->width + 1;
	while (out->width / 8 < column / 8)
		evert_dns_text_char(out, '\t');
	while (out->width < column)
		evert_dns_text_char(out, ' ');
}

size_t evert_dns_text_end(struct dns_text *out)
{
	if (out->size)
		out->text[out->length < out->size ? out->length
						  : out->size - 1] = '\0';
	return out->length;
}
