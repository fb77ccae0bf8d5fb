/* SPDX-License-Identifier: MIT */
/*
 * Each kind of a record's fields, in any bytes: what is printed of it, within and
 * beyond the room there is.
 *
 * sources: reactor/dns/field.c reactor/dns/field_encoded.c
 * sources: reactor/dns/field_decode.c reactor/dns/field_params.c
 * sources: reactor/dns/field_parse.c reactor/dns/field_string.c
 * sources: reactor/dns/field_type.c reactor/dns/param_parse.c
 * sources: reactor/dns/param_value.c reactor/dns/period.c
 * sources: reactor/dns/lexer.c reactor/dns/type.c reactor/dns/text.c
 * sources: reactor/dns/name.c reactor/dns/name_text.c
 * options: -eva-min-loop-unroll 11
 */
#include "../../reactor/dns/field_internal.h"

enum { MOST = 4 };

static void print_any(enum dns_field field, size_t length)
{
	uint8_t bytes[MOST], *data = bytes + sizeof(bytes) - length;
	char text[8];
	struct dns_text out;

	any_bytes(bytes, sizeof(bytes));
	if (dns_field_length(field, data, length) != length)
		return;
	evert_dns_text_start(&out, text, sizeof(text));
	evert_dns_kinds[field].print(&out, data, length);
	evert_dns_text_end(&out);
}

int main(void)
{
	for (int field = DNS_U8; field < DNS_FIELDS; field++)
		for (size_t length = 0; length <= MOST; length++)
			if (evert_dns_kinds[field].print)
				print_any((enum dns_field)field, length);
	return 0;
}
