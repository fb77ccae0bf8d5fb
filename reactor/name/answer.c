/* SPDX-License-Identifier: MIT */
#include "answer_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/spares_internal.h"
#include "../dns/records_internal.h"

static const int64_t SECOND = 1000000000;

struct evert_answer *evert_answer_create(const struct evert_name_key *key,
					 const char *words)
{
	size_t behind = words ? strlen(words) + 1 : 0;
	size_t size = sizeof(struct evert_answer) + key->length + behind;
	struct evert_answer *answer = evert_block_take(size);

	if (!answer)
		return NULL;
	*answer = (struct evert_answer){
		.users = 1,
		.type = key->type,
		.size = (uint16_t)size,
		.hash = key->hash,
	};
	evert_list_init(&answer->node);
	memcpy(answer->name, key->name, key->length);
	if (words)
		answer->words = memcpy((char *)answer->name + key->length,
				       words, behind);
	return answer;
}

void evert_answer_release(struct evert_answer *answer)
{
	if (!answer || --answer->users)
		return;
	evert_dns_records_destroy(answer->records);
	evert_block_give(answer, answer->size);
}

/* Is it the same name, in other letters? */
static bool is_spelt_otherwise(const struct evert_dns_record *record,
			       const uint8_t *name, size_t length)
{
	return memcmp(record->name, name, length) != 0 &&
	       evert_dns_name_is_equal(record->name, name);
}

/* The block is ours, its parts are constant for who gets it. */
static void adapt(const struct evert_dns_record *record, const uint8_t *name,
		  size_t length, uint32_t age)
{
	struct evert_dns_record *ours = (struct evert_dns_record *)record;

	ours->ttl = record->ttl > age ? record->ttl - age : 0;
	if (is_spelt_otherwise(record, name, length))
		memcpy((uint8_t *)record->name, name, length);
}

static struct evert_dns_records *copy(const struct evert_dns_records *records,
				      const uint8_t *name, size_t length,
				      uint32_t age)
{
	struct evert_dns_records *made =
		evert_dns_records_copy(records->record, records->count);
	size_t i;

	for (i = 0; made && i < made->count; i++)
		adapt(&made->record[i], name, length, age);
	return made;
}

struct evert_dns_records *evert_answer_give(const struct evert_answer *answer,
					    const uint8_t *name, int64_t now)
{
	uint32_t age = (uint32_t)((now - answer->made) / SECOND);
	struct evert_dns_records *records = answer->records;
	size_t length = evert_dns_name_length(name), i;

	for (i = 0; i < records->count; i++)
		if (age || is_spelt_otherwise(&records->record[i], name,
					      length))
			return copy(records, name, length, age);
	return evert_dns_records_use(records);
}
