/* SPDX-License-Identifier: MIT */
/* The keys of SVCB's parameters, and the forms of their values. */
#ifndef EVERT_REACTOR_DNS_PARAM_INTERNAL_H
#define EVERT_REACTOR_DNS_PARAM_INTERNAL_H

#include "field_internal.h"

/* Adds the value that the text, some of the word, says. 0, or -EBADMSG. */
typedef int dns_param_parser(struct dns_lexer *lexer,
			     const struct dns_word *word, const char *text,
			     size_t length, struct dns_bytes *out);

struct dns_param_form {
	bool (*is_well_formed)(const uint8_t *value, size_t length);
	/* NULL, and so the next: nothing behind the key. */
	void (*print)(struct dns_text *out, const uint8_t *value,
		      size_t length);
	dns_param_parser *parse;
};

/* ---- param_value.c ---- */

/* Of keys that have no name. */
extern const struct dns_param_form evert_dns_param_any;

/* Never NULL. */
const struct dns_param_form *evert_dns_param_form_of(uint16_t key);

void evert_dns_param_key_print(struct dns_text *out, uint16_t key);

/* False: the text is none. */
bool evert_dns_param_key_read(const char *text, size_t length, uint16_t *key);

/* How a value is written behind the text of a key, which was read: behind
   "keyN" as its bytes, though the key may have a name (RFC 9460, 2.1). */
const struct dns_param_form *
evert_dns_param_form_behind(const char *text, size_t length, uint16_t key);

/* ---- param_parse.c ---- */

dns_param_parser evert_dns_param_keys_parse, evert_dns_param_alpn_parse,
	evert_dns_param_port_parse, evert_dns_param_base64_parse,
	evert_dns_param_ip4s_parse, evert_dns_param_ip6s_parse;

int evert_dns_param_u16_add(struct dns_bytes *out, uint32_t number,
			    struct dns_lexer *lexer,
			    const struct dns_word *word);

/* -EBADMSG: `text`, some of the word, is wrong. */
static inline int dns_param_wrong(struct dns_lexer *lexer,
				  const struct dns_word *word,
				  const char *text, const char *problem)
{
	return evert_dns_lexer_fail(lexer, word, (size_t)(text - word->text),
				    problem);
}

#endif
