/* SPDX-License-Identifier: MIT */
#ifndef EVERT_REACTOR_DNS_NAME_INTERNAL_H
#define EVERT_REACTOR_DNS_NAME_INTERNAL_H

#include "name.h"
#include "text_internal.h"

/* A pointer's two highest bits (RFC 1035, 4.1.4); all others of its sixteen
   say where it points. */
#define DNS_POINTER 0xc0

void evert_dns_name_print(struct dns_text *out, const uint8_t *name);

/*
 * The byte that begins text[*at], an escape (\X, \DDD) or a character as
 * itself, and moves *at behind it. -EINVAL: the escape is none.
 */
int evert_dns_unescape(const char *text, size_t length, size_t *at);

/* evert_dns_name_hash, for who knows the length. */
uint32_t evert_dns_name_hash_of(const uint8_t *name, size_t length,
				uint32_t seed);

/* As evert_dns_name_parse, of text that no zero byte ends. */
int evert_dns_name_parse_span(uint8_t *name, const char *text, size_t length,
			      const uint8_t *origin,
			      struct evert_dns_problem *problem);

#endif
