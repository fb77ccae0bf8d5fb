/* SPDX-License-Identifier: MIT */
/*
 * The data of a record, of any type: what it is printed as is read again as
 * it was. The first four bytes are the type and the class.
 */
#include "must.h"

#include "../../reactor/dns/type_internal.h"
#include "../../reactor/dns/zone.h"

/* Only asked for, or made for a message: no zone has it. */
static bool is_in_no_zone(const struct evert_dns_record *record)
{
	return !dns_type_is_data(record->type) || !record->dns_class ||
	       record->dns_class == EVERT_DNS_CLASS_NONE ||
	       record->dns_class == EVERT_DNS_CLASS_ANY;
}

static void check(const struct evert_dns_record *record, const char *text)
{
	struct evert_dns_zone *zone =
		evert_dns_zone_create("text", text, strlen(text), NULL);
	struct evert_dns_record again;

	must(zone);
	if (evert_dns_zone_next(zone, &again) != 1) {
		/* What is no such data is printed all the same, and refused. */
		must(strstr(text, "\\# ") &&
		     strstr(evert_dns_zone_problem(zone), "as its type has"));
	} else {
		must(again.type == record->type);
		must(again.dns_class == record->dns_class);
		must(again.ttl == record->ttl);
		must(again.length == record->length);
		must(!again.length ||
		     !memcmp(again.data, record->data, again.length));
	}
	evert_dns_zone_destroy(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[300000];
	struct evert_dns_record record = {
		.name = (const uint8_t *)"\1x",
		.ttl = 1,
	};

	if (size < 4 || size > 65000)
		return 0;
	record.type = (uint16_t)(data[0] << 8 | data[1]);
	record.dns_class = (uint16_t)(data[2] << 8 | data[3]);
	record.data = data + 4;
	record.length = (uint16_t)(size - 4);
	if (is_in_no_zone(&record))
		return 0;
	must(evert_dns_record_text(&record, text, sizeof(text)) < sizeof(text));
	check(&record, text);
	return 0;
}
