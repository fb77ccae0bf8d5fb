/* SPDX-License-Identifier: MIT */
/* How a table answers (RFC 1034, 4.3.2; RFC 4592; RFC 2308). */
#include "table_internal.h"

#include <string.h>

#include "../../deferred/base/memory.h"

enum {
	MOST_ALIASES = 16
};

/* What stands above a name in the table. */
struct place {
	const struct dns_node *zone;	 /* where it begins; NULL: nowhere */
	const struct dns_node *cut;	 /* another's begins there, or NULL */
	const struct dns_node *redirect; /* above it, with a DNAME, or NULL */
	const struct dns_node *encloser; /* the closest name that there is */
};

/* What is nearer to the zone's beginning counts: what is below it is hidden. */
static void settle(struct place *place)
{
	if (!place->cut || !place->redirect)
		return;
	if (evert_dns_name_length(place->redirect->name) <
	    evert_dns_name_length(place->cut->name))
		place->cut = NULL;
	else
		place->redirect = NULL;
}

/* The topmost cut below the zone counts, and the topmost redirection. */
static struct place find_place(const struct evert_dns_table *table,
			       const uint8_t *name)
{
	const uint8_t *asked = name;
	struct place place = {0};
	struct dns_node *node;

	for (;; name = evert_dns_name_parent(name)) {
		node = dns_table_find(table, name);
		if (node && !place.encloser)
			place.encloser = node;
		if (node && name != asked &&
		    dns_node_set(node, EVERT_DNS_DNAME))
			place.redirect = node;
		if (node && dns_node_set(node, EVERT_DNS_SOA)) {
			place.zone = node;
			settle(&place);
			return place;
		}
		if (node && dns_node_set(node, EVERT_DNS_NS))
			place.cut = node;
		if (!*name)
			break;
	}
	place.cut = NULL;
	return place;
}

/* ---- Adding to the answer ---- */

static void add(const struct evert_dns_table *table,
		struct evert_dns_request *request,
		enum evert_dns_section section, const struct dns_rrset *set)
{
	if (dns_table_give_once(table, set))
		evert_dns_request_add(request, section, set->records,
				      set->count);
}

/* A "*" stands for the name. */
static void add_as(struct evert_dns_request *request,
		   const struct dns_rrset *set, const uint8_t *name)
{
	struct evert_dns_record *records =
		evert_allocate(set->count * sizeof(*records));
	struct evert_dns_records *copy = NULL;
	size_t i;

	for (i = 0; records && i < set->count; i++) {
		records[i] = set->records[i];
		records[i].name = name;
	}
	if (records)
		copy = evert_dns_records_copy(records, set->count);
	evert_dns_request_add_owned(request, EVERT_DNS_ANSWER, copy);
	evert_free(records);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* With the time that "no" may be kept. */
static void add_soa(struct evert_dns_request *request,
		    const struct dns_node *zone)
{
	struct evert_dns_record record;
	struct evert_dns_soa soa;

	if (!zone)
		return;
	record = dns_node_set(zone, EVERT_DNS_SOA)->records[0];
	if (!evert_dns_record_soa(&record, &soa))
		record.ttl = smaller(record.ttl, soa.minimum);
	evert_dns_request_add_owned(request, EVERT_DNS_AUTHORITY,
				    evert_dns_records_copy(&record, 1));
}

/* The addresses of those that NS, MX and SRV records name: their data ends
   with the name. */
static void add_addresses(const struct evert_dns_table *table,
			  struct evert_dns_request *request,
			  const struct dns_rrset *set)
{
	static const uint16_t types[] = {EVERT_DNS_A, EVERT_DNS_AAAA};
	size_t skip = set->type == EVERT_DNS_MX	   ? 2
		      : set->type == EVERT_DNS_SRV ? 6
						   : 0;
	const struct dns_rrset *found;
	const struct dns_node *node;
	size_t i, j;

	for (i = 0; i < set->count; i++) {
		node = dns_table_find(table, set->records[i].data + skip);
		for (j = 0; node && j < 2; j++) {
			found = dns_node_set(node, types[j]);
			if (found)
				add(table, request, EVERT_DNS_ADDITIONAL, found);
		}
	}
}

static bool names_hosts(uint16_t type)
{
	return type == EVERT_DNS_NS || type == EVERT_DNS_MX ||
	       type == EVERT_DNS_SRV;
}

/* ---- The steps ---- */

/* To who has it; not our authority. */
static void refer(const struct evert_dns_table *table,
		  struct evert_dns_request *request, const struct dns_node *cut)
{
	const struct dns_rrset *set = dns_node_set(cut, EVERT_DNS_NS);
	const struct dns_rrset *signer = dns_node_set(cut, EVERT_DNS_DS);

	add(table, request, EVERT_DNS_AUTHORITY, set);
	if (signer && request->edns.is_dnssec_ok)
		add(table, request, EVERT_DNS_AUTHORITY, signer);
	add_addresses(table, request, set);
}

/* The "*" below the closest name that there is, or NULL. */
static const struct dns_node *find_wildcard(const struct evert_dns_table *table,
					    const struct dns_node *encloser)
{
	uint8_t name[EVERT_DNS_NAME_SIZE] = {1, '*'};
	size_t length = evert_dns_name_length(encloser->name);

	if (length + 2 > sizeof(name))
		return NULL;
	memcpy(name + 2, encloser->name, length);
	return dns_table_find(table, name);
}

/* What of a name is asked for: its type, or to ANY the first. */
static const struct dns_rrset *find_set(const struct dns_node *node,
					uint16_t type)
{
	return type == EVERT_DNS_ANY ? node->sets : dns_node_set(node, type);
}

/* A record of the answer's own: the name is an alias for as long as the DNAME
   says. Returns what of, which the answer owns; NULL: no memory. */
static const uint8_t *add_alias(struct evert_dns_request *request,
				const uint8_t *name, const uint8_t *target,
				uint32_t ttl)
{
	struct evert_dns_record record = {
		.name = name,
		.data = target,
		.length = (uint16_t)evert_dns_name_length(target),
		.type = EVERT_DNS_CNAME,
		.dns_class = EVERT_DNS_CLASS_IN,
		.ttl = ttl,
	};
	struct evert_dns_records *copy = evert_dns_records_copy(&record, 1);

	if (evert_dns_request_add_owned(request, EVERT_DNS_ANSWER, copy))
		return NULL;
	return copy->record[0].data;
}

/* All below a name with a DNAME is elsewhere (RFC 6672, 3.2). Returns where
   the name is, or NULL. */
static const uint8_t *redirect(const struct evert_dns_table *table,
			       struct evert_dns_request *request,
			       const struct dns_node *from, const uint8_t *name)
{
	const struct dns_rrset *set = dns_node_set(from, EVERT_DNS_DNAME);
	const struct evert_dns_record *dname = &set->records[0];
	size_t length = evert_dns_name_length(name) -
			evert_dns_name_length(from->name);
	uint8_t target[EVERT_DNS_NAME_SIZE];

	add(table, request, EVERT_DNS_ANSWER, set);
	if (length + dname->length > sizeof(target)) {
		request->rcode = EVERT_DNS_YXDOMAIN;
		return NULL;
	}
	memcpy(target, name, length);
	memcpy(target + length, dname->data, dname->length);
	name = add_alias(request, name, target, dname->ttl);
	return request->question.type == EVERT_DNS_CNAME ||
			       request->question.type == EVERT_DNS_ANY
		       ? NULL
		       : name;
}

/* What the name has; `as`: under that name, or NULL. Returns what it is an
   alias of, or NULL. */
static const uint8_t *give(const struct evert_dns_table *table,
			   struct evert_dns_request *request,
			   const struct dns_node *node,
			   const struct place *place, const uint8_t *as)
{
	const struct dns_rrset *set = find_set(node, request->question.type);
	const struct dns_rrset *alias =
		set ? NULL : dns_node_set(node, EVERT_DNS_CNAME);

	if (!set && !alias) {
		add_soa(request, place->zone);
		return NULL;
	}
	if (as)
		add_as(request, set ? set : alias, as);
	else
		add(table, request, EVERT_DNS_ANSWER, set ? set : alias);
	if (set && names_hosts(set->type))
		add_addresses(table, request, set);
	return alias ? alias->records[0].data : NULL;
}

/* One name. Returns the name that it is an alias of, to go on with; or NULL. */
static const uint8_t *step(const struct evert_dns_table *table,
			   struct evert_dns_request *request,
			   const uint8_t *name, bool is_first)
{
	uint16_t type = request->question.type;
	struct place place = find_place(table, name);
	const struct dns_node *node = place.encloser;
	bool exists = node && evert_dns_name_is_equal(node->name, name);

	if (!place.zone && dns_table_has_zones(table)) {
		if (is_first)
			request->rcode = EVERT_DNS_REFUSED;
		return NULL;
	}
	/* The parent has DS, not the child (RFC 4035, 3.1.4.1). */
	if (place.cut &&
	    !(type == EVERT_DNS_DS && exists && node == place.cut)) {
		refer(table, request, place.cut);
		return NULL;
	}
	request->is_authoritative = true;
	if (place.redirect)
		return redirect(table, request, place.redirect, name);
	if (!exists)
		node = node ? find_wildcard(table, node) : NULL;
	if (!node) {
		request->rcode = EVERT_DNS_NXDOMAIN;
		add_soa(request, place.zone);
		return NULL;
	}
	return give(table, request, node, &place, exists ? NULL : name);
}

/* A name to go on with, none of those before it? */
static bool is_new(const uint8_t *const *names, size_t count)
{
	size_t i;

	for (i = 0; names[count] && i < count; i++)
		if (evert_dns_name_is_equal(names[i], names[count]))
			return false;
	return names[count];
}

struct evert_result evert_dns_table_answer(struct evert_dns_request *request,
					   void *arg)
{
	struct evert_dns_table *table = arg;
	const uint8_t *names[MOST_ALIASES + 1] = {request->question.name};
	size_t i;

	dns_table_begin_answer(table);
	for (i = 0; i < MOST_ALIASES && is_new(names, i); i++)
		names[i + 1] = step(table, request, names[i], i == 0);
	return evert_result_none();
}
