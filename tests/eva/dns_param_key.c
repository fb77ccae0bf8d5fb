/* SPDX-License-Identifier: MIT */
/*
 * The key of a parameter of SVCB, in any small text: nor is a pointer formed
 * that leads out of it.
 *
 * sources: reactor/dns/param_value.c reactor/dns/field_parse.c
 * options: -eva-slevel 300 -eva-split-return full -warn-invalid-pointer
 */
#include <string.h>

#include "../../reactor/dns/param_internal.h"

static const char special[] = "key1-";

static void read_key(const char *begin, size_t length, unsigned number)
{
	char bytes[8], *text;
	size_t at = strlen(begin);
	uint16_t key;

	text = bytes + sizeof(bytes) - at - length;
	for (size_t i = 0; i < at; i++)
		text[i] = begin[i];
	eva_text_of(text + at, length, special, number);
	evert_dns_param_key_read(text, at + length, &key);
}

static void read_keys(const char *begin, size_t most)
{
	for (size_t length = 0; length <= most; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			read_key(begin, length, i);
}

int main(void)
{
	read_keys("", 3);
	read_keys("key", 1);
	read_keys("key6553", 1);
	return 0;
}
