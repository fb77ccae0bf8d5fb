/* SPDX-License-Identifier: MIT */
/*
 * The parameters of SVCB and HTTPS (RFC 9460, 2), each a key and a value of the
 * form that the key has (param_value.c, param_parse.c).
 */
#include "param_internal.h"

#include <errno.h>
#include <string.h>

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
		    !evert_dns_param_form_of(key)->is_well_formed(data + at + 4,
								  size))
			return DNS_MALFORMED;
		last = key;
	}
	return left;
}

void evert_dns_params_print(struct dns_text *out, const uint8_t *data,
			    size_t length)
{
	const struct dns_param_form *form;
	size_t size;

	for (size_t at = 0; at < length; at += 4 + size) {
		size = dns_u16(data + at + 2);
		form = evert_dns_param_form_of(dns_u16(data + at));
		if (at)
			evert_dns_text_char(out, ' ');
		evert_dns_param_key_print(out, dns_u16(data + at));
		if (form->print && (size || form != &evert_dns_param_any))
			form->print(out, data + at + 4, size);
	}
}

/* Behind the key and "=", perhaps in quotes. */
static int parse_value(struct dns_lexer *lexer, const struct dns_word *word,
		       size_t at, const struct dns_param_form *form,
		       struct dns_bytes *out)
{
	const char *text = word->text + at;
	size_t length = word->length - at;

	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text++;
		length -= 2;
	}
	if (!form->parse)
		return dns_param_wrong(lexer, word, text,
				       "a key that has no value");
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

	if (word->is_quoted ||
	    !evert_dns_param_key_read(word->text, size, &key))
		return dns_param_wrong(lexer, word, word->text, "no key");
	err = evert_dns_param_u16_add(out, key, lexer, word);
	if (!err)
		err = evert_dns_param_u16_add(out, 0, lexer, word);
	if (!err && equals)
		err = parse_value(
			lexer, word, size + 1,
			evert_dns_param_form_behind(word->text, size, key),
			out);
	if (err)
		return err;
	size = out->length - begin - 4;
	out->bytes[begin + 2] = (uint8_t)(size >> 8);
	out->bytes[begin + 3] = (uint8_t)size;
	if (!evert_dns_param_form_of(key)->is_well_formed(
		    out->bytes + begin + 4, size))
		return dns_param_wrong(lexer, word, word->text,
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
		return dns_param_wrong(lexer, word, word->text,
				       "a key that was there");
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
