/* SPDX-License-Identifier: MIT */
/* Making a set of records: count what it will hold, then copy it. */
#ifndef EVERT_REACTOR_DNS_RECORDS_INTERNAL_H
#define EVERT_REACTOR_DNS_RECORDS_INTERNAL_H

#include <stdatomic.h>

#include "record.h"

/* One block: this, the records, then the names and data they point to. */
struct dns_record_set {
	atomic_uint users; /* of any thread */
	size_t size;	   /* of the block */
	struct evert_dns_records records;
	uint8_t *next; /* where the next record's bytes go */
	struct evert_dns_record record[];
};

/* One more has them, and destroys them. */
struct evert_dns_records *
evert_dns_records_use(struct evert_dns_records *records);

/* The bytes that a record points to. */
size_t evert_dns_record_size(const struct evert_dns_record *record);

/* Room for so many records, of so many bytes together. NULL, errno ENOMEM. */
struct dns_record_set *evert_dns_record_set_create(size_t count, size_t size);

/* Copies a record, of those that were counted. */
void evert_dns_record_set_add(struct dns_record_set *set,
			      const struct evert_dns_record *record);

#endif
