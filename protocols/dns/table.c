/* SPDX-License-Identifier: MIT */
/*
 * Names by their hash. A name that has none itself, but is above one that has
 * records, is there as well (RFC 4592, 2.2.2): so a "no" knows which it is.
 */
#include "table_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "../../deferred/base/memory.h"
#include "../../reactor/dns/type_internal.h"

enum {
	FIRST_BUCKETS = 64, /* a power of two */
};

struct evert_dns_table {
	struct dns_node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t node_count;
	size_t name_count; /* of nodes with records */
	size_t zones;
	uint64_t answers;
	uint32_t seed;
};

/* ---- Finding ---- */

static struct dns_node **bucket(const struct evert_dns_table *table,
				uint32_t hash)
{
	return &table->buckets[hash & (table->bucket_count - 1)];
}

static struct dns_node *look_up(const struct evert_dns_table *table,
				const uint8_t *name)
{
	uint32_t hash = evert_dns_name_hash(name, table->seed);
	struct dns_node *node;

	if (!table->bucket_count)
		return NULL;
	for (node = *bucket(table, hash); node; node = node->next)
		if (node->hash == hash &&
		    evert_dns_name_is_equal(node->name, name))
			return node;
	return NULL;
}

/* For want of memory, or refused, a record may leave a name without any. */
struct dns_node *dns_table_find(const struct evert_dns_table *table,
				const uint8_t *name)
{
	struct dns_node *node = look_up(table, name);

	return node && (node->sets || node->below) ? node : NULL;
}

const struct dns_rrset *dns_node_set(const struct dns_node *node, uint16_t type)
{
	const struct dns_rrset *set;

	for (set = node->sets; set && set->type != type; set = set->next) {
	}
	return set;
}

bool dns_table_has_zones(const struct evert_dns_table *table)
{
	return table->zones > 0;
}

void dns_table_begin_answer(struct evert_dns_table *table)
{
	table->answers++;
}

bool dns_table_give_once(const struct evert_dns_table *table,
			 const struct dns_rrset *set)
{
	bool is_first = set->given != table->answers;

	((struct dns_rrset *)set)->given = table->answers;
	return is_first;
}

size_t evert_dns_table_names(const struct evert_dns_table *table)
{
	return table->name_count;
}

/* ---- Growing ---- */

static void file_node(struct evert_dns_table *table, struct dns_node *node)
{
	struct dns_node **first = bucket(table, node->hash);

	node->next = *first;
	*first = node;
}

static int grow(struct evert_dns_table *table)
{
	size_t count = table->bucket_count ? 2 * table->bucket_count
					   : FIRST_BUCKETS;
	struct evert_dns_table larger = *table;
	struct dns_node *node, *next;
	size_t i;

	larger.buckets = evert_allocate(count * sizeof(struct dns_node *));
	if (!larger.buckets)
		return -ENOMEM;
	memset(larger.buckets, 0, count * sizeof(struct dns_node *));
	larger.bucket_count = count;
	for (i = 0; i < table->bucket_count; i++)
		for (node = table->buckets[i]; node; node = next) {
			next = node->next;
			file_node(&larger, node);
		}
	evert_free(table->buckets);
	*table = larger;
	return 0;
}

/* A node for a name, the names above it as well; NULL: no memory. */
static struct dns_node *have_node(struct evert_dns_table *table,
				  const uint8_t *name)
{
	struct dns_node *node = look_up(table, name);
	size_t length = evert_dns_name_length(name);

	if (node)
		return node;
	if (*name && !have_node(table, evert_dns_name_parent(name)))
		return NULL;
	if (table->node_count >= table->bucket_count && grow(table))
		return NULL;
	node = evert_allocate(sizeof(*node) + length);
	if (!node)
		return NULL;
	node->hash = evert_dns_name_hash(name, table->seed);
	node->below = 0;
	node->sets = NULL;
	memcpy(node->name, name, length);
	file_node(table, node);
	table->node_count++;
	return node;
}

/* ---- Records ---- */

static bool is_same(const struct evert_dns_record *a,
		    const struct evert_dns_record *b)
{
	return a->length == b->length && !memcmp(a->data, b->data, a->length);
}

static bool has(const struct dns_rrset *set,
		const struct evert_dns_record *record)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (is_same(&set->records[i], record))
			return true;
	return false;
}

/* May it stand beside what there is (RFC 1034, 3.6.2)? DNSSEC's may. */
static bool fits(const struct dns_node *node,
		 const struct evert_dns_record *record)
{
	const struct dns_rrset *set;
	bool is_alias = record->type == EVERT_DNS_CNAME;
	bool is_single = is_alias || record->type == EVERT_DNS_SOA ||
			 record->type == EVERT_DNS_DNAME;

	for (set = node->sets; set; set = set->next) {
		if (set->type == record->type) {
			if (is_single && !has(set, record))
				return false;
		} else if (set->type != EVERT_DNS_RRSIG &&
			   set->type != EVERT_DNS_NSEC &&
			   record->type != EVERT_DNS_RRSIG &&
			   record->type != EVERT_DNS_NSEC &&
			   (is_alias || set->type == EVERT_DNS_CNAME)) {
			return false;
		}
	}
	return true;
}

static struct dns_rrset *have_set(struct dns_node *node, uint16_t type)
{
	struct dns_rrset *set = (struct dns_rrset *)dns_node_set(node, type);

	if (set)
		return set;
	set = evert_allocate(sizeof(*set));
	if (!set)
		return NULL;
	*set = (struct dns_rrset){.next = node->sets, .type = type};
	node->sets = set;
	return set;
}

/* A copy of the data at the end of the set; its name is the node's. */
static int append(struct dns_rrset *set, const struct dns_node *node,
		  const struct evert_dns_record *record)
{
	size_t size = (set->count + 1) * sizeof(*record);
	uint8_t *data = evert_allocate(record->length ? record->length : 1U);
	struct evert_dns_record *records =
		data ? evert_reallocate(set->records, size) : NULL;

	if (!records) {
		evert_free(data);
		return -ENOMEM;
	}
	memcpy(data, record->data, record->length);
	set->records = records;
	records[set->count] = *record;
	records[set->count].name = node->name;
	records[set->count].data = data;
	set->count++;
	return 0;
}

static void set_ttl(struct dns_rrset *set, uint32_t ttl)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		set->records[i].ttl = ttl;
}

/* A set without records, which for want of memory got none. */
static void remove_if_empty(struct dns_node *node, struct dns_rrset *set)
{
	if (set->count)
		return;
	node->sets = set->next; /* it was put in front */
	evert_free(set);
}

static void count_name(struct evert_dns_table *table,
		       const struct dns_node *node)
{
	const uint8_t *name = node->name;

	table->name_count++;
	while (*name) {
		name = evert_dns_name_parent(name);
		look_up(table, name)->below++;
	}
}

int evert_dns_table_add(struct evert_dns_table *table,
			const struct evert_dns_record *record)
{
	struct dns_node *node;
	struct dns_rrset *set;
	bool is_new;
	int error = 0;

	if (record->dns_class != EVERT_DNS_CLASS_IN || !dns_type_is_data(record->type))
		return -EINVAL;
	node = have_node(table, record->name);
	if (!node)
		return -ENOMEM;
	if (!fits(node, record))
		return -EEXIST;
	is_new = !node->sets;
	set = have_set(node, record->type);
	if (!set)
		return -ENOMEM;
	if (!has(set, record))
		error = append(set, node, record);
	if (!error)
		set_ttl(set, record->ttl);
	remove_if_empty(node, set);
	if (!error && is_new)
		count_name(table, node);
	if (!error && record->type == EVERT_DNS_SOA)
		table->zones++;
	return error;
}

int evert_dns_table_add_address(struct evert_dns_table *table,
				const uint8_t *name, uint32_t ttl,
				const struct evert_address *address)
{
	struct evert_dns_record record = {
		.name = name,
		.ttl = ttl,
	};
	int error = evert_dns_record_set_address(&record, address);

	return error ? error : evert_dns_table_add(table, &record);
}

/* ---- The whole ---- */

struct evert_dns_table *evert_dns_table_create(void)
{
	struct evert_dns_table *table = evert_allocate(sizeof(*table));

	if (!table)
		return NULL;
	*table = (struct evert_dns_table){0};
	/* Who chooses names shall not choose buckets. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uint32_t)(uintptr_t)table;
	return table;
}

static void release_node(struct dns_node *node)
{
	struct dns_rrset *set, *next;
	size_t i;

	for (set = node->sets; set; set = next) {
		next = set->next;
		for (i = 0; i < set->count; i++)
			evert_free((void *)set->records[i].data);
		evert_free(set->records);
		evert_free(set);
	}
	evert_free(node);
}

void evert_dns_table_destroy(struct evert_dns_table *table)
{
	struct dns_node *node, *next;
	size_t i;

	if (!table)
		return;
	for (i = 0; i < table->bucket_count; i++)
		for (node = table->buckets[i]; node; node = next) {
			next = node->next;
			release_node(node);
		}
	evert_free(table->buckets);
	evert_free(table);
}
