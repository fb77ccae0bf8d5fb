/* SPDX-License-Identifier: MIT */
/*
 * /etc/hosts: any small text, alone, behind an address, and behind a name.
 *
 * sources: reactor/name/hosts.c reactor/name/config_file.c
 * options: -eva-slevel 300 -eva-split-return full
 * options: -eva-alloc-builtin fresh
 * options: -eva-slevel-merge-after-loop read_texts
 */
#include "../../reactor/address.h"
#include "../../reactor/name/hosts_internal.h"

/* Which it is does not matter here. */
int evert_address_parse(struct evert_address *address, const char *text,
			uint16_t port)
{
	(void)port;
	if (text[0] != '1')
		return -1;
	*address = (struct evert_address){ .length = 4 };
	return 0;
}

static const char special[] = " \n#";

static void read_text(const char *begin, size_t length, unsigned number)
{
	const struct evert_hosts_entry *entry;
	struct evert_hosts *hosts;
	char text[16];

	eva_text_behind(text, begin, length, special, number);
	hosts = evert_hosts_create(text);
	if (!hosts)
		return;
	for (entry = evert_hosts_find(hosts, "a"); entry;
	     entry = evert_hosts_next(entry))
		look_at(entry->canonical, 1);
	evert_hosts_destroy(hosts);
}

static void read_texts(const char *begin)
{
	for (size_t length = 0; length <= 2; length++)
		for (unsigned i = 0; i < eva_texts(special, length); i++)
			read_text(begin, length, i);
}

int main(void)
{
	read_texts("");
	read_texts("1 ");
	read_texts("1 a ");
	read_texts("1 a\n1 A");
	return 0;
}
