/* SPDX-License-Identifier: MIT */
/*
 * Domain names as values (RFC 1035, 3.1).
 *
 * A name is a pointer to its bytes as they stand in a message, written in
 * full: labels, each behind its length, and a zero byte at the end. So it
 * knows its own length, at most 255 bytes, and a name inside a record's data
 * is one, too. All functions that take a name take a valid one: what
 * evert_dns_name_parse and evert_dns_name_read made is. Letters A to Z are
 * equal to a to z everywhere, and are kept as they came.
 *
 * Any thread; nothing here allocates.
 */
#ifndef EVERT_REACTOR_DNS_NAME_H
#define EVERT_REACTOR_DNS_NAME_H

#include "../../deferred/base/base.h"

EVERT_BEGIN

/* Room for every name, and for every name's text with its zero byte. */
#define EVERT_DNS_NAME_SIZE 255
#define EVERT_DNS_NAME_TEXT_SIZE 1005

/* What is wrong with bytes that were read, and with which. */
struct evert_dns_problem {
	const char *text; /* static; NULL: nothing */
	size_t at;	  /* the byte, counted from 0 */
};

/*
 * Reads a name from text as in a zone file (RFC 1035, 5.1): labels between
 * dots, \DDD a byte, \X the character X. Without a dot at its end it goes on
 * with `origin`, a name; NULL stands for the root. 0; -EINVAL: the text is
 * empty, has an empty label or a wrong escape; -ENAMETOOLONG: a label of more
 * than 63 bytes, or more than 255 together.
 */
int evert_dns_name_parse(uint8_t name[EVERT_DNS_NAME_SIZE], const char *text,
			 const uint8_t *origin);

/*
 * Writes a name as text of a zone file, with a dot at its end:
 * "www.example.org.", ".". Cuts it to `size` bytes, the zero byte included.
 * Returns `text`.
 */
const char *evert_dns_name_text(const uint8_t *name, char *text, size_t size);

/*
 * Reads the name at byte *at of a message, compressed or not (4.1.4), and
 * moves *at behind it. A pointer may only point back, before all that was
 * read of this name; so none loops. 0, or -EBADMSG with the problem.
 */
int evert_dns_name_read(uint8_t name[EVERT_DNS_NAME_SIZE],
			const uint8_t *message, size_t length, size_t *at,
			struct evert_dns_problem *problem);

/* How many bytes a name has, the zero byte included: 1 to 255. */
size_t evert_dns_name_length(const uint8_t *name);

/* How many labels a name has, the root's not counted: 0 to 127. */
unsigned int evert_dns_name_labels(const uint8_t *name);

/* The name without its first label; the root's is the root. */
const uint8_t *evert_dns_name_parent(const uint8_t *name);

/* Are two names equal? */
bool evert_dns_name_is_equal(const uint8_t *a, const uint8_t *b);

/* Is a name equal to `zone`, or does it end with it? All are below the root. */
bool evert_dns_name_is_below(const uint8_t *name, const uint8_t *zone);

/*
 * Compares names in the canonical order (RFC 4034, 6.1): a zone before what is
 * below it, labels compared from the right. Below 0, 0, or above 0.
 */
int evert_dns_name_compare(const uint8_t *a, const uint8_t *b);

/* A hash, equal for equal names. Take a `seed` that peers can't guess where
   they choose the names. */
uint32_t evert_dns_name_hash(const uint8_t *name, uint32_t seed);

/* Makes a name's letters small, in place. */
void evert_dns_name_fold(uint8_t *name);

EVERT_END

#endif
