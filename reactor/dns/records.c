/* SPDX-License-Identifier: MIT */
/* Sets of records: the records, then the names and data they point to. */
#include "record.h"

#include "../../deferred/base/memory.h"

#include <string.h>

struct set {
	struct evert_dns_records records;
	struct evert_dns_record record[];
};

/* The bytes that a record points to, with its name. */
static size_t size_of(const struct evert_dns_record *record)
{
	return evert_dns_name_length(record->name) + record->length;
}

static struct set *set_create(size_t count, size_t bytes)
{
	struct set *set = evert_allocate(
		sizeof(*set) + count * sizeof(set->record[0]) + bytes);

	if (set) {
		set->records.count = 0;
		set->records.record = set->record;
	}
	return set;
}

/* Copies the next record's bytes to `bytes`. Returns what is behind them. */
static uint8_t *set_add(struct set *set, const struct evert_dns_record *record,
			uint8_t *bytes)
{
	struct evert_dns_record *copy = &set->record[set->records.count++];
	size_t length = evert_dns_name_length(record->name);

	*copy = *record;
	copy->name = memcpy(bytes, record->name, length);
	copy->data = bytes + length;
	if (record->length)
		memcpy(bytes + length, record->data, record->length);
	return bytes + length + record->length;
}

struct evert_dns_records *
evert_dns_records_copy(const struct evert_dns_record *records, size_t count)
{
	struct set *set;
	uint8_t *bytes;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += size_of(&records[i]);
	set = set_create(count, size);
	if (!set)
		return NULL;
	bytes = (uint8_t *)&set->record[count];
	for (size_t i = 0; i < count; i++)
		bytes = set_add(set, &records[i], bytes);
	return &set->records;
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
	struct set *set;
	uint8_t *bytes;
	size_t count = 0;
	size_t size = 0;

	evert_dns_cursor_start(&cursor, message, section);
	for (; next(&cursor, name, type, &record); count++)
		size += size_of(&record);
	set = set_create(count, size);
	if (!set)
		return NULL;
	bytes = (uint8_t *)&set->record[count];
	evert_dns_cursor_start(&cursor, message, section);
	while (next(&cursor, name, type, &record))
		bytes = set_add(set, &record, bytes);
	return &set->records;
}

void evert_dns_records_destroy(struct evert_dns_records *records)
{
	if (records)
		evert_free(evert_container_of(records, struct set, records));
}
