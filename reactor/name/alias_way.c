/* SPDX-License-Identifier: MIT */
#include "alias_way_internal.h"

#include <errno.h>
#include <string.h>

#include "../../deferred/base/memory.h"

void evert_alias_way_init(struct evert_alias_way *way, const uint8_t *name,
			  uint16_t type)
{
	way->type = type;
	way->set_count = 0;
	way->ttl = UINT32_MAX;
	way->end = name;
}

void evert_alias_way_finish(struct evert_alias_way *way)
{
	size_t i;

	for (i = 0; i < way->set_count; i++)
		evert_dns_records_destroy(way->sets[i]);
	way->set_count = 0;
}

static void add_set(struct evert_alias_way *way, struct evert_dns_records *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->record[i].ttl < way->ttl)
			way->ttl = set->record[i].ttl;
	way->sets[way->set_count++] = set;
}

/* Takes the records of that type at the end of the way: 1; 0: there are none;
   or -ENOMEM. */
static int take_set(struct evert_alias_way *way,
		    const struct evert_dns_message *message, uint16_t type)
{
	struct evert_dns_records *set = evert_dns_records_select(
		message, EVERT_DNS_ANSWER, way->end, type);

	if (!set)
		return -ENOMEM;
	if (!set->count) {
		evert_dns_records_destroy(set);
		return 0;
	}
	add_set(way, set);
	return 1;
}

static void follow(struct evert_alias_way *way)
{
	const struct evert_dns_records *set = way->sets[way->set_count - 1];

	way->end = set->record[0].data;
}

int evert_alias_way_go(struct evert_alias_way *way,
		       const struct evert_dns_message *message)
{
	int found;

	for (;;) {
		found = take_set(way, message, way->type);
		if (found)
			return found;
		if (way->set_count == EVERT_ALIASES)
			return -ELOOP;
		found = take_set(way, message, EVERT_DNS_CNAME);
		if (found <= 0)
			return found;
		follow(way);
	}
}

/* The only one is taken as it is. */
struct evert_dns_records *evert_alias_way_join(struct evert_alias_way *way)
{
	struct evert_dns_record *all;
	struct evert_dns_records *joined;
	size_t count = 0, i;

	if (way->set_count == 1) {
		way->set_count = 0;
		return way->sets[0];
	}
	for (i = 0; i < way->set_count; i++)
		count += way->sets[i]->count;
	all = evert_allocate(count * sizeof(*all));
	if (!all)
		return NULL;
	for (count = i = 0; i < way->set_count; i++) {
		memcpy(all + count, way->sets[i]->record,
		       way->sets[i]->count * sizeof(*all));
		count += way->sets[i]->count;
	}
	joined = evert_dns_records_copy(all, count);
	evert_free(all);
	return joined;
}
