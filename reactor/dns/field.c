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
	evert_dns_text_number(out, number);
}

static void time_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	time_t seconds = dns_u32(data);
	struct tm date;
	char text[32];

	(void)length;
	gmtime_r(&seconds, &date);
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &date);
	evert_dns_text_string(out, text);
}

static void ip4_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	char text[INET_ADDRSTRLEN];

	(void)length;
	evert_dns_text_string(out,
			      inet_ntop(AF_INET, data, text, sizeof(text)));
}

static void ip6_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	char text[INET6_ADDRSTRLEN];

	(void)length;
	evert_dns_text_string(out,
			      inet_ntop(AF_INET6, data, text, sizeof(text)));
}

static void name_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	(void)length;
	evert_dns_name_print(out, data);
}

const struct dns_kind evert_dns_kinds[DNS_FIELDS] = {
	[DNS_U8] = { .size = 1,
		     .print = number_print,
		     .parse = evert_dns_number_parse },
	[DNS_U16] = { .size = 2,
		      .print = number_print,
		      .parse = evert_dns_number_parse },
	[DNS_U32] = { .size = 4,
		      .print = number_print,
		      .parse = evert_dns_number_parse },
	[DNS_PERIOD] = { .size = 4,
			 .print = number_print,
			 .parse = evert_dns_period_parse },
	[DNS_TIME] = { .size = 4,
		       .print = time_print,
		       .parse = evert_dns_time_parse },
	[DNS_TYPE] = { .size = 2,
		       .print = evert_dns_type_print,
		       .parse = evert_dns_type_parse_field },
	[DNS_IP4] = { .size = 4,
		      .print = ip4_print,
		      .parse = evert_dns_address_parse },
	[DNS_IP6] = { .size = 16,
		      .print = ip6_print,
		      .parse = evert_dns_address_parse },
	[DNS_NAME] = { .is_name = true,
		       .measure = name_measure,
		       .print = name_print,
		       .parse = evert_dns_name_parse_field },
	[DNS_NAME_LOOSE] = { .is_name = true,
			     .is_loose = true,
			     .measure = name_measure,
			     .print = name_print,
			     .parse = evert_dns_name_parse_field },
	[DNS_NAME_SHORT] = { .is_name = true,
			     .is_loose = true,
			     .is_short = true,
			     .measure = name_measure,
			     .print = name_print,
			     .parse = evert_dns_name_parse_field },
	[DNS_STRING] = { .measure = evert_dns_string_measure,
			 .print = evert_dns_string_print,
			 .parse = evert_dns_string_parse },
	[DNS_TAG] = { .measure = evert_dns_tag_measure,
		      .print = evert_dns_tag_print,
		      .parse = evert_dns_string_parse },
	[DNS_SALT] = { .measure = evert_dns_string_measure,
		       .print = evert_dns_salt_print,
		       .parse = evert_dns_salt_parse },
	[DNS_HASH] = { .measure = evert_dns_hash_measure,
		       .print = evert_dns_hash_print,
		       .parse = evert_dns_hash_parse },
	[DNS_STRINGS] = { .measure = evert_dns_strings_measure,
			  .print = evert_dns_strings_print,
			  .parse = evert_dns_strings_parse },
	[DNS_VALUE] = { .is_text = true,
			.measure = rest_measure,
			.print = evert_dns_value_print,
			.parse = evert_dns_value_parse },
	[DNS_BASE64] = { .measure = rest_measure,
			 .print = evert_dns_base64_print,
			 .parse = evert_dns_base64_parse },
	[DNS_HEX] = { .measure = rest_measure,
		      .print = evert_dns_hex_print,
		      .parse = evert_dns_hex_parse },
	[DNS_BITMAP] = { .measure = evert_dns_bitmap_measure,
			 .print = evert_dns_bitmap_print,
			 .parse = evert_dns_bitmap_parse },
	[DNS_PARAMS] = { .measure = evert_dns_params_measure,
			 .print = evert_dns_params_print,
			 .parse = evert_dns_params_parse },
	[DNS_OPTIONS] = { .measure = options_measure,
			  .print = evert_dns_unknown_print },
	[DNS_UNKNOWN] = { .measure = rest_measure,
			  .print = evert_dns_unknown_print },
};
