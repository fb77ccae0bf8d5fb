/* SPDX-License-Identifier: MIT */
/* Values: how those of each form are looked at and printed; and what each key
   is called. */
#include "param_internal.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

struct param {
	const char *name;
	const struct dns_param_form *form;
};

static bool any_is_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	(void)length;
	return true;
}

static void any_print(struct dns_text *out, const uint8_t *value, size_t length)
{
	evert_dns_text_char(out, '=');
	evert_dns_value_print(out, value, length);
}

static bool nothing_is_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	return !length;
}

static bool keys_are_well_formed(const uint8_t *value, size_t length)
{
	if (!length || length % 2)
		return false;
	for (size_t at = 2; at < length; at += 2)
		if (dns_u16(value + at) <= dns_u16(value + at - 2))
			return false;
	return dns_u16(value) > 0; /* none needs itself to be mandatory */
}

static bool alpn_is_well_formed(const uint8_t *value, size_t length)
{
	for (size_t at = 0; at < length; at += 1U + value[at])
		if (!value[at] || length - at <= value[at])
			return false;
	return length;
}

/*
 * A list in a string: what the list takes for its own (commas, backslashes)
 * is escaped for it, then the whole for the string (appendix A.1).
 */
static void alpn_byte(struct dns_text *out, uint8_t byte)
{
	if (byte == ',' || byte == '\\')
		evert_dns_text_string(out, "\\\\");
	evert_dns_text_byte(out, byte, "\"\\");
}

static void alpn_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	evert_dns_text_string(out, "=\"");
	for (size_t at = 0; at < length; at += 1U + value[at]) {
		if (at)
			evert_dns_text_char(out, ',');
		for (size_t i = 1; i <= value[at]; i++)
			alpn_byte(out, value[at + i]);
	}
	evert_dns_text_char(out, '"');
}

static bool port_is_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	return length == 2;
}

static void port_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	(void)length;
	evert_dns_text_char(out, '=');
	evert_dns_text_number(out, dns_u16(value));
}

static void base64_print(struct dns_text *out, const uint8_t *value,
			 size_t length)
{
	evert_dns_text_char(out, '=');
	evert_dns_base64_print_whole(out, value, length);
}

static bool ip4s_are_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	return length && length % 4 == 0;
}

static bool ip6s_are_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	return length && length % 16 == 0;
}

static void addresses_print(struct dns_text *out, const uint8_t *value,
			    size_t length, int family, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t at = 0; at < length; at += size) {
		evert_dns_text_char(out, at ? ',' : '=');
		evert_dns_text_string(
			out, inet_ntop(family, value + at, text, sizeof(text)));
	}
}

static void ip4s_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	addresses_print(out, value, length, AF_INET, 4);
}

static void ip6s_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	addresses_print(out, value, length, AF_INET6, 16);
}

static void keys_print(struct dns_text *out, const uint8_t *value,
		       size_t length);

const struct dns_param_form evert_dns_param_any = {
	any_is_well_formed, any_print, evert_dns_text_parse };
static const struct dns_param_form nothing = { nothing_is_well_formed, NULL,
					      NULL };
static const struct dns_param_form keys = { keys_are_well_formed, keys_print,
					   evert_dns_param_keys_parse };
static const struct dns_param_form alpn = { alpn_is_well_formed, alpn_print,
					   evert_dns_param_alpn_parse };
static const struct dns_param_form port = { port_is_well_formed, port_print,
					   evert_dns_param_port_parse };
static const struct dns_param_form base64 = { any_is_well_formed, base64_print,
					     evert_dns_param_base64_parse };
static const struct dns_param_form ip4s = { ip4s_are_well_formed, ip4s_print,
					   evert_dns_param_ip4s_parse };
static const struct dns_param_form ip6s = { ip6s_are_well_formed, ip6s_print,
					   evert_dns_param_ip6s_parse };

/* By their numbers. */
static const struct param params[] = {
	{ "mandatory", &keys },
	{ "alpn", &alpn },
	{ "no-default-alpn", &nothing },
	{ "port", &port },
	{ "ipv4hint", &ip4s },
	{ "ech", &base64 },
	{ "ipv6hint", &ip6s },
	{ "dohpath", &evert_dns_param_any },
};

#define PARAMS (sizeof(params) / sizeof(params[0]))

void evert_dns_param_key_print(struct dns_text *out, uint16_t key)
{
	if (key < PARAMS) {
		evert_dns_text_string(out, params[key].name);
	} else {
		evert_dns_text_string(out, "key");
		evert_dns_text_number(out, key);
	}
}

static void keys_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	for (size_t at = 0; at < length; at += 2) {
		evert_dns_text_char(out, at ? ',' : '=');
		evert_dns_param_key_print(out, dns_u16(value + at));
	}
}

const struct dns_param_form *evert_dns_param_form_of(uint16_t key)
{
	return key < PARAMS ? params[key].form : &evert_dns_param_any;
}

/* "key65333" has its number in its name. */
static bool is_number(const char *text, size_t length)
{
	return length > 3 && !strncasecmp(text, "key", 3);
}

const struct dns_param_form *
evert_dns_param_form_behind(const char *text, size_t length, uint16_t key)
{
	return is_number(text, length) ? &evert_dns_param_any
				       : evert_dns_param_form_of(key);
}

bool evert_dns_param_key_read(const char *text, size_t length, uint16_t *key)
{
	struct dns_word digits;
	uint32_t number;

	for (uint16_t i = 0; i < PARAMS; i++) {
		if (strlen(params[i].name) == length &&
		    !strncasecmp(text, params[i].name, length)) {
			*key = i;
			return true;
		}
	}
	if (!is_number(text, length))
		return false;
	digits = (struct dns_word){ .text = text + 3, .length = length - 3 };
	if (!evert_dns_word_number(&digits, UINT16_MAX, &number))
		return false;
	*key = (uint16_t)number;
	return true;
}
