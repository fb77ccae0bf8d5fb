/* SPDX-License-Identifier: MIT */
/* Bytes from the digits of base 64, base 32 and hexadecimal (RFC 4648). */
#include "field_internal.h"

#include <errno.h>
#include <string.h>

/* Digits that have come, as bits that make no byte yet. */
struct decoder {
	unsigned int width; /* bits of a digit */
	unsigned int bits;
	uint32_t word;
	size_t digits;
	size_t padding;
};

static int value_of(unsigned int width, char c)
{
	if (c >= '0' && c <= '9')
		return width == 6 ? c - '0' + 52 : c - '0';
	if (width == 6 && c >= 'A' && c <= 'Z')
		return c - 'A';
	if (width == 6 && c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (width == 6)
		return c == '+' ? 62 : c == '/' ? 63 : -1;
	c = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	if (c < 'A' || c > (width == 5 ? 'V' : 'F'))
		return -1;
	return c - 'A' + 10;
}

static int decode_digit(struct decoder *decoder, char c, struct dns_bytes *out,
			struct dns_lexer *lexer, const struct dns_word *word)
{
	int value = value_of(decoder->width, c);

	decoder->word = decoder->word << decoder->width | (uint32_t)value;
	decoder->bits += decoder->width;
	decoder->digits++;
	if (decoder->bits < 8)
		return 0;
	decoder->bits -= 8;
	return evert_dns_bytes_add(
		out, (uint8_t)(decoder->word >> decoder->bits), lexer, word);
}

static int decode(struct decoder *decoder, const char *text, size_t length,
		  struct dns_bytes *out, struct dns_lexer *lexer,
		  const struct dns_word *word)
{
	for (size_t i = 0; i < length; i++) {
		if (decoder->width == 6 && text[i] == '=') {
			decoder->padding++;
			continue;
		}
		if (decoder->padding || value_of(decoder->width, text[i]) < 0)
			return evert_dns_lexer_fail(
				lexer, word, (size_t)(text + i - word->text),
				"no such digit");
		if (decode_digit(decoder, text[i], out, lexer, word))
			return -EBADMSG;
	}
	return 0;
}

/* Nothing is left over but bits of zero, fewer than a digit's. */
static bool is_complete(const struct decoder *decoder)
{
	uint32_t left = decoder->word & ((1U << decoder->bits) - 1);

	if (decoder->width == 6 && (decoder->digits + decoder->padding) % 4)
		return false;
	return decoder->bits < decoder->width && !left && decoder->padding < 3;
}

static int finish(const struct decoder *decoder, struct dns_lexer *lexer,
		  const struct dns_word *word)
{
	if (is_complete(decoder))
		return 0;
	return evert_dns_lexer_fail(lexer, word, 0,
				    "digits that make no whole bytes");
}

/* All words that are left, as one. */
static int parse_rest(unsigned int width, struct dns_lexer *lexer,
		      struct dns_bytes *out)
{
	struct decoder decoder = { .width = width };
	struct dns_word word = { .length = 0 };
	int found;

	while ((found = evert_dns_lexer_next(lexer, &word)) > 0)
		if (decode(&decoder, word.text, word.length, out, lexer, &word))
			return -EBADMSG;
	return found ? found : finish(&decoder, lexer, &word);
}

int evert_dns_base64_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out)
{
	(void)kind;
	return parse_rest(6, lexer, out);
}

int evert_dns_hex_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			struct dns_bytes *out)
{
	(void)kind;
	return parse_rest(4, lexer, out);
}

int evert_dns_base64_read(struct dns_lexer *lexer, const struct dns_word *word,
			  const char *text, size_t length,
			  struct dns_bytes *out)
{
	struct decoder decoder = { .width = 6 };

	if (decode(&decoder, text, length, out, lexer, word))
		return -EBADMSG;
	return finish(&decoder, lexer, word);
}

/* One word, behind a byte that says how many bytes it made. */
static int parse_counted(unsigned int width, struct dns_lexer *lexer,
			 const struct dns_word *word, struct dns_bytes *out)
{
	struct decoder decoder = { .width = width };
	size_t begin = out->length;

	if (evert_dns_bytes_add(out, 0, lexer, word) ||
	    decode(&decoder, word->text, word->length, out, lexer, word) ||
	    finish(&decoder, lexer, word))
		return -EBADMSG;
	if (out->length - begin > 1 + UINT8_MAX)
		return evert_dns_lexer_fail(lexer, word, 0,
					    "more than 255 bytes");
	out->bytes[begin] = (uint8_t)(out->length - begin - 1);
	return 0;
}

int evert_dns_salt_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out)
{
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	(void)kind;
	if (err)
		return err;
	if (evert_dns_word_is(&word, "-"))
		return evert_dns_bytes_add(out, 0, lexer, &word);
	return parse_counted(4, lexer, &word, out);
}

int evert_dns_hash_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out)
{
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	(void)kind;
	return err ? err : parse_counted(5, lexer, &word, out);
}
