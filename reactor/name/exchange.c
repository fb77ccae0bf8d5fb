/* SPDX-License-Identifier: MIT */
#include "exchange_internal.h"

#include "random_internal.h"

static size_t bucket_of(uint16_t id)
{
	return id % EVERT_EXCHANGE_BUCKETS;
}

struct evert_exchange *evert_exchanges_find(
	const struct evert_exchanges *exchanges, uint16_t id)
{
	struct evert_exchange *exchange = exchanges->buckets[bucket_of(id)];

	while (exchange && exchange->id != id)
		exchange = exchange->next;
	return exchange;
}

struct evert_exchange *
evert_exchanges_any(const struct evert_exchanges *exchanges)
{
	size_t i;

	for (i = 0; exchanges->count && i < EVERT_EXCHANGE_BUCKETS; i++)
		if (exchanges->buckets[i])
			return exchanges->buckets[i];
	return NULL;
}

/* A channel takes no more than half of the ids: see
   evert_name_server_ask. */
void evert_exchanges_add(struct evert_exchanges *exchanges,
			 struct evert_exchange *exchange,
			 struct evert_random *random)
{
	struct evert_exchange **bucket;
	uint16_t id;

	do
		id = evert_random_take(random);
	while (evert_exchanges_find(exchanges, id));
	bucket = &exchanges->buckets[bucket_of(id)];
	exchange->id = id;
	exchange->message[0] = (uint8_t)(id >> 8);
	exchange->message[1] = (uint8_t)id;
	exchange->next = *bucket;
	*bucket = exchange;
	exchanges->count++;
}

void evert_exchanges_remove(struct evert_exchanges *exchanges,
			    struct evert_exchange *exchange)
{
	struct evert_exchange **at =
		&exchanges->buckets[bucket_of(exchange->id)];

	while (*at != exchange)
		at = &(*at)->next;
	*at = exchange->next;
	exchanges->count--;
}
