/* SPDX-License-Identifier: MIT */
/* Character strings (RFC 1035, 3.3), tags and values (RFC 8659). */
#include "field_internal.h"

#include "name_internal.h"

#include <ctype.h>
#include <errno.h>

static void quoted(struct dns_text *out, const uint8_t *bytes, size_t length)
{
	evert_dns_text_char(out, '"');
	for (size_t i = 0; i < length; i++)
		evert_dns_text_byte(out, bytes[i], "\"\\");
	evert_dns_text_char(out, '"');
}

size_t evert_dns_string_measure(const uint8_t *data, size_t left)
{
	return left && *data < left ? 1U + *data : DNS_MALFORMED;
}

void evert_dns_string_print(struct dns_text *out, const uint8_t *data,
			    size_t length)
{
	quoted(out, data + 1, length - 1);
}

size_t evert_dns_strings_measure(const uint8_t *data, size_t left)
{
	size_t at = 0;
	size_t size;

	do {
		size = evert_dns_string_measure(data + at, left - at);
		if (size == DNS_MALFORMED)
			return DNS_MALFORMED;
		at += size;
	} while (at < left);
	return left;
}

void evert_dns_strings_print(struct dns_text *out, const uint8_t *data,
			     size_t length)
{
	size_t size;

	for (size_t at = 0; at < length; at += size) {
		size = 1U + data[at];
		if (at)
			evert_dns_text_char(out, ' ');
		evert_dns_string_print(out, data + at, size);
	}
}

size_t evert_dns_tag_measure(const uint8_t *data, size_t left)
{
	size_t size = evert_dns_string_measure(data, left);

	if (size == DNS_MALFORMED || size == 1)
		return DNS_MALFORMED;
	for (size_t i = 1; i < size; i++)
		if (data[i] > 127 || !isalnum(data[i]))
			return DNS_MALFORMED;
	return size;
}

void evert_dns_tag_print(struct dns_text *out, const uint8_t *data,
			 size_t length)
{
	for (size_t i = 1; i < length; i++)
		evert_dns_text_char(out, (char)data[i]);
}

void evert_dns_value_print(struct dns_text *out, const uint8_t *data,
			   size_t length)
{
	quoted(out, data, length);
}

int evert_dns_text_parse(struct dns_lexer *lexer, const struct dns_word *word,
			 const char *text, size_t length, struct dns_bytes *out)
{
	size_t at = 0;
	int byte;

	while (at < length) {
		byte = evert_dns_unescape(text, length, &at);
		if (byte < 0)
			return evert_dns_lexer_fail(
				lexer, word, (size_t)(text - word->text) + at,
				"a wrong escape");
		if (evert_dns_bytes_add(out, (uint8_t)byte, lexer, word))
			return -EBADMSG;
	}
	return 0;
}

static int add_word(struct dns_bytes *out, struct dns_lexer *lexer,
		    const struct dns_word *word)
{
	return evert_dns_text_parse(lexer, word, word->text, word->length, out);
}

static int add_string(struct dns_bytes *out, struct dns_lexer *lexer,
		      const struct dns_word *word)
{
	size_t begin = out->length;
	int err = evert_dns_bytes_add(out, 0, lexer, word);

	if (!err)
		err = add_word(out, lexer, word);
	if (err)
		return err;
	if (out->length - begin > 1 + UINT8_MAX)
		return evert_dns_lexer_fail(lexer, word, 0,
					    "a string of more than 255 bytes");
	out->bytes[begin] = (uint8_t)(out->length - begin - 1);
	return 0;
}

int evert_dns_string_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	(void)kind;
	return err ? err : add_string(out, lexer, &word);
}

int evert_dns_strings_parse(const struct dns_kind *kind,
			    struct dns_lexer *lexer, struct dns_bytes *out)
{
	struct dns_word word;
	int found = evert_dns_string_parse(kind, lexer, out);

	if (found)
		return found;
	while ((found = evert_dns_lexer_next(lexer, &word)) > 0)
		if (add_string(out, lexer, &word))
			return -EBADMSG;
	return found;
}

int evert_dns_value_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			  struct dns_bytes *out)
{
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	(void)kind;
	return err ? err : add_word(out, lexer, &word);
}
