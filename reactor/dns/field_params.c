/* SPDX-License-Identifier: MIT */
/*
 * The parameters of SVCB and HTTPS (RFC 9460, 2). Each key has a form of
 * value, and one row says how a value of it is looked at and printed.
 */
#include "field_internal.h"

#include "name_internal.h"

#include <arpa/inet.h>

struct form {
	bool (*is_well_formed)(const uint8_t *value, size_t length);
	void (*print)(struct dns_text *out, const uint8_t *value,
		      size_t length); /* NULL: nothing behind the key */
};

struct param {
	const char *name;
	const struct form *form;
};

static bool any_is_well_formed(const uint8_t *value, size_t length)
{
	(void)value;
	(void)length;
	return true;
}

static void any_print(struct dns_text *out, const uint8_t *value,
		      size_t length)
{
	dns_text_char(out, '=');
	dns_value_print(out, value, length);
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
		dns_text_string(out, "\\\\");
	dns_text_byte(out, byte, "\"\\");
}

static void alpn_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	dns_text_string(out, "=\"");
	for (size_t at = 0; at < length; at += 1U + value[at]) {
		if (at)
			dns_text_char(out, ',');
		for (size_t i = 1; i <= value[at]; i++)
			alpn_byte(out, value[at + i]);
	}
	dns_text_char(out, '"');
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
	dns_text_char(out, '=');
	dns_text_number(out, dns_u16(value));
}

static void base64_print(struct dns_text *out, const uint8_t *value,
			 size_t length)
{
	dns_text_char(out, '=');
	dns_base64_print_whole(out, value, length);
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
		dns_text_char(out, at ? ',' : '=');
		dns_text_string(out, inet_ntop(family, value + at, text,
					       sizeof(text)));
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

static const struct form any = { any_is_well_formed, any_print };
static const struct form nothing = { nothing_is_well_formed, NULL };
static const struct form keys = { keys_are_well_formed, keys_print };
static const struct form alpn = { alpn_is_well_formed, alpn_print };
static const struct form port = { port_is_well_formed, port_print };
static const struct form base64 = { any_is_well_formed, base64_print };
static const struct form ip4s = { ip4s_are_well_formed, ip4s_print };
static const struct form ip6s = { ip6s_are_well_formed, ip6s_print };

/* By their numbers. */
static const struct param params[] = {
	{ "mandatory", &keys }, { "alpn", &alpn },
	{ "no-default-alpn", &nothing }, { "port", &port },
	{ "ipv4hint", &ip4s }, { "ech", &base64 },
	{ "ipv6hint", &ip6s }, { "dohpath", &any },
};

#define PARAMS (sizeof(params) / sizeof(params[0]))

static void key_print(struct dns_text *out, uint16_t key)
{
	if (key < PARAMS) {
		dns_text_string(out, params[key].name);
	} else {
		dns_text_string(out, "key");
		dns_text_number(out, key);
	}
}

static void keys_print(struct dns_text *out, const uint8_t *value,
		       size_t length)
{
	for (size_t at = 0; at < length; at += 2) {
		dns_text_char(out, at ? ',' : '=');
		key_print(out, dns_u16(value + at));
	}
}

static const struct form *form_of(uint16_t key)
{
	return key < PARAMS ? params[key].form : &any;
}

/* Keys rise; each stands once. */
size_t dns_params_measure(const uint8_t *data, size_t left)
{
	int last = -1;
	uint16_t key;
	size_t size;

	for (size_t at = 0; at < left; at += 4 + size) {
		if (left - at < 4)
			return DNS_MALFORMED;
		key = dns_u16(data + at);
		size = dns_u16(data + at + 2);
		if (key <= last || left - at - 4 < size ||
		    !form_of(key)->is_well_formed(data + at + 4, size))
			return DNS_MALFORMED;
		last = key;
	}
	return left;
}

void dns_params_print(struct dns_text *out, const uint8_t *data, size_t length)
{
	const struct form *form;
	size_t size;

	for (size_t at = 0; at < length; at += 4 + size) {
		size = dns_u16(data + at + 2);
		form = form_of(dns_u16(data + at));
		if (at)
			dns_text_char(out, ' ');
		key_print(out, dns_u16(data + at));
		if (form->print && (size || form != &any))
			form->print(out, data + at + 4, size);
	}
}
