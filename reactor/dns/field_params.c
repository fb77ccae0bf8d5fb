/* SPDX-License-Identifier: MIT */
/*
 * The parameters of SVCB and HTTPS (RFC 9460, 2). Each key has a form of
 * value, and one row says how a value of it is looked at and printed.
 */
#include "field_internal.h"

#include "name_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct form {
	bool (*is_well_formed)(const uint8_t *value, size_t length);
	/* NULL, and so the next: nothing behind the key. */
	void (*print)(struct dns_text *out, const uint8_t *value,
		      size_t length);
	/* Adds the value that the text, some of the word, says. */
	int (*parse)(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out);
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

typedef int item_parser(struct dns_lexer *lexer, const struct dns_word *word,
			const char *text, size_t length, struct dns_bytes *out);

/* What stands between commas, piece by piece. */
static int parse_list(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out,
		      item_parser *parse)
{
	const char *end = text + length;
	const char *comma;
	int err;

	for (;;) {
		comma = memchr(text, ',', (size_t)(end - text));
		if (!comma)
			return parse(lexer, word, text, (size_t)(end - text),
				     out);
		err = parse(lexer, word, text, (size_t)(comma - text), out);
		if (err)
			return err;
		text = comma + 1;
	}
}

static int wrong(struct dns_lexer *lexer, const struct dns_word *word,
		 const char *text, const char *problem)
{
	return evert_dns_lexer_fail(lexer, word, (size_t)(text - word->text),
				    problem);
}

static int add_address(int family, size_t size, struct dns_lexer *lexer,
		       const struct dns_word *word, const char *text,
		       size_t length, struct dns_bytes *out)
{
	uint8_t address[16];

	if (!evert_dns_address_read(family, text, length, address))
		return wrong(lexer, word, text, "no address");
	for (size_t i = 0; i < size; i++)
		if (evert_dns_bytes_add(out, address[i], lexer, word))
			return -EBADMSG;
	return 0;
}

static int ip4_parse(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out)
{
	return add_address(AF_INET, 4, lexer, word, text, length, out);
}

static int ip4s_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out)
{
	return parse_list(lexer, word, text, length, out, ip4_parse);
}

static int ip6_parse(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out)
{
	return add_address(AF_INET6, 16, lexer, word, text, length, out);
}

static int ip6s_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out)
{
	return parse_list(lexer, word, text, length, out, ip6_parse);
}

static int add_u16(struct dns_bytes *out, uint32_t number,
		   struct dns_lexer *lexer, const struct dns_word *word)
{
	int err = evert_dns_bytes_add(out, (uint8_t)(number >> 8), lexer, word);

	return err ? err
		   : evert_dns_bytes_add(out, (uint8_t)number, lexer, word);
}

static int port_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out)
{
	const struct dns_word digits = { .text = text, .length = length };
	uint32_t number;

	if (!evert_dns_word_number(&digits, UINT16_MAX, &number))
		return wrong(lexer, word, text, "no port");
	return add_u16(out, number, lexer, word);
}

static int base64_parse(struct dns_lexer *lexer, const struct dns_word *word,
			const char *text, size_t length, struct dns_bytes *out)
{
	return evert_dns_base64_read(lexer, word, text, length, out);
}

/*
 * The string's escapes are resolved already; those of the list, \, and \\,
 * are left: each piece gets the byte of its length.
 */
static int split_alpn(uint8_t *bytes, size_t *count)
{
	size_t begin = 0;
	size_t used = 1;

	/* bytes[0] is free: one more than what is read. */
	for (size_t at = 1; at <= *count; at++) {
		if (at == *count || bytes[at] == ',') {
			if (used - begin < 2 || used - begin > 256)
				return -EBADMSG;
			bytes[begin] = (uint8_t)(used - begin - 1);
			begin = used++;
			continue;
		}
		if (bytes[at] == '\\' && ++at == *count)
			return -EBADMSG;
		bytes[used++] = bytes[at];
	}
	*count = begin;
	return 0;
}

static int alpn_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out)
{
	size_t begin = out->length;
	size_t count;

	if (evert_dns_bytes_add(out, 0, lexer, word) ||
	    evert_dns_text_parse(lexer, word, text, length, out))
		return -EBADMSG;
	count = out->length - begin;
	if (split_alpn(out->bytes + begin, &count))
		return wrong(lexer, word, text, "no list of protocols");
	out->length = begin + count;
	return 0;
}

static int keys_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out);

static const struct form any = { any_is_well_formed, any_print,
				 evert_dns_text_parse };
static const struct form nothing = { nothing_is_well_formed, NULL, NULL };
static const struct form keys = { keys_are_well_formed, keys_print,
				  keys_parse };
static const struct form alpn = { alpn_is_well_formed, alpn_print, alpn_parse };
static const struct form port = { port_is_well_formed, port_print, port_parse };
static const struct form base64 = { any_is_well_formed, base64_print,
				    base64_parse };
static const struct form ip4s = { ip4s_are_well_formed, ip4s_print,
				  ip4s_parse };
static const struct form ip6s = { ip6s_are_well_formed, ip6s_print,
				  ip6s_parse };

/* By their numbers. */
static const struct param params[] = {
	{ "mandatory", &keys },		 { "alpn", &alpn },
	{ "no-default-alpn", &nothing }, { "port", &port },
	{ "ipv4hint", &ip4s },		 { "ech", &base64 },
	{ "ipv6hint", &ip6s },		 { "dohpath", &any },
};

#define PARAMS (sizeof(params) / sizeof(params[0]))

static void key_print(struct dns_text *out, uint16_t key)
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
		key_print(out, dns_u16(value + at));
	}
}

static const struct form *form_of(uint16_t key)
{
	return key < PARAMS ? params[key].form : &any;
}

/* Keys rise; each stands once. */
size_t evert_dns_params_measure(const uint8_t *data, size_t left)
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

void evert_dns_params_print(struct dns_text *out, const uint8_t *data,
			    size_t length)
{
	const struct form *form;
	size_t size;

	for (size_t at = 0; at < length; at += 4 + size) {
		size = dns_u16(data + at + 2);
		form = form_of(dns_u16(data + at));
		if (at)
			evert_dns_text_char(out, ' ');
		key_print(out, dns_u16(data + at));
		if (form->print && (size || form != &any))
			form->print(out, data + at + 4, size);
	}
}

/* The key's number; "key65333" has it in its name. */
static bool read_key(const char *text, size_t length, uint16_t *key)
{
	struct dns_word digits = { .text = text + 3, .length = length - 3 };
	uint32_t number;

	for (uint16_t i = 0; i < PARAMS; i++) {
		if (strlen(params[i].name) == length &&
		    !strncasecmp(text, params[i].name, length)) {
			*key = i;
			return true;
		}
	}
	if (length < 4 || strncasecmp(text, "key", 3) ||
	    !evert_dns_word_number(&digits, UINT16_MAX, &number))
		return false;
	*key = (uint16_t)number;
	return true;
}

static int key_parse(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out)
{
	uint16_t key;

	if (!read_key(text, length, &key))
		return wrong(lexer, word, text, "no key");
	return add_u16(out, key, lexer, word);
}

static int by_number(const void *a, const void *b)
{
	return dns_u16(a) - dns_u16(b);
}

static int keys_parse(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out)
{
	size_t begin = out->length;
	int err = parse_list(lexer, word, text, length, out, key_parse);

	if (!err)
		qsort(out->bytes + begin, (out->length - begin) / 2, 2,
		      by_number);
	return err;
}

/* Behind the key and "=", perhaps in quotes. */
static int parse_value(struct dns_lexer *lexer, const struct dns_word *word,
		       size_t at, const struct form *form,
		       struct dns_bytes *out)
{
	const char *text = word->text + at;
	size_t length = word->length - at;

	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text++;
		length -= 2;
	}
	if (!form->parse)
		return wrong(lexer, word, text, "a key that has no value");
	return form->parse(lexer, word, text, length, out);
}

static int parse_param(struct dns_lexer *lexer, const struct dns_word *word,
		       struct dns_bytes *out)
{
	const char *equals = memchr(word->text, '=', word->length);
	size_t size = equals ? (size_t)(equals - word->text) : word->length;
	size_t begin = out->length;
	uint16_t key;
	int err;

	if (word->is_quoted || !read_key(word->text, size, &key))
		return wrong(lexer, word, word->text, "no key");
	err = add_u16(out, key, lexer, word);
	if (!err)
		err = add_u16(out, 0, lexer, word);
	if (!err && equals)
		err = parse_value(lexer, word, size + 1, form_of(key), out);
	if (err)
		return err;
	size = out->length - begin - 4;
	out->bytes[begin + 2] = (uint8_t)(size >> 8);
	out->bytes[begin + 3] = (uint8_t)size;
	if (!form_of(key)->is_well_formed(out->bytes + begin + 4, size))
		return wrong(lexer, word, word->text,
			     "not a value that this key has");
	return 0;
}

static void reverse(uint8_t *bytes, size_t count)
{
	uint8_t byte;

	for (size_t i = 0; i < count / 2; i++) {
		byte = bytes[i];
		bytes[i] = bytes[count - 1 - i];
		bytes[count - 1 - i] = byte;
	}
}

/*
 * Moves the last parameter, from `last` on, before those with higher keys: two
 * neighbours change places when each is turned round, and then both.
 */
static int sort_in(struct dns_lexer *lexer, const struct dns_word *word,
		   uint8_t *bytes, size_t last, size_t length)
{
	uint16_t key = dns_u16(bytes + last);
	size_t at = 0;

	while (at < last && dns_u16(bytes + at) < key)
		at += 4U + dns_u16(bytes + at + 2);
	if (at < last && dns_u16(bytes + at) == key)
		return wrong(lexer, word, word->text, "a key that was there");
	reverse(bytes + at, last - at);
	reverse(bytes + last, length - last);
	reverse(bytes + at, length - at);
	return 0;
}

static int parse_params(struct dns_lexer *lexer, struct dns_bytes *out)
{
	size_t begin = out->length;
	size_t last;
	struct dns_word word;
	int found;

	while ((found = evert_dns_lexer_next(lexer, &word)) > 0) {
		last = out->length - begin;
		if (parse_param(lexer, &word, out) ||
		    sort_in(lexer, &word, out->bytes + begin, last,
			    out->length - begin))
			return -EBADMSG;
	}
	return found;
}

int evert_dns_params_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	int err;

	(void)kind;
	lexer->has_pairs = true;
	err = parse_params(lexer, out);
	lexer->has_pairs = false;
	return err;
}
