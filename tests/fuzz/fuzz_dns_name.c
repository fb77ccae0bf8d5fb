/* SPDX-License-Identifier: MIT */
/* Names: what is read from a message, or from text, is read again the same. */
#include "must.h"

#include "../../reactor/dns/name.h"

static void check_text(const uint8_t *name)
{
	uint8_t again[EVERT_DNS_NAME_SIZE];
	char text[EVERT_DNS_NAME_TEXT_SIZE];

	evert_dns_name_text(name, text, sizeof(text));
	must(!evert_dns_name_parse(again, text, NULL));
	must(evert_dns_name_length(name) == evert_dns_name_length(again));
	must(!memcmp(name, again, evert_dns_name_length(name)));
	must(evert_dns_name_is_equal(name, again));
	must(!evert_dns_name_compare(name, again));
	must(evert_dns_name_is_below(name, evert_dns_name_parent(name)));
	evert_dns_name_fold(again);
	must(evert_dns_name_is_equal(name, again));
	must(evert_dns_name_hash(name, 1) == evert_dns_name_hash(again, 1));
}

/* The first byte says where in the message the name begins. */
static void read_wire(const uint8_t *data, size_t size)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_dns_problem problem;
	size_t at = data[0];

	if (at > size)
		return;
	if (!evert_dns_name_read(name, data, size, &at, &problem)) {
		must(at <= size);
		check_text(name);
	} else {
		must(problem.text && problem.at <= size);
	}
}

static void read_text(const uint8_t *data, size_t size)
{
	uint8_t name[EVERT_DNS_NAME_SIZE];
	char *text = copy_text(data, size);

	if (!evert_dns_name_parse(name, text, NULL))
		check_text(name);
	if (!evert_dns_name_parse(name, text, (const uint8_t *)"\1x"))
		check_text(name);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		read_wire(data, size);
	read_text(data, size);
	return 0;
}
