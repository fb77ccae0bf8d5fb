/* SPDX-License-Identifier: MIT */
/* Values: how those of each form are read from text. */
#include "param_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What stands between commas, piece by piece. */
static int parse_list(struct dns_lexer *lexer, const struct dns_word *word,
		      const char *text, size_t length, struct dns_bytes *out,
		      dns_param_parser *parse)
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

static int add_address(int family, size_t size, struct dns_lexer *lexer,
		       const struct dns_word *word, const char *text,
		       size_t length, struct dns_bytes *out)
{
	uint8_t address[16];

	if (!evert_dns_address_read(family, text, length, address))
		return dns_param_wrong(lexer, word, text, "no address");
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

int evert_dns_param_ip4s_parse(struct dns_lexer *lexer,
			       const struct dns_word *word, const char *text,
			       size_t length, struct dns_bytes *out)
{
	return parse_list(lexer, word, text, length, out, ip4_parse);
}

static int ip6_parse(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out)
{
	return add_address(AF_INET6, 16, lexer, word, text, length, out);
}

int evert_dns_param_ip6s_parse(struct dns_lexer *lexer,
			       const struct dns_word *word, const char *text,
			       size_t length, struct dns_bytes *out)
{
	return parse_list(lexer, word, text, length, out, ip6_parse);
}

int evert_dns_param_u16_add(struct dns_bytes *out, uint32_t number,
			    struct dns_lexer *lexer,
			    const struct dns_word *word)
{
	int err = evert_dns_bytes_add(out, (uint8_t)(number >> 8), lexer, word);

	return err ? err
		   : evert_dns_bytes_add(out, (uint8_t)number, lexer, word);
}

int evert_dns_param_port_parse(struct dns_lexer *lexer,
			       const struct dns_word *word, const char *text,
			       size_t length, struct dns_bytes *out)
{
	const struct dns_word digits = {.text = text, .length = length};
	uint32_t number;

	if (!evert_dns_word_number(&digits, UINT16_MAX, &number))
		return dns_param_wrong(lexer, word, text, "no port");
	return evert_dns_param_u16_add(out, number, lexer, word);
}

int evert_dns_param_base64_parse(struct dns_lexer *lexer,
				 const struct dns_word *word, const char *text,
				 size_t length, struct dns_bytes *out)
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

int evert_dns_param_alpn_parse(struct dns_lexer *lexer,
			       const struct dns_word *word, const char *text,
			       size_t length, struct dns_bytes *out)
{
	size_t begin = out->length;
	size_t count;

	if (evert_dns_bytes_add(out, 0, lexer, word) ||
	    evert_dns_text_parse(lexer, word, text, length, out))
		return -EBADMSG;
	count = out->length - begin;
	if (split_alpn(out->bytes + begin, &count))
		return dns_param_wrong(lexer, word, text,
				       "no list of protocols");
	out->length = begin + count;
	return 0;
}

static int key_parse(struct dns_lexer *lexer, const struct dns_word *word,
		     const char *text, size_t length, struct dns_bytes *out)
{
	uint16_t key;

	if (!evert_dns_param_key_read(text, length, &key))
		return dns_param_wrong(lexer, word, text, "no key");
	return evert_dns_param_u16_add(out, key, lexer, word);
}

static int by_number(const void *a, const void *b)
{
	return dns_u16(a) - dns_u16(b);
}

int evert_dns_param_keys_parse(struct dns_lexer *lexer,
			       const struct dns_word *word, const char *text,
			       size_t length, struct dns_bytes *out)
{
	size_t begin = out->length;
	int err = parse_list(lexer, word, text, length, out, key_parse);

	if (!err)
		qsort(out->bytes + begin, (out->length - begin) / 2, 2,
		      by_number);
	return err;
}
