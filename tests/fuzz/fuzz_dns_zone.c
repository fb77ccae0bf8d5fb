/* SPDX-License-Identifier: MIT */
/*
 * Zone files: every call gets further; what is read can be printed, and is
 * then read as it was.
 */
#include "must.h"

#include "../../reactor/dns/zone.h"

static void check_again(const struct evert_dns_record *record)
{
	static char text[300000];
	struct evert_dns_zone *zone;
	struct evert_dns_record again;

	must(evert_dns_record_text(record, text, sizeof(text)) < sizeof(text));
	zone = evert_dns_zone_create("text", text, strlen(text), NULL);
	must(zone);
	must(evert_dns_zone_next(zone, &again) == 1);
	must(evert_dns_name_is_equal(again.name, record->name));
	must(again.type == record->type && again.length == record->length);
	must(again.ttl == record->ttl && again.dns_class == record->dns_class);
	must(!again.length || !memcmp(again.data, record->data, again.length));
	must(!evert_dns_zone_next(zone, &again));
	evert_dns_zone_destroy(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evert_dns_zone *zone =
		evert_dns_zone_create("zone", data, size, "example.org.");
	struct evert_dns_records *records;
	struct evert_dns_record record;
	size_t count = 0;
	size_t errors = 0;
	int found;

	must(zone);
	while ((found = evert_dns_zone_next(zone, &record))) {
		must(count + errors <= size);
		if (found < 0) {
			errors++;
			must(*evert_dns_zone_problem(zone));
			continue;
		}
		count++;
		check_again(&record);
	}
	records = evert_dns_zone_records(zone);
	must(!records == !!errors);
	must(!records || records->count == count);
	evert_dns_records_destroy(records);
	evert_dns_zone_destroy(zone);
	return 0;
}
