/* SPDX-License-Identifier: MIT */
/*
 * A hosts file: each name has the addresses of all lines that name it, in
 * their order, as a reader has them that knows no table: words of lines, and
 * inet_pton.
 */
#include "must.h"

#include <arpa/inet.h>
#include <strings.h>

#include "../../reactor/name/hosts_internal.h"

enum { MOST = 4096 };

struct pair {
	const char *name, *address;
};

static struct pair pairs[MOST];
static size_t pair_count;

static bool is_address(const char *word)
{
	uint8_t room[16];

	return inet_pton(AF_INET, word, room) == 1 ||
	       inet_pton(AF_INET6, word, room) == 1;
}

static void read_line(char *line)
{
	static const char blanks[] = " \t\r\f\v";
	const char *address, *name;
	char *rest;

	line[strcspn(line, "#")] = '\0';
	address = strtok_r(line, blanks, &rest);
	if (!address || !is_address(address))
		return;
	while ((name = strtok_r(NULL, blanks, &rest)) && pair_count < MOST)
		pairs[pair_count++] = (struct pair){ name, address };
}

static void read_plainly(char *text)
{
	char *line, *rest;

	pair_count = 0;
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		read_line(line);
}

static bool is_at(const struct evert_hosts_entry *entry, const char *text)
{
	struct evert_address address;

	must(!evert_address_parse(&address, text, 0));
	return evert_address_is_equal(&address, &entry->address);
}

static void check(const struct evert_hosts *hosts, const char *name)
{
	const struct evert_hosts_entry *entry = evert_hosts_find(hosts, name);
	size_t i;

	for (i = 0; i < pair_count; i++) {
		if (strcasecmp(pairs[i].name, name) != 0)
			continue;
		must(entry && is_at(entry, pairs[i].address));
		must(!strcasecmp(entry->name, name));
		entry = evert_hosts_next(entry);
	}
	must(!entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = copy_text(data, size);
	struct evert_hosts *hosts = evert_hosts_create(text);
	size_t i;

	must(hosts);
	read_plainly(text);
	for (i = 0; i < pair_count; i++)
		check(hosts, pairs[i].name);
	check(hosts, "localhost");
	check(hosts, "");
	evert_hosts_destroy(hosts);
	free(text);
	return 0;
}
