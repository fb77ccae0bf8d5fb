/* SPDX-License-Identifier: MIT */
#include "field_internal.h"

#include "name_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

static size_t rest_measure(const uint8_t *data, size_t left)
{
	(void)data;
	return left;
}

static size_t options_measure(const uint8_t *data, size_t left)
{
	size_t at = 0;

	while (at < left) {
		if (left - at < 4 || left - at - 4 < dns_u16(data + at + 2))
			return DNS_MALFORMED;
		at += 4U + dns_u16(data + at + 2);
	}
	return left;
}

static size_t name_measure(const uint8_t *data, size_t left)
{
	size_t limit = left < EVERT_DNS_NAME_SIZE ? left : EVERT_DNS_NAME_SIZE;
	size_t at = 0;

	while (at < limit && data[at]) {
		if (data[at] > 63)
			return DNS_MALFORMED;
		at += 1U + data[at];
	}
	return at < limit ? at + 1 : DNS_MALFORMED;
}

static void number_print(struct dns_text *out, const uint8_t *data,
			 size_t length)
{
	uint32_t number = 0;

	while (length--)
		number = number << 8 | *data++;
	dns_text_number(out, number);
}

static void time_print(struct dns_text *out, const uint8_t *data,
		       size_t length)
{
	time_t seconds = dns_u32(data);
	struct tm date;
	char text[32];

	(void)length;
	gmtime_r(&seconds, &date);
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &date);
	dns_text_string(out, text);
}

static void ip4_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	char text[INET_ADDRSTRLEN];

	(void)length;
	dns_text_string(out, inet_ntop(AF_INET, data, text, sizeof(text)));
}

static void ip6_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	char text[INET6_ADDRSTRLEN];

	(void)length;
	dns_text_string(out, inet_ntop(AF_INET6, data, text, sizeof(text)));
}

static void name_print(struct dns_text *out, const uint8_t *data,
		       size_t length)
{
	(void)length;
	dns_name_print(out, data);
}

const struct dns_kind dns_kinds[DNS_FIELDS] = {
	[DNS_U8] = { .size = 1, .print = number_print },
	[DNS_U16] = { .size = 2, .print = number_print },
	[DNS_U32] = { .size = 4, .print = number_print },
	[DNS_TIME] = { .size = 4, .print = time_print },
	[DNS_TYPE] = { .size = 2, .print = dns_type_print },
	[DNS_IP4] = { .size = 4, .print = ip4_print },
	[DNS_IP6] = { .size = 16, .print = ip6_print },
	[DNS_NAME] = { .is_name = true,
		       .measure = name_measure,
		       .print = name_print },
	[DNS_NAME_LOOSE] = { .is_name = true,
			     .is_loose = true,
			     .measure = name_measure,
			     .print = name_print },
	[DNS_NAME_SHORT] = { .is_name = true,
			     .is_loose = true,
			     .is_short = true,
			     .measure = name_measure,
			     .print = name_print },
	[DNS_STRING] = { .measure = dns_string_measure,
			 .print = dns_string_print },
	[DNS_TAG] = { .measure = dns_tag_measure, .print = dns_tag_print },
	[DNS_SALT] = { .measure = dns_string_measure,
		       .print = dns_salt_print },
	[DNS_HASH] = { .measure = dns_hash_measure, .print = dns_hash_print },
	[DNS_STRINGS] = { .measure = dns_strings_measure,
			  .print = dns_strings_print },
	[DNS_VALUE] = { .measure = rest_measure, .print = dns_value_print },
	[DNS_BASE64] = { .measure = rest_measure, .print = dns_base64_print },
	[DNS_HEX] = { .measure = rest_measure, .print = dns_hex_print },
	[DNS_BITMAP] = { .measure = dns_bitmap_measure,
			 .print = dns_bitmap_print },
	[DNS_PARAMS] = { .measure = dns_params_measure,
			 .print = dns_params_print },
	[DNS_OPTIONS] = { .measure = options_measure,
			  .print = dns_unknown_print },
	[DNS_UNKNOWN] = { .measure = rest_measure,
			  .print = dns_unknown_print },
};

bool dns_data_is_well_formed(const struct dns_type *type, const uint8_t *data,
			     size_t length)
{
	size_t size;

	for (const uint8_t *field = type->fields; *field; field++) {
		size = dns_field_length(*field, data, length);
		if (size == DNS_MALFORMED)
			return false;
		data += size;
		length -= size;
	}
	return !length;
}
