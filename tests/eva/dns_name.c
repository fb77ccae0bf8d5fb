/* SPDX-License-Identifier: MIT */
/*
 * Names in messages of any bytes: whatever is read, it stays within the message
 * and within the room for a name; also where it is nearly too long for that.
 * Then what is done with any name of three labels, and with any text.
 *
 * sources: reactor/dns/name.c reactor/dns/name_text.c reactor/dns/text.c
 * options: -eva-slevel 300 -eva-split-return full
 * options: -eva-min-loop-unroll 17
 * options: -eva-slevel-function evert_dns_name_print:0,evert_dns_text_byte:0
 */
#include "../../reactor/dns/name_internal.h"

static void read_any(size_t length, size_t at)
{
	uint8_t bytes[24], *message = bytes + sizeof(bytes) - length;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_dns_problem problem;

	any_bytes(bytes, sizeof(bytes));
	if (evert_dns_name_read(name, message, length, &at, &problem)) {
		look_at(problem.text, 1);
	} else {
		/*@ assert at <= length; */
		look_at(name, 1);
	}
}

/* Three labels of 63 bytes, one of `last`, the root; then a name whose first
   label has `first` bytes, and whose rest is the name before. */
static void read_long(size_t last, size_t first)
{
	uint8_t bytes[12 + 3 * 64 + 64 + 1 + 9], *to = bytes + 12;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_dns_problem problem;
	size_t at = 12;

	any_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < 4; i++) {
		*to = (uint8_t)(i < 3 ? 63 : last);
		to += 1 + *to;
	}
	*to++ = 0;
	*to = (uint8_t)first;
	to += 1 + first;
	to[0] = 0xc0;
	to[1] = 12;
	evert_dns_name_read(name, bytes, sizeof(bytes), &at, &problem);
	at = 12 + 3 * 64 + 1 + last + 1;
	evert_dns_name_read(name, bytes, sizeof(bytes), &at, &problem);
}

/* One of three labels, or of fewer where one is empty. */
static void make_name(uint8_t *name, size_t first, size_t second, size_t third)
{
	any_bytes(name, first + second + third + 4);
	name[0] = (uint8_t)first;
	name[first + 1] = (uint8_t)second;
	name[first + second + 2] = (uint8_t)third;
	name[first + second + third + 3] = 0;
}

static void use_names(size_t first, size_t second, size_t third)
{
	uint8_t name[16], other[8];
	char text[EVERT_DNS_NAME_TEXT_SIZE], cut[5];

	make_name(name, first, second, third);
	make_name(other, 2, 1, 0);
	evert_dns_name_labels(name);
	evert_dns_name_is_equal(name, other);
	evert_dns_name_is_below(name, other);
	evert_dns_name_compare(name, other);
	evert_dns_name_hash(name, 1);
	evert_dns_name_text(name, text, sizeof(text));
	evert_dns_name_text(name, cut, sizeof(cut));
	evert_dns_name_fold(name);
}

static void parse_any(size_t length)
{
	char bytes[16], *text = bytes + sizeof(bytes) - length;
	uint8_t name[EVERT_DNS_NAME_SIZE];
	struct evert_dns_problem problem;

	any_bytes(bytes, sizeof(bytes));
	if (evert_dns_name_parse_span(name, text, length, NULL, &problem))
		look_at(problem.text, 1);
	else
		look_at(name, 1);
}

int main(void)
{
	for (size_t length = 12; length <= 18; length++)
		read_any(length, 12);
	for (size_t first = 1; first <= 6; first++) {
		read_long(63 - first, 6);
		read_long(54, first);
	}
	use_names(1, 2, 3);
	use_names(9, 1, 0);
	use_names(3, 0, 0);
	use_names(0, 0, 0);
	for (size_t length = 0; length <= 4; length++)
		parse_any(length);
	return 0;
}
