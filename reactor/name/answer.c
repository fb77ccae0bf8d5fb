/* SPDX-License-Identifier: MIT */
#include "answer_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

static const int64_t SECOND = 1000000000;

struct evert_answer *evert_answer_create(const uint8_t *name, uint16_t type)
{
	size_t length = evert_dns_name_length(name);
	struct evert_answer *answer = evert_allocate(sizeof(*answer) + length);

	if (!answer)
		return NULL;
	*answer = (struct evert_answer){ .users = 1, .type = type };
	evert_list_init(&answer->node);
	memcpy(answer->name, name, length);
	return answer;
}

void evert_answer_release(struct evert_answer *answer)
{
	if (!answer || --answer->users)
		return;
	evert_dns_records_destroy(answer->records);
	evert_free(answer);
}

/* The block is ours, its parts are constant for who gets it. */
static void adapt(const struct evert_dns_record *record, const uint8_t *name,
		  size_t length, uint32_t age)
{
	struct evert_dns_record *ours = (struct evert_dns_record *)record;

	ours->ttl = record->ttl > age ? record->ttl - age : 0;
	if (memcmp(record->name, name, length) != 0 &&
	    evert_dns_name_is_equal(record->name, name))
		memcpy((uint8_t *)record->name, name, length);
}

struct evert_dns_records *evert_answer_copy(const struct evert_answer *answer,
					    const uint8_t *name, int64_t now)
{
	struct evert_dns_records *copy = evert_dns_records_copy(
		answer->records->record, answer->records->count);
	uint32_t age = (uint32_t)((now - answer->made) / SECOND);
	size_t length = evert_dns_name_length(name), i;

	for (i = 0; copy && i < copy->count; i++)
		adapt(&copy->record[i], name, length, age);
	return copy;
}
