/* SPDX-License-Identifier: MIT */
/* The data of a record as a whole: its fields, one after the other. */
#include "field_internal.h"

#include <errno.h>

bool evert_dns_data_is_well_formed(const struct dns_type *type,
				   const uint8_t *data, size_t length)
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

void evert_dns_data_print(struct dns_text *out, const struct dns_type *type,
			  const uint8_t *data, size_t length)
{
	size_t size;

	/* Nothing would be nothing to read again. */
	if (!length || !evert_dns_data_is_well_formed(type, data, length)) {
		evert_dns_unknown_print(out, data, length);
		return;
	}
	for (const uint8_t *field = type->fields; *field; field++) {
		size = dns_field_length(*field, data, length);
		if (field != type->fields &&
		    (size || evert_dns_kinds[*field].is_text))
			evert_dns_text_char(out, ' ');
		evert_dns_kinds[*field].print(out, data, size);
		data += size;
		length -= size;
	}
}

/* Behind the \#: how many bytes, and these. */
static int parse_unknown(struct dns_lexer *lexer, struct dns_bytes *out)
{
	struct dns_word count;
	size_t begin = out->length;
	uint32_t number;
	int err = evert_dns_lexer_want(lexer, &count);

	if (err)
		return err;
	if (!evert_dns_word_number(&count, UINT16_MAX, &number))
		return evert_dns_lexer_fail(lexer, &count, 0,
					    "no number of bytes");
	err = evert_dns_hex_parse(NULL, lexer, out);
	if (!err && out->length - begin != number)
		err = evert_dns_lexer_fail(lexer, &count, 0,
					   "not that many bytes follow");
	return err;
}

static int parse_fields(const struct dns_type *type, struct dns_lexer *lexer,
			struct dns_bytes *out)
{
	const struct dns_kind *kind;
	struct dns_word word;
	int err = 0;

	for (const uint8_t *field = type->fields; !err && *field; field++) {
		kind = &evert_dns_kinds[*field];
		if (!kind->parse) {
			err = evert_dns_lexer_want(lexer, &word);
			return err ? err
				   : evert_dns_lexer_fail(
					     lexer, &word, 0,
					     "data of this type is written as "
					     "\\# LENGTH HEX");
		}
		err = kind->parse(kind, lexer, out);
	}
	return err;
}

int evert_dns_data_parse(const struct dns_type *type, struct dns_lexer *lexer,
			 struct dns_bytes *out)
{
	const struct dns_lexer before = *lexer;
	const size_t begin = out->length;
	struct dns_word word;
	int err = evert_dns_lexer_want(lexer, &word);

	if (err)
		return err;
	if (evert_dns_word_is(&word, "\\#")) {
		err = parse_unknown(lexer, out);
	} else {
		*lexer = before;
		err = parse_fields(type, lexer, out);
	}
	if (!err)
		err = evert_dns_lexer_end(lexer);
	if (!err && !evert_dns_data_is_well_formed(type, out->bytes + begin,
						   out->length - begin))
		err = evert_dns_lexer_fail(lexer, &word, 0,
					   "data not as its type has it");
	return err;
}
