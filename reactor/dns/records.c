/* SPDX-License-Identifier: MIT */
#include "records_internal.h"

#include "../../deferred/base/spares_internal.h"

#include <string.h>

size_t evert_dns_record_size(const struct evert_dns_record *record)
{
	return evert_dns_name_length(record->name) + record->length;
}

struct dns_record_set *evert_dns_record_set_create(size_t count, size_t size)
{
	struct dns_record_set *set;

	size += sizeof(*set) + count * sizeof(set->record[0]);
	set = evert_block_take(size);
	if (!set)
		return NULL;
	set->size = size;
	atomic_init(&set->users, 1);
	set->records.count = 0;
	set->records.record = set->record;
	set->next = (uint8_t *)&set->record[count];
	return set;
}

static const uint8_t *keep(struct dns_record_set *set, const uint8_t *bytes,
			   size_t length)
{
	const uint8_t *kept = set->next;

	if (length)
		memcpy(set->next, bytes, length);
	set->next += length;
	return kept;
}

void evert_dns_record_set_add(struct dns_record_set *set,
			      const struct evert_dns_record *record)
{
	struct evert_dns_record *copy = &set->record[set->records.count++];

	*copy = *record;
	copy->name =
		keep(set, record->name, evert_dns_name_length(record->name));
	copy->data = keep(set, record->data, record->length);
}

struct evert_dns_records *
evert_dns_records_copy(const struct evert_dns_record *records, size_t count)
{
	struct dns_record_set *set;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += evert_dns_record_size(&records[i]);
	set = evert_dns_record_set_create(count, size);
	for (size_t i = 0; set && i < count; i++)
		evert_dns_record_set_add(set, &records[i]);
	return set ? &set->records : NULL;
}

/* The next that is asked for. */
static bool next(struct evert_dns_cursor *cursor, const uint8_t *name,
		 uint16_t type, struct evert_dns_record *record)
{
	while (evert_dns_cursor_next(cursor, record))
		if (record->dns_class == EVERT_DNS_CLASS_IN &&
		    (type == EVERT_DNS_ANY || record->type == type) &&
		    (!name || evert_dns_name_is_equal(record->name, name)))
			return true;
	return false;
}

struct evert_dns_records *
evert_dns_records_select(const struct evert_dns_message *message,
			 enum evert_dns_section section, const uint8_t *name,
			 uint16_t type)
{
	struct evert_dns_cursor cursor;
	struct evert_dns_record record;
	struct dns_record_set *set;
	size_t count = 0;
	size_t size = 0;

	evert_dns_cursor_start(&cursor, message, section);
	if (message->counts[section] == 1) {
		count = next(&cursor, name, type, &record);
		return evert_dns_records_copy(&record, count);
	}
	for (; next(&cursor, name, type, &record); count++)
		size += evert_dns_record_size(&record);
	set = evert_dns_record_set_create(count, size);
	if (!set)
		return NULL;
	evert_dns_cursor_start(&cursor, message, section);
	while (next(&cursor, name, type, &record))
		evert_dns_record_set_add(set, &record);
	return &set->records;
}

struct evert_dns_records *
evert_dns_records_use(struct evert_dns_records *records)
{
	struct dns_record_set *set =
		evert_container_of(records, struct dns_record_set, records);

	atomic_fetch_add_explicit(&set->users, 1, memory_order_relaxed);
	return records;
}

/* The last one need not share it: nobody else can reach it. */
static bool was_last(struct dns_record_set *set)
{
	return atomic_load_explicit(&set->users, memory_order_acquire) == 1 ||
	       atomic_fetch_sub_explicit(&set->users, 1,
					 memory_order_acq_rel) == 1;
}

void evert_dns_records_destroy(struct evert_dns_records *records)
{
	struct dns_record_set *set;

	if (!records)
		return;
	set = evert_container_of(records, struct dns_record_set, records);
	if (was_last(set))
		evert_block_give(set, set->size);
}
