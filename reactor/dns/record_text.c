/* SPDX-License-Identifier: MIT */
/* Records as dig prints them. */
#include "record.h"

#include "field_internal.h"
#include "name_internal.h"

/* The columns of the TTL, the class, the type and the data. */
enum {
	TTL = 24,
	CLASS = 32,
	TYPE = 40,
	DATA = 48
};

static void print_data(struct dns_text *out,
		       const struct evert_dns_record *record)
{
	evert_dns_data_print(out,
			     evert_dns_type_of(record->type, record->dns_class,
					       record->length),
			     record->data, record->length);
}

size_t evert_dns_record_text(const struct evert_dns_record *record, char *text,
			     size_t size)
{
	char number[EVERT_DNS_NUMBER_TEXT_SIZE];
	struct dns_text out;

	evert_dns_text_start(&out, text, size);
	evert_dns_name_print(&out, record->name);
	evert_dns_text_column(&out, TTL);
	evert_dns_text_number(&out, record->ttl);
	evert_dns_text_column(&out, CLASS);
	evert_dns_text_string(&out,
			      evert_dns_class_text(record->dns_class, number,
						   sizeof(number)));
	evert_dns_text_column(&out, TYPE);
	evert_dns_text_string(&out, evert_dns_type_text(record->type, number,
							sizeof(number)));
	evert_dns_text_column(&out, DATA);
	print_data(&out, record);
	return evert_dns_text_end(&out);
}

size_t evert_dns_record_data_text(const struct evert_dns_record *record,
				  char *text, size_t size)
{
	struct dns_text out;

	evert_dns_text_start(&out, text, size);
	print_data(&out, record);
	return evert_dns_text_end(&out);
}
