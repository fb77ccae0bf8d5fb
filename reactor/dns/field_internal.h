/* SPDX-License-Identifier: MIT */
/* What can be done with a field of a record's data, by its kind. */
#ifndef EVERT_REACTOR_DNS_FIELD_INTERNAL_H
#define EVERT_REACTOR_DNS_FIELD_INTERNAL_H

#include "lexer_internal.h"
#include "text_internal.h"
#include "type_internal.h"

#define DNS_MALFORMED SIZE_MAX

struct dns_kind {
	/* How long every such field is; 0: as `measure` says. */
	uint8_t size;
	bool is_name;
	bool is_loose; /* a name that may come compressed */
	bool is_short; /* a name that is written compressed */
	bool is_text;  /* even of no bytes: "" */
	/* Of the `left` bytes that begin with such a field, how many are its;
	   or DNS_MALFORMED. Names are in full. */
	size_t (*measure)(const uint8_t *data, size_t left);
	/* Writes a well-formed field as text. */
	void (*print)(struct dns_text *out, const uint8_t *data, size_t length);
	/* Reads the field from words, and adds it. 0, or -EBADMSG, with the
	   problem in the lexer. NULL: it has no text of its own. */
	int (*parse)(const struct dns_kind *kind, struct dns_lexer *lexer,
		     struct dns_bytes *out);
};

/* By enum dns_field. */
extern const struct dns_kind evert_dns_kinds[DNS_FIELDS];

/* The length of the field that begins there; or DNS_MALFORMED. */
static inline size_t dns_field_length(enum dns_field field, const uint8_t *data,
				      size_t left)
{
	const struct dns_kind *kind = &evert_dns_kinds[field];

	if (!kind->size)
		return kind->measure(data, left);
	return kind->size <= left ? kind->size : DNS_MALFORMED;
}

/* Is the data, names in full, as the type has it? */
bool evert_dns_data_is_well_formed(const struct dns_type *type,
				   const uint8_t *data, size_t length);

static inline uint16_t dns_u16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t dns_u32(const uint8_t *data)
{
	return (uint32_t)dns_u16(data) << 16 | dns_u16(data + 2);
}

/* Writes it as text; if it is not so, as \# LENGTH HEX. */
void evert_dns_data_print(struct dns_text *out, const struct dns_type *type,
			  const uint8_t *data, size_t length);

/*
 * The data of a record of that type from the words that are left: each field
 * as it is written, or all as \# LENGTH HEX (RFC 3597, 5). Well-formed, if it
 * returns 0; else -EBADMSG, with the problem in the lexer.
 */
int evert_dns_data_parse(const struct dns_type *type, struct dns_lexer *lexer,
			 struct dns_bytes *out);

/* The kinds' own, by file. */

/* field_parse.c */
int evert_dns_number_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);
int evert_dns_period_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);
int evert_dns_time_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out);
int evert_dns_type_parse_field(const struct dns_kind *kind,
			       struct dns_lexer *lexer, struct dns_bytes *out);
int evert_dns_address_parse(const struct dns_kind *kind,
			    struct dns_lexer *lexer, struct dns_bytes *out);
int evert_dns_name_parse_field(const struct dns_kind *kind,
			       struct dns_lexer *lexer, struct dns_bytes *out);
/* The word as a decimal number of at most `max`. */
bool evert_dns_word_number(const struct dns_word *word, uint32_t max,
			   uint32_t *number);
/* The word as a name. 0, or -EBADMSG. */
int evert_dns_word_name(struct dns_lexer *lexer, const struct dns_word *word,
			uint8_t *name);
/* As inet_pton, of text that no zero byte ends. */
bool evert_dns_address_read(int family, const char *text, size_t length,
			    uint8_t address[16]);

/* field_string.c */
size_t evert_dns_string_measure(const uint8_t *data, size_t left);
void evert_dns_string_print(struct dns_text *out, const uint8_t *data,
			    size_t length);
size_t evert_dns_strings_measure(const uint8_t *data, size_t left);
void evert_dns_strings_print(struct dns_text *out, const uint8_t *data,
			     size_t length);
size_t evert_dns_tag_measure(const uint8_t *data, size_t left);
void evert_dns_tag_print(struct dns_text *out, const uint8_t *data,
			 size_t length);
void evert_dns_value_print(struct dns_text *out, const uint8_t *data,
			   size_t length);
int evert_dns_string_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);
int evert_dns_strings_parse(const struct dns_kind *kind,
			    struct dns_lexer *lexer, struct dns_bytes *out);
int evert_dns_value_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			  struct dns_bytes *out);
/* The text, its escapes resolved, which stands somewhere in the word. */
int evert_dns_text_parse(struct dns_lexer *lexer, const struct dns_word *word,
			 const char *text, size_t length,
			 struct dns_bytes *out);

/* field_encoded.c */
size_t evert_dns_hash_measure(const uint8_t *data, size_t left);
void evert_dns_base64_print(struct dns_text *out, const uint8_t *data,
			    size_t length);
void evert_dns_hex_print(struct dns_text *out, const uint8_t *data,
			 size_t length);
void evert_dns_salt_print(struct dns_text *out, const uint8_t *data,
			  size_t length);
void evert_dns_hash_print(struct dns_text *out, const uint8_t *data,
			  size_t length);
void evert_dns_unknown_print(struct dns_text *out, const uint8_t *data,
			     size_t length);
/* Base64 in one piece. */
void evert_dns_base64_print_whole(struct dns_text *out, const uint8_t *data,
				  size_t length);

/* field_decode.c */
int evert_dns_base64_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);
int evert_dns_hex_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			struct dns_bytes *out);
int evert_dns_salt_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out);
int evert_dns_hash_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			 struct dns_bytes *out);
/* Digits that stand somewhere in the word. */
int evert_dns_base64_read(struct dns_lexer *lexer, const struct dns_word *word,
			  const char *text, size_t length,
			  struct dns_bytes *out);

/* field_type.c */
void evert_dns_type_print(struct dns_text *out, const uint8_t *data,
			  size_t length);
size_t evert_dns_bitmap_measure(const uint8_t *data, size_t left);
void evert_dns_bitmap_print(struct dns_text *out, const uint8_t *data,
			    size_t length);
int evert_dns_bitmap_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);

/* field_params.c */
size_t evert_dns_params_measure(const uint8_t *data, size_t left);
void evert_dns_params_print(struct dns_text *out, const uint8_t *data,
			    size_t length);
int evert_dns_params_parse(const struct dns_kind *kind, struct dns_lexer *lexer,
			   struct dns_bytes *out);

#endif
