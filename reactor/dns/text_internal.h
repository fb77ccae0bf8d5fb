/* SPDX-License-Identifier: MIT */
/* Text written into given room, cut where it ends, counted in full. */
#ifndef EVERT_REACTOR_DNS_TEXT_INTERNAL_H
#define EVERT_REACTOR_DNS_TEXT_INTERNAL_H

#include "../../deferred/base/base.h"

struct dns_text {
	char *text;
	size_t size;
	size_t length; /* of all that was written, what was cut included */
	size_t width;  /* the column, tabs being of eight */
};

void evert_dns_text_start(struct dns_text *out, char *text, size_t size);
void evert_dns_text_char(struct dns_text *out, char c);
void evert_dns_text_string(struct dns_text *out, const char *string);
void evert_dns_text_number(struct dns_text *out, uint32_t number);

/* A byte of a name or a string: as itself, \X or \DDD. `special` are the
   characters that take a backslash. */
void evert_dns_text_byte(struct dns_text *out, uint8_t byte,
			 const char *special);

/* Tabs and spaces up to that column, or to the next one if it is passed. */
void evert_dns_text_column(struct dns_text *out, size_t column);

/* Ends it with a zero byte. Returns its length in full. */
size_t evert_dns_text_end(struct dns_text *out);

#endif
