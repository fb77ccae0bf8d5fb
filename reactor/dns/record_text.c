/* SPDX-License-Identifier: MIT */
/* Records as dig prints them. */
#include "record.h"

#include "field_internal.h"
#include "name_internal.h"

/* The columns of the TTL, the class, the type and the data. */
enum { TTL = 24, CLASS = 32, TYPE = 40, DATA = 48 };

static void print_data(struct dns_text *out,
		       const struct evert_dns_record *record)
{
	const struct dns_type *type = dns_type_of(
		record->type, record->dns_class, record->length);
	const uint8_t *data = record->data;
	size_t left = record->length;
	size_t size;

	if (!dns_data_is_well_formed(type, data, left)) {
		dns_unknown_print(out, data, left);
		return;
	}
	for (const uint8_t *field = type->fields; *field; field++) {
		size = dns_field_length(*field, data, left);
		if (field != type->fields && size)
			dns_text_char(out, ' ');
		dns_kinds[*field].print(out, data, size);
		data += size;
		left -= size;
	}
}

size_t evert_dns_record_text(const struct evert_dns_record *record, char *text,
			     size_t size)
{
	char number[EVERT_DNS_NUMBER_TEXT_SIZE];
	struct dns_text out;

	dns_text_start(&out, text, size);
	dns_name_print(&out, record->name);
	dns_text_column(&out, TTL);
	dns_text_number(&out, record->ttl);
	dns_text_column(&out, CLASS);
	dns_text_string(&out, evert_dns_class_text(record->dns_class, number,
						   sizeof(number)));
	dns_text_column(&out, TYPE);
	dns_text_string(&out, evert_dns_type_text(record->type, number,
						  sizeof(number)));
	dns_text_column(&out, DATA);
	print_data(&out, record);
	return dns_text_end(&out);
}

size_t evert_dns_record_data_text(const struct evert_dns_record *record,
				  char *text, size_t size)
{
	struct dns_text out;

	dns_text_start(&out, text, size);
	print_data(&out, record);
	return dns_text_end(&out);
}
