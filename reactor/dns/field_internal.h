/* SPDX-License-Identifier: MIT */
/* What can be done with a field of a record's data, by its kind. */
#ifndef EVERT_REACTOR_DNS_FIELD_INTERNAL_H
#define EVERT_REACTOR_DNS_FIELD_INTERNAL_H

#include "text_internal.h"
#include "type_internal.h"

#define DNS_MALFORMED SIZE_MAX

struct dns_kind {
	/* How long every such field is; 0: as `measure` says. */
	uint8_t size;
	bool is_name;
	bool is_loose; /* a name that may come compressed */
	bool is_short; /* a name that is written compressed */
	/* Of the `left` bytes that begin with such a field, how many are its;
	   or DNS_MALFORMED. Names are in full. */
	size_t (*measure)(const uint8_t *data, size_t left);
	/* Writes a well-formed field as text. */
	void (*print)(struct dns_text *out, const uint8_t *data,
		      size_t length);
};

/* By enum dns_field. */
extern const struct dns_kind dns_kinds[DNS_FIELDS];

/* The length of the field that begins there; or DNS_MALFORMED. */
static inline size_t dns_field_length(enum dns_field field,
				      const uint8_t *data, size_t left)
{
	const struct dns_kind *kind = &dns_kinds[field];

	if (!kind->size)
		return kind->measure(data, left);
	return kind->size <= left ? kind->size : DNS_MALFORMED;
}

/* Is the data, names in full, as the type has it? */
bool dns_data_is_well_formed(const struct dns_type *type, const uint8_t *data,
			     size_t length);

static inline uint16_t dns_u16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t dns_u32(const uint8_t *data)
{
	return (uint32_t)dns_u16(data) << 16 | dns_u16(data + 2);
}

/* The kinds' own, by file. */

/* field_string.c */
size_t dns_string_measure(const uint8_t *data, size_t left);
void dns_string_print(struct dns_text *out, const uint8_t *data,
		      size_t length);
size_t dns_strings_measure(const uint8_t *data, size_t left);
void dns_strings_print(struct dns_text *out, const uint8_t *data,
		       size_t length);
size_t dns_tag_measure(const uint8_t *data, size_t left);
void dns_tag_print(struct dns_text *out, const uint8_t *data, size_t length);
void dns_value_print(struct dns_text *out, const uint8_t *data, size_t length);

/* field_encoded.c */
size_t dns_hash_measure(const uint8_t *data, size_t left);
void dns_base64_print(struct dns_text *out, const uint8_t *data,
		      size_t length);
void dns_hex_print(struct dns_text *out, const uint8_t *data, size_t length);
void dns_salt_print(struct dns_text *out, const uint8_t *data, size_t length);
void dns_hash_print(struct dns_text *out, const uint8_t *data, size_t length);
void dns_unknown_print(struct dns_text *out, const uint8_t *data,
		       size_t length);
/* Base64 in one piece. */
void dns_base64_print_whole(struct dns_text *out, const uint8_t *data,
			    size_t length);

/* field_type.c */
void dns_type_print(struct dns_text *out, const uint8_t *data, size_t length);
size_t dns_bitmap_measure(const uint8_t *data, size_t left);
void dns_bitmap_print(struct dns_text *out, const uint8_t *data,
		      size_t length);

/* field_params.c */
size_t dns_params_measure(const uint8_t *data, size_t left);
void dns_params_print(struct dns_text *out, const uint8_t *data,
		      size_t length);

#endif
