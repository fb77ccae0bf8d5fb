/* SPDX-License-Identifier: MIT */
/*
 * Zone files (RFC 1035, 5; RFC 2308, 4): records as text, one by one.
 *
 *	zone = evert_dns_zone_create("example.zone", bytes, length,
 *				     "example.org.");
 *	while ((found = evert_dns_zone_next(zone, &record)) > 0)
 *		keep(&record);
 *	if (found < 0)
 *		fprintf(stderr, "%s\n", evert_dns_zone_problem(zone));
 *	evert_dns_zone_destroy(zone);
 *
 * $ORIGIN, $TTL, parentheses, quotes, comments, relative names, @, an owner
 * left out, TTL and class in either order or left out, times in units (1h30m),
 * data as \# LENGTH HEX (RFC 3597). $INCLUDE and $GENERATE are refused: what
 * is read is only what was given. All records of a file are of one class, IN
 * where none is said. A record without TTL has that of $TTL; without $TTL,
 * the last that was said; before all, a SOA has its minimum, and what follows
 * it has that, too. Types that are only asked for, or are made for a message
 * (OPT), are refused.
 *
 * Any thread, one at a time.
 */
#ifndef EVERT_REACTOR_DNS_ZONE_H
#define EVERT_REACTOR_DNS_ZONE_H

#include "message.h"
#include "record.h"

EVERT_BEGIN

struct evert_dns_zone;

/*
 * A reader of the file's bytes, which are borrowed. `file` is what errors call
 * it, and is copied. `origin` is the first $ORIGIN, as text; NULL: the root.
 * The caller owns it. NULL, errno ENOMEM, or EINVAL, ENAMETOOLONG (origin).
 */
struct evert_dns_zone *evert_dns_zone_create(const char *file,
					     const void *bytes, size_t length,
					     const char *origin) EVERT_MUST_USE;

/*
 * The next record: 1; it points into the reader, and holds until the next
 * call. 0: the end. -EBADMSG: an error, see evert_dns_zone_problem; the next
 * call goes on behind the line that is wrong.
 */
int evert_dns_zone_next(struct evert_dns_zone *zone,
			struct evert_dns_record *record) EVERT_MUST_USE;

/*
 * All records of the file, from its beginning, as one set, which the caller
 * owns (record.h); the reader is at the end then. NULL, errno ENOMEM, or
 * EBADMSG: see evert_dns_zone_problem.
 */
struct evert_dns_records *
evert_dns_zone_records(struct evert_dns_zone *zone) EVERT_MUST_USE;

/* The last error, "example.zone:3:17: a label has more than 63 bytes": file,
   line and column from 1 on. Holds until the next call. "" before any. */
const char *evert_dns_zone_problem(const struct evert_dns_zone *zone);

/* Frees a reader. NULL does nothing. */
void evert_dns_zone_destroy(struct evert_dns_zone *zone);

EVERT_END

#endif
