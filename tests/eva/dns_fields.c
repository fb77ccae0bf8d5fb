/* SPDX-License-Identifier: MIT */
/*
 * Each kind of a record's fields, in any bytes: how long it is said to be.
 *
 * sources: reactor/dns/field.c reactor/dns/field_encoded.c
 * sources: reactor/dns/field_decode.c reactor/dns/field_params.c
 * sources: reactor/dns/field_parse.c reactor/dns/field_string.c
 * sources: reactor/dns/field_type.c reactor/dns/param_parse.c
 * sources: reactor/dns/param_value.c reactor/dns/period.c
 * sources: reactor/dns/lexer.c reactor/dns/type.c reactor/dns/text.c
 * sources: reactor/dns/name.c reactor/dns/name_text.c
 * slow
 * options: -eva-slevel 100 -eva-split-return full -eva-min-loop-unroll 10
 */
#include "../../reactor/dns/field_internal.h"

enum { MOST = 7 };

static void measure_any(enum dns_field field, size_t left)
{
	uint8_t bytes[MOST], *data = bytes + sizeof(bytes) - left;
	size_t length;

	any_bytes(bytes, sizeof(bytes));
	length = dns_field_length(field, data, left);
	/*@ assert length <= left || length == DNS_MALFORMED; */
}

int main(void)
{
	for (int field = DNS_U8; field < DNS_FIELDS; field++)
		for (size_t length = 0; length <= MOST; length++)
			measure_any((enum dns_field)field, length);
	return 0;
}
